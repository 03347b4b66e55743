"""Places: what a tab looks at, and the address that says so. An address comes from a browser: whatever it says, there is a place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, assert_never
from urllib.parse import parse_qsl, urlencode

from pipeline.values.tasks import TaskStatus

PAGE = 25  # tasks on a page
LINES = 50  # lines of a script on a page
LONGEST = 200  # characters of a search
LARGEST = 2**53  # what a browser can count to

E = TypeVar("E", bound=StrEnum)


class Part(StrEnum):
    """The parts of a film's page."""

    DUB = "dub"
    VOICES = "voices"
    REPORT = "report"
    WORK = "work"


class Which(StrEnum):
    """The lines of a script that are shown."""

    ALL = "all"
    EDITED = "edited"
    PRESSED = "pressed"  # spoken faster than the ear likes
    LEFT = "left"  # left to the original


@dataclass(frozen=True, slots=True)
class Films:
    """The list of films: those in a state, those whose path holds `search`, from one on."""

    status: TaskStatus | None = None
    search: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Film:
    """One task. `language`: the dub that is looked at, None for the first; the rest is about the script."""

    task: int
    part: Part = Part.DUB
    language: str | None = None
    which: Which = Which.ALL
    search: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class System:
    """The service itself. `level`, `search`: which lines of the log."""

    level: str = ""
    search: str = ""


Place = Films | Film | System
LEVELS = ("WARNING", "ERROR")


def place(query: str) -> Place:
    """The place an address names by its query (`task=7&part=voices`); the list of films where it names none."""
    given = dict(parse_qsl(query.removeprefix("?")[:2_000], errors="replace"))
    search = given.get("search", "")[:LONGEST]
    if given.get("page") == "system":
        return System(level=given.get("level", "") if given.get("level") in LEVELS else "", search=search)
    if (task := _number(given, "task")) is not None:
        return Film(
            task,
            part=_one_of(Part, given.get("part")) or Part.DUB,
            language=given.get("language", "")[:35] or None,
            which=_one_of(Which, given.get("lines")) or Which.ALL,
            search=search,
            offset=_number(given, "from") or 0,
        )
    return Films(status=_one_of(TaskStatus, given.get("status")), search=search, offset=_number(given, "from") or 0)


def address(where: Place) -> str:
    """The address of a place, relative to the page: `?task=7&part=voices`, or `./` for all films."""
    match where:
        case Films():
            said = {"status": where.status, "search": where.search, "from": where.offset or ""}
        case Film():
            part, which = where.part if where.part is not Part.DUB else "", where.which if where.which is not Which.ALL else ""
            said = {"task": where.task, "part": part, "language": where.language, "lines": which, "search": where.search}
            said |= {"from": where.offset or ""}
        case System():
            said = {"page": "system", "level": where.level, "search": where.search}
        case _:
            assert_never(where)
    query = urlencode({name: str(value) for name, value in said.items() if value not in (None, "")})
    return f"?{query}" if query else "./"


def _number(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 and int(text) < LARGEST else None


def _one_of(kind: Callable[[str], E], text: str | None) -> E | None:
    try:
        return kind(text or "")
    except ValueError:
        return None
