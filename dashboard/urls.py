"""Routes of the dashboard and their URL query strings. Any query string parses to a route: unknown values become defaults."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, assert_never
from urllib.parse import parse_qsl, urlencode

from pipeline.values.task_lists.task_query import SortOrder, TaskSort
from pipeline.values.tasks import TaskStatus

TASKS_PER_PAGE = 25  # cards
ROWS_PER_PAGE = 50  # of the table
MAX_SEARCH_CHARS = 200
MAX_SAFE_INTEGER = 2**53  # of JavaScript

E = TypeVar("E", bound=StrEnum)


class FilmTab(StrEnum):
    """Tabs of a film's page; the values stand in URLs."""

    DUB = "dub"
    VOICES = "voices"
    REPORT = "report"
    REVIEW = "review"
    HISTORY = "work"


class LineFilter(StrEnum):
    """Filter of the script's lines; the values stand in URLs."""

    ALL = "all"
    EDITED = "edited"
    TOO_FAST = "pressed"
    ORIGINAL = "left"  # not dubbed: the original audio is kept


class ListView(StrEnum):
    """Form of the task list."""

    CARDS = "cards"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class FilmListRoute:
    """The task list, filtered by status and by words of the path, sorted, from the row `offset` on. `view`: as the reader's browser
    has chosen it; it stands in no link.
    """

    status: TaskStatus | None = None
    search: str = ""
    offset: int = 0
    sort: TaskSort = TaskSort.ADDED
    order: SortOrder = SortOrder.DESCENDING
    view: ListView = ListView.CARDS

    @property
    def page_size(self) -> int:
        """Number of tasks on a page."""
        return ROWS_PER_PAGE if self.view is ListView.TABLE else TASKS_PER_PAGE


@dataclass(frozen=True, slots=True)
class FilmRoute:
    """One task. `language`: BCP 47 tag of a dub, None for the first; `lines`, `search`, `offset`: of the script."""

    task: int
    tab: FilmTab = FilmTab.DUB
    language: str | None = None
    lines: LineFilter = LineFilter.ALL
    search: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SystemRoute:
    """The system page. `level`, `search`: filter of the log."""

    level: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class SettingsRoute:
    """The settings page."""


@dataclass(frozen=True, slots=True)
class LibraryRoute:
    """The library page. Its filters stand in the URL, and are read by the page's script."""


Route = FilmListRoute | FilmRoute | LibraryRoute | SystemRoute | SettingsRoute
LOG_LEVELS = ("WARNING", "ERROR")


def parse_route(query: str) -> Route:
    """Route of a query string (`task=7&part=voices`); the task list where it names none."""
    given = dict(parse_qsl(query.removeprefix("?")[:2_000], errors="replace"))
    search = given.get("search", "")[:MAX_SEARCH_CHARS]
    if given.get("page") == "system":
        return SystemRoute(level=given.get("level", "") if given.get("level") in LOG_LEVELS else "", search=search)
    if given.get("page") == "settings":
        return SettingsRoute()
    if given.get("page") == "library":
        return LibraryRoute()
    if (task := _parse_number(given, "task")) is not None:
        return FilmRoute(
            task,
            tab=_parse_member(FilmTab, given.get("part")) or FilmTab.DUB,
            language=given.get("language", "")[:35] or None,
            lines=_parse_member(LineFilter, given.get("lines")) or LineFilter.ALL,
            search=search,
            offset=_parse_number(given, "from") or 0,
        )
    return FilmListRoute(
        status=_parse_member(TaskStatus, given.get("status")),
        search=search,
        offset=_parse_number(given, "from") or 0,
        sort=_parse_member(TaskSort, given.get("sort")) or TaskSort.ADDED,
        order=_parse_member(SortOrder, given.get("order")) or SortOrder.DESCENDING,
        view=_parse_member(ListView, given.get("view")) or ListView.CARDS,
    )


def format_url(route: Route) -> str:
    """URL of a route, relative to the page: `?task=7&part=voices`, or `./` for the whole task list."""
    match route:
        case FilmListRoute():
            fields = {"status": route.status, "search": route.search, "from": route.offset or ""}
            fields["sort"] = route.sort if route.sort is not TaskSort.ADDED else ""
            fields["order"] = route.order if route.order is not SortOrder.DESCENDING else ""
        case FilmRoute():
            tab = route.tab if route.tab is not FilmTab.DUB else ""
            lines = route.lines if route.lines is not LineFilter.ALL else ""
            fields = {"task": route.task, "part": tab, "language": route.language, "lines": lines, "search": route.search}
            fields |= {"from": route.offset or ""}
        case SystemRoute():
            fields = {"page": "system", "level": route.level, "search": route.search}
        case SettingsRoute():
            fields = {"page": "settings"}
        case LibraryRoute():
            fields = {"page": "library"}
        case _:
            assert_never(route)
    query = urlencode({name: str(value) for name, value in fields.items() if value not in (None, "")})
    return f"?{query}" if query else "./"


def _parse_number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 and int(text) < MAX_SAFE_INTEGER else None


def _parse_member(kind: Callable[[str], E], text: str | None) -> E | None:
    try:
        return kind(text or "")
    except ValueError:
        return None
