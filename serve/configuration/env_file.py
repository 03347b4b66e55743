"""Edits of a `.env` file: values are replaced in place; comments, unknown lines and their order stay as they are."""

import io
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.filesystem.fsync import replace_file

FILE_MODE = 0o600  # it holds keys
PLAIN_VALUE = re.compile(r"[\w./:,;=@%+-]+", re.ASCII)  # needs no quotes
ASSIGNMENT = re.compile(
    r"""(?P<before>\s*(?:export\s+)?['"]?[^='"]+['"]?[ \t]*=[ \t]*)(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\r\n]*?)(?P<comment>[ \t]+\#[^\r\n]*)?\s*""",
    re.DOTALL,
)


def edit_env_text(text: str, changes: Mapping[str, str | None]) -> str:
    """Set values, or remove them (None), in the text of a `.env` file. A new one is appended.

    Of a name that is set several times the last line counts: it is changed, and the others are removed.
    """
    from dotenv.parser import parse_stream  # imported late: few processes edit settings

    lines = [(binding.key, binding.original.string) for binding in parse_stream(io.StringIO(text))]
    last = {name: position for position, (name, _) in enumerate(lines) if name in changes}
    kept = []
    for position, (name, original) in enumerate(lines):
        if name is None or name not in last:
            kept.append(original)
        elif position == last[name] and (value := changes[name]) is not None:
            kept.append(_replace_value(original, name, value))
    written = "".join(kept)
    if written and not written.endswith("\n"):
        written += "\n"
    added = ((name, value) for name, value in changes.items() if name not in last and value is not None)
    return written + "".join(f"{name}={quote_value(value)}\n" for name, value in added)


def _replace_value(line: str, name: str, value: str) -> str:
    """Replace the value of an assignment; what stands before and behind it stays."""
    found = ASSIGNMENT.fullmatch(line)
    before, comment = (found["before"], found["comment"] or "") if found else (f"{name}=", "")
    return f"{before}{quote_value(value)}{comment}\n"


def quote_value(value: str) -> str:
    """Quote a value of one line, so that it is read as it is."""
    if PLAIN_VALUE.fullmatch(value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def write_env_file(path: Path, changes: Mapping[str, str | None]) -> None:
    """Edit a `.env` file atomically; it is made where there is none, and readable by its owner alone. OSError."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    replace_file(path, edit_env_text(text, changes).encode("utf-8"), FILE_MODE)
