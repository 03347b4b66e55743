"""Script as CSV (RFC 4180), for spreadsheets: written with a byte order mark, cells that a spreadsheet would compute made harmless."""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from pipeline.errors import EditRefused
from pipeline.script.script_file import FileRow, ScriptFile
from pipeline.script.times import read_time
from pipeline.values.script import DubScript

COLUMNS = (
    *("number", "start", "end", "speaker", "name", "source", "translation"),
    *("dub_start", "dub_end", "notes", "language", "revision"),
)
# Header of a column, as other programs call it → ours.
SYNONYMS = {
    **dict.fromkeys(("#", "no", "no.", "nr", "id", "line", "index", "cue"), "number"),
    **dict.fromkeys(("in", "start time", "time", "begin", "timecode", "source_start"), "start"),
    **dict.fromkeys(("out", "end time", "stop", "source_end"), "end"),
    **dict.fromkeys(("original", "source text", "source_text", "transcript"), "source"),
    **dict.fromkeys(("text", "target", "target text", "dialogue", "translated"), "translation"),
    **dict.fromkeys(("character", "speaker name", "speaker_name", "actor"), "name"),
}
DELIMITERS = ",;\t"
MAX_ROWS, MAX_CELL_CHARACTERS = 50_000, 20_000
BOM = "\ufeff"
# A spreadsheet takes a cell that begins so for a formula (CSV injection). One apostrophe before it makes it text, also before
# apostrophes that were there, so that reading takes exactly one off.
FORMULA = re.compile(r"'*[=+\-@\t\r]")


def write_csv(script: DubScript) -> str:
    """Script as CSV text."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in script.lines:
        row, cells = line.row, line.cells
        times = [f"{seconds:.3f}" for seconds in (row.start, row.end, row.dub_start, row.dub_start + row.dub_seconds)]
        texts = [protect_cell(text) for text in (cells.speaker, line.name, cells.source, cells.translation)]
        notes = protect_cell("; ".join(line.notes))
        writer.writerow([row.number, *times[:2], *texts, *times[2:], notes, script.language, script.revision])
    return BOM + written.getvalue()


def protect_cell(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would compute it."""
    return f"'{text}" if FORMULA.match(text) else text


def unprotect_cell(text: str) -> str:
    """The text without the apostrophe of `protect_cell`."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def read_csv(text: str) -> ScriptFile:
    """Rows of a CSV text; comma, semicolon or tab between cells. EditRefused where the header names no column that is known."""
    text = text.removeprefix(BOM)
    try:
        return _collect_rows(list(_iterate_records(text, _find_delimiter(text))))
    except csv.Error as error:
        raise EditRefused(f"the CSV file cannot be read ({error}); save it as CSV with UTF-8, and import that") from error


def _find_delimiter(text: str) -> str:
    header = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _iterate_records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for record in reader:
        if reader.line_num > MAX_ROWS * 10 or any(len(cell) > MAX_CELL_CHARACTERS for cell in record):
            raise EditRefused(f"row {reader.line_num} of the CSV file is too long; check its quotes")
        if any(cell.strip() for cell in record):
            yield record


def _collect_rows(records: Sequence[list[str]]) -> ScriptFile:
    given = [cell.strip() for cell in records[0]] if records else []
    names = [SYNONYMS.get(name.casefold(), name.casefold()) for name in given]
    if not {"translation", "source", "speaker", "name", "end"} & set(names) or not {"number", "start"} & set(names):
        raise EditRefused(
            "the script file is neither JSON nor has it cues of SRT or VTT. "
            f"The first row of a CSV file must name its columns: number or start, and of {', '.join(COLUMNS[1:7])} those that "
            f"changed; it begins with {', '.join(given[:5])[:100]!r}"
        )
    if len(records) > MAX_ROWS:
        raise EditRefused(f"the CSV file has more than {MAX_ROWS:,} rows; import it in parts")
    ignored = tuple(shown for shown, name in zip(given, names, strict=True) if name and name not in COLUMNS)
    read = [dict(zip(names, map(unprotect_cell, record), strict=False)) for record in records[1:]]
    rows = tuple(_read_row(f"row {n}", cells) for n, cells in enumerate(read, 2))
    first = read[0] if read else {}
    revision = first.get("revision", "").strip()
    return ScriptFile(
        rows,
        is_timed=False,
        language=first.get("language", "").strip() or None,
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else None,
        ignored=ignored,
    )


def _read_row(place: str, cells: dict[str, str]) -> FileRow:
    number = cells.get("number", "").strip().removesuffix(".0")
    return FileRow(
        place,
        number=int(number) if number.isdecimal() and len(number) < 10 else None,
        start=read_time(cells["start"]) if "start" in cells else None,
        end=read_time(cells["end"]) if "end" in cells else None,
        translation=cells.get("translation"),
        source=cells.get("source"),
        speaker=cells.get("speaker"),
        name=cells.get("name"),
    )
