"""Script as JSON, for programs."""

import json
from typing import Any

from pipeline.errors import EditRefused
from pipeline.script.script_file import FileRow, ScriptFile
from pipeline.script.times import FileTime, read_time
from pipeline.values.script import DubScript

KEYS = frozenset({"number", "start", "end", "speaker", "name", "source", "translation", "dub_start", "dub_end", "notes"})

MAX_SECONDS = 1_000_000  # of a time


def write_json(script: DubScript) -> str:
    """Script as JSON text. Times in seconds."""
    lines = [
        {
            "number": line.number,
            "start": round(line.row.start, 3),
            "end": round(line.row.end, 3),
            "speaker": line.cells.speaker or None,
            "name": line.name or None,
            "source": line.cells.source,
            "translation": line.cells.translation,
            "dub_start": round(line.row.dub_start, 3),
            "dub_end": round(line.row.dub_start + line.row.dub_seconds, 3),
            "notes": list(line.notes),
        }
        for line in script.lines
    ]
    head = {"language": script.language, "source_language": script.source_language, "revision": script.revision}
    return json.dumps(head | {"speakers": dict(script.names), "lines": lines}, ensure_ascii=False, indent=1)


def read_json(text: str) -> ScriptFile:
    """Rows of a JSON text: the object that was exported, or its list of lines alone. EditRefused."""
    try:
        found = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise EditRefused(
            f"the JSON file cannot be read ({str(error)[:100]}); export the script again to see its form"
        ) from error
    head: dict[str, Any] = found if isinstance(found, dict) else {}
    lines = head.get("lines", []) if head else found
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise EditRefused("the JSON file needs a list of lines; export the script again to see its form")
    rows = tuple(_read_row(f"line {n} of the file", line) for n, line in enumerate(lines, 1))
    ignored = sorted({str(key)[:40] for line in lines for key in line} - KEYS)
    language, revision = head.get("language"), head.get("revision")
    return ScriptFile(
        rows,
        is_timed=False,
        language=language if isinstance(language, str) else None,
        revision=revision if _is_number(revision) else None,
        ignored=tuple(ignored),
    )


def _read_row(place: str, line: dict[str, Any]) -> FileRow:
    texts: dict[str, str | None] = {}
    for name in ("translation", "source", "speaker", "name"):
        value = line.get(name)
        if value is not None and not isinstance(value, str):
            raise EditRefused(f"{place}: {name} must be a text")
        texts[name] = value
    number = line.get("number")
    start, end = (_read_time(line.get(name)) for name in ("start", "end"))
    return FileRow(
        place,
        number if _is_number(number) else None,
        start,
        end,
        texts["translation"],
        texts["source"],
        texts["speaker"],
        texts["name"],
    )


def _read_time(value: object) -> FileTime | None:
    """Time of a number in seconds, or of a text; one that is neither has no seconds."""
    if value is None:
        return None
    if isinstance(value, str):
        return read_time(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < MAX_SECONDS:
        return FileTime(str(value), float(value))
    return FileTime(str(value)[:40], None)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31
