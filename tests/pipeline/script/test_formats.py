"""Script files: what is written, what is read back, and what is refused with a sentence."""

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EditRefused
from pipeline.script.comparison import compare_script
from pipeline.script.csv_format import protect_cell, unprotect_cell
from pipeline.script.formats import ScriptFormat, find_revision_in_name, name_script_file, read_script, write_script
from pipeline.script.script_file import ScriptComparison
from pipeline.script.times import format_time, parse_time
from pipeline.values.edits import Edit
from pipeline.values.script import DubScript, ScriptLine, apply_times
from pipeline.values.tasks import LineRow

ROW = LineRow(1, "es", "S1", 1.5, 3.0, 4.0, "Hello, you.", "Hola, tú.", "translation", 1.6, 1.2, 1.0, 1.0, "takes/a.wav")
NAMES = {"S1": "Ana", "S2": "Speaker 2"}


def script(*rows: LineRow, revision: int = 4) -> DubScript:
    lines = (ScriptLine(row, NAMES.get(row.speaker or "", ""), ("Spoken fast",) if row.number == 1 else ()) for row in rows)
    return DubScript("es", revision, tuple(lines), NAMES, "en")


TWO = script(ROW, replace(ROW, number=2, speaker="S2", start=5.0, end=6.0, source_text='- No;\nno\t"no"', text="=1+1 & <b>"))


def test_a_csv_has_a_header_a_row_a_line_and_every_column() -> None:
    text = write_script(TWO, ScriptFormat.CSV).decode("utf-8-sig")
    assert "\r\n" in text
    first, _ = csv.DictReader(io.StringIO(text, newline=""))
    assert first == {
        "number": "1",
        "start": "1.500",
        "end": "3.000",
        "speaker": "S1",
        "name": "Ana",
        "source": "Hello, you.",
        "translation": "Hola, tú.",
        "dub_start": "1.600",
        "dub_end": "2.800",
        "notes": "Spoken fast",
        "language": "es",
        "revision": "4",
    }


def test_no_cell_of_a_csv_is_a_formula() -> None:
    rows = [
        replace(ROW, number=n, text=f"{sign}cmd", source_text=f"'{sign}x", speaker=f"{sign}S") for n, sign in enumerate("=+-@", 1)
    ]
    text = write_script(script(*rows), ScriptFormat.CSV).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


@given(st.text(alphabet="'=+-@\t\r a"))
def test_protection_takes_nothing_away(text: str) -> None:
    assert unprotect_cell(protect_cell(text)) == text


@pytest.mark.parametrize("form", ScriptFormat)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), min_size=1, max_size=5))
def test_a_script_that_nobody_changed_is_read_back_without_a_change(form: ScriptFormat, texts: list[str]) -> None:
    rows = [replace(ROW, number=n, start=float(n), end=n + 0.9, text=text, source_text=text) for n, text in enumerate(texts, 1)]
    rows[-1] = replace(rows[-1], edit=Edit("es", len(rows), skip=True))
    whole = script(*rows)
    assert compare_script(whole, read_script(write_script(whole, form)), {}) == ScriptComparison()


SPANS = st.tuples(st.floats(0.0, 9_000.0), st.floats(0.1, 60.0), st.none() | st.floats(0.0, 9_000.0))
LINES = st.lists(
    st.tuples(st.integers(1, 3_000), SPANS, st.sampled_from(["Sí.", "No.", ""])), min_size=1, unique_by=lambda line: line[0]
)


@pytest.mark.parametrize("form", ScriptFormat)
@given(lines=LINES)
def test_times_and_numbers_that_nobody_changed_are_read_back_without_a_change(
    form: ScriptFormat, lines: list[tuple[int, tuple[float, float, float | None], str]]
) -> None:
    """Numbers are not in order of the times, texts repeat, and some lines were moved by an edit."""
    rows = []
    for number, (start, seconds, moved), text in lines:
        row = replace(ROW, number=number, start=start, end=start + seconds, text=text, source_text=text)
        edit = Edit("es", number, start=moved, end=moved + seconds) if moved is not None else None
        rows.append(apply_times(replace(row, edit=edit)))
    whole = script(*sorted(rows, key=lambda row: (row.start, row.end, row.number)))
    assert compare_script(whole, read_script(write_script(whole, form)), {}) == ScriptComparison()


def test_language_and_revision_go_with_the_file() -> None:
    for form in (ScriptFormat.CSV, ScriptFormat.JSON, ScriptFormat.VTT):
        file = read_script(write_script(TWO, form))
        assert (file.language, file.revision) == ("es", 4)
    assert read_script(write_script(TWO, ScriptFormat.SRT)).revision is None
    assert name_script_file("a film", TWO, ScriptFormat.SRT) == "a film.es.r4.srt"
    assert find_revision_in_name("/x/a film.es.r4.srt") == 4
    assert find_revision_in_name("mr.r2.d2.srt") is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_of_any_spreadsheet_are_read(delimiter: str, encoding: str) -> None:
    text = delimiter.join(["No.", "Dialogue", "My remark"]) + "\n" + delimiter.join(["2", '"¿Qué; mañana, sí?\t"', "x"]) + "\n\n"
    file = read_script(text.encode(encoding), language="es")
    (row,) = file.rows
    assert (row.number, (row.translation or "").strip(), row.source, file.ignored) == (
        2,
        "¿Qué; mañana, sí?",
        None,
        ("My remark",),
    )


def test_cues_without_numbers_and_with_markup_are_read() -> None:
    srt = "00:00:01,500 --> 00:00:03,000\r\n<i>Hola,</i>\r\n{\\an8}tú.\r\n\r\n00:00:05,000 --> 00:00:06,000 X1:40\r\n\r\n"
    first, second = read_script(srt.encode()).rows
    assert (first.number, first.seconds, " ".join((first.translation or "").split())) == (None, (1.5, 3.0), "Hola, tú.")
    assert (second.seconds, (second.translation or "").strip()) == ((5.0, 6.0), "")


def test_voices_and_comments_of_webvtt_are_read() -> None:
    vtt = "WEBVTT\n\n1\n00:01.500 --> 00:03.000\n<v Ana>Hola &amp; adi&oacute;s.\n\nNOTE a remark\n\n2\n00:05.000 --> 00:06.000\nNo.\n"
    first, second = read_script(vtt.encode()).rows
    assert (first.number, first.name, (first.translation or "").strip()) == (1, "Ana", "Hola & adiós.")
    assert (second.number, second.name, (second.translation or "").strip()) == (2, None, "No.")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty; export the script again"),
        (b"PK\x03\x04\x14\x00\x08", "is no text"),
        (b"a,b\n1,2\n", "must name its columns"),
        (b"{", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[1]", "needs a list of lines"),
        (b'{"lines": [{"number": 1, "translation": 5}]}', "translation must be a text"),
        (b"WEBVTT\n\nnothing", "no cue"),
        (b"number,translation\n1," + b"x" * 30_000, "too long"),
        (b"number,translation\n1,\"" + b"x" * 200_000, "cannot be read"),
        (b" " * (8 << 20) + b"x", "larger than 8 MiB"),
    ],
)  # fmt: skip
def test_what_is_no_script_is_refused_with_a_sentence(content: bytes, why: str) -> None:
    with pytest.raises(EditRefused, match=why):
        read_script(content)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for begin in (b"", b"WEBVTT\n\n1\n00:01.500 --> 00:03.000\n", b"number,translation\n", b'{"lines":'):
        try:
            read_script(begin + content)
        except EditRefused:
            continue


def test_times_are_read_as_people_write_them() -> None:
    assert [parse_time(text) for text in ("75.5", "1:15,5", "00:01:15.500", " 75 ")] == [75.5, 75.5, 75.5, 75.0]
    assert [parse_time(text) for text in ("", "soon", "1:2:3:4", "-5", "1e9")] == [None] * 5
    assert format_time(3_675.5004, ",") == "01:01:15,500"
    assert format_time(half := 0.0005, ".") == f"00:00:0{half:.3f}"
