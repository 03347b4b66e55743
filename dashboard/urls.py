"""Places: what a tab looks at, and the address that says so. An address comes from a browser: whatever it says, there is a place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, assert_never
from urllib.parse import parse_qsl, urlencode

from pipeline.values.tasks import TaskStatus

TASKS_PER_PAGE = 25  # tasks on a page
LINES_PER_PAGE = 50  # lines of a script on a page
MAX_SEARCH_CHARS = 200  # characters of a search
MAX_SAFE_INTEGER = 2**53  # what a browser can count to

E = TypeVar("E", bound=StrEnum)


class FilmTab(StrEnum):
    """The parts of a film's page."""

    DUB = "dub"
    VOICES = "voices"
    REPORT = "report"
    WORK = "work"


class LineFilter(StrEnum):
    """The lines of a script that are shown."""

    ALL = "all"
    EDITED = "edited"
    PRESSED = "pressed"  # spoken faster than the ear likes
    LEFT = "left"  # left to the original


@dataclass(frozen=True, slots=True)
class FilmListRoute:
    """The list of films: those in a state, those whose path holds `search`, from one on."""

    status: TaskStatus | None = None
    search: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class FilmRoute:
    """One task. `language`: the dub that is looked at, None for the first; the rest is about the script."""

    task: int
    part: FilmTab = FilmTab.DUB
    language: str | None = None
    which: LineFilter = LineFilter.ALL
    search: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SystemRoute:
    """The service itself. `level`, `search`: which lines of the log."""

    level: str = ""
    search: str = ""


Route = FilmListRoute | FilmRoute | SystemRoute
LOG_LEVELS = ("WARNING", "ERROR")


def parse_route(query: str) -> Route:
    """The place an address names by its query (`task=7&part=voices`); the list of films where it names none."""
    given = dict(parse_qsl(query.removeprefix("?")[:2_000], errors="replace"))
    search = given.get("search", "")[:MAX_SEARCH_CHARS]
    if given.get("page") == "system":
        return SystemRoute(level=given.get("level", "") if given.get("level") in LOG_LEVELS else "", search=search)
    if (task := _parse_number(given, "task")) is not None:
        return FilmRoute(
            task,
            part=_parse_member(FilmTab, given.get("part")) or FilmTab.DUB,
            language=given.get("language", "")[:35] or None,
            which=_parse_member(LineFilter, given.get("lines")) or LineFilter.ALL,
            search=search,
            offset=_parse_number(given, "from") or 0,
        )
    return FilmListRoute(
        status=_parse_member(TaskStatus, given.get("status")), search=search, offset=_parse_number(given, "from") or 0
    )


def format_url(where: Route) -> str:
    """The address of a place, relative to the page: `?task=7&part=voices`, or `./` for all films."""
    match where:
        case FilmListRoute():
            said = {"status": where.status, "search": where.search, "from": where.offset or ""}
        case FilmRoute():
            part, which = (
                where.part if where.part is not FilmTab.DUB else "",
                where.which if where.which is not LineFilter.ALL else "",
            )
            said = {"task": where.task, "part": part, "language": where.language, "lines": which, "search": where.search}
            said |= {"from": where.offset or ""}
        case SystemRoute():
            said = {"page": "system", "level": where.level, "search": where.search}
        case _:
            assert_never(where)
    query = urlencode({name: str(value) for name, value in said.items() if value not in (None, "")})
    return f"?{query}" if query else "./"


def _parse_number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 and int(text) < MAX_SAFE_INTEGER else None


def _parse_member(kind: Callable[[str], E], text: str | None) -> E | None:
    try:
        return kind(text or "")
    except ValueError:
        return None
