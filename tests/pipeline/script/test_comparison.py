"""An edited file against the script: rows find their lines, changed cells alone become edits, nobody's change is lost."""

from dataclasses import replace

import pytest

from pipeline.errors import EditRefused
from pipeline.script.comparison import compare_script, drop_refused, make_batch, make_line_changes
from pipeline.script.edit_batch import NewLine, RefusedEdit
from pipeline.script.script_file import CellChange, FileRow, ScriptComparison, ScriptFile
from pipeline.script.times import read_time
from pipeline.values.edits import Edit, LineChange
from pipeline.values.script import CellName, DubScript, ScriptLine
from pipeline.values.tasks import LineRow

ROW = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "one", "uno", "translation", 1.0, 0.9, 1.0, 1.0, "takes/a.wav")
ROWS = (ROW, replace(ROW, number=2, start=4.0, end=5.0, source_text="two", text="dos"),
        replace(ROW, number=3, start=7.0, end=8.0, source_text="three", text="tres", speaker="S2"))  # fmt: skip
NAMES = {"S1": "Ana", "S2": "Bruno", "S3": "Bruno"}


def script(*rows: LineRow) -> DubScript:
    return DubScript("es", 4, tuple(ScriptLine(row, NAMES.get(row.speaker or "", "")) for row in rows or ROWS), NAMES)


def table(*rows: FileRow) -> ScriptFile:
    return ScriptFile(rows, is_timed=False)


def cues(*rows: FileRow) -> ScriptFile:
    return ScriptFile(rows, is_timed=True)


def wanted(file: ScriptFile, *rows: LineRow) -> list[tuple[int, CellName, str]]:
    return [(each.number, each.cell, each.after) for each in compare_script(script(*rows), file, {}).changes]


def test_a_changed_cell_alone_becomes_an_edit() -> None:
    file = table(FileRow("row 2", 1, translation="uno", source="one"), FileRow("row 3", 2, translation=" dos \n y medio "))
    assert wanted(file) == [(2, CellName.TRANSLATION, "dos y medio")]


def row(place: str, number: int | None, start: str = "", end: str = "", text: str | None = None, **cells: str) -> FileRow:
    times = [read_time(given) if given else None for given in (start, end)]
    return FileRow(place, number, *times, text, **cells)


def test_rows_of_a_table_are_lines_of_their_number_whatever_their_order() -> None:
    file = table(row("row 2", 3, text="TRES"), row("row 3", 9, text="x"), row("row 4", 3, text="y"))
    found = compare_script(script(), file, {})
    assert [(each.number, each.after) for each in found.changes] == [(3, "TRES")]
    assert found.unmatched == (
        "row 4: line 3 has a row already; without its number the row is added as a new line",
        "row 3: no line has this number or time; a new line needs its start, its end and a text",
    )
    assert found.missing == (1, 2)


def test_changed_times_become_edits_of_their_line() -> None:
    file = table(row("row 2", 1, "0:01.250", "2,000", "uno"), row("row 3", 2, "4.000", "5.5004", "dos"))
    assert wanted(file) == [(1, CellName.START, "1.250"), (2, CellName.END, "5.500")]
    found = compare_script(script(), file, {})
    assert make_batch(script(), found).changes == (LineChange("es", 1, start=1.25), LineChange("es", 2, end=5.5))


def test_times_that_only_lost_digits_are_no_change_and_are_told_where_that_is_not_certain() -> None:
    exact = [replace(each, start=each.start + 0.123, end=each.end + 0.4) for each in ROWS]
    zeros = table(row("row 2", 1, "1.123", "2.4"), row("row 3", 2, "0:04.123", "5.40"), row("row 4", 3, "7.123", "8,4"))
    assert compare_script(script(*exact), zeros, {}) == ScriptComparison(), "zeros at the end are no digits"
    cut = table(row("row 2", 1, "1.1", "2.4"), row("row 3", 2, "4.2", "5.4"), row("row 4", 3, "7.1", "8.4"))
    found = compare_script(script(*exact), cut, {})
    assert [(each.number, each.after) for each in found.changes] == [(2, "4.200")], "4.123 is not 4.2 by rounding"
    assert found.problems == ("row 2, row 4: the start is written to 0.1 s only, and stays as it was",)


def test_points_that_a_spreadsheet_took_for_thousands_separators_are_no_change() -> None:
    exact = [replace(each, start=each.start + 0.123, end=each.end + 0.4) for each in ROWS]
    file = table(row("row 2", 1, "1123", "2400"), row("row 3", 2, "4123", "5,7"), row("row 4", 3, "7123", "8400"))
    assert wanted(file, *exact) == [(2, CellName.END, "5.700")]


def test_times_that_cannot_be_read_are_told_and_stay() -> None:
    empty = FileRow("row 3", 2, read_time(""), read_time("5"))
    found = compare_script(script(), table(row("row 2", 1, "04. Mai", "2"), empty), {})
    assert (found.changes, found.problems) == (
        (),
        ("row 2: the start '04. Mai' is no time and stays as it was", "row 3: the start is empty and stays as it was"),
    )


def test_times_are_merged_three_ways_and_are_a_conflict_together() -> None:
    moved = replace(ROWS[1], start=6.0, edit=Edit("es", 2, start=6.0))
    bases = {(2, CellName.START): "4.000"}

    def compare(start: str, end: str = "5") -> ScriptComparison:
        return compare_script(script(ROWS[0], moved, ROWS[2]), table(row("r", 2, start, end)), bases)

    assert (compare("4").changes, compare("4").conflicts) == ((), ()), "the file did not change it"
    assert (compare("6").changes, compare("6").conflicts) == ((), ()), "both made the same change"
    assert [each.after for each in compare("4", "5.5").changes] == ["5.500"]
    found = compare("4.5", "5.5")
    assert (found.changes, [each.after for each in found.conflicts]) == ((), ["4.500", "5.500"])


def test_a_row_without_a_number_or_with_a_new_one_is_an_added_line() -> None:
    file = table(
        row("row 2", None, "2.5", "3.0", "nueva", speaker="S2", source="new"),
        row("row 3", 1, "1", "2"),
        row("row 4", 90, "0:10", "11", "otra", name="ana"),
        row("row 5", None, "12", "13", "x", name="Zoe"),
        row("row 6", None, "14", "", "x"),
    )
    found = compare_script(script(), file, {})
    assert found.added == (
        NewLine("row 2", "es", 2.5, 3.0, "S2", "new", "nueva"),
        NewLine("row 4", "es", 10.0, 11.0, "S1", None, "otra"),
    )
    assert (found.changes, found.missing, [each.partition(":")[0] for each in found.unmatched]) == (
        (),
        (2, 3),
        ["row 5", "row 6"],
    )


def test_a_file_that_was_imported_before_adds_its_lines_once() -> None:
    added = replace(ROW, number=4, start=2.5, end=3.0, text="nueva", text_source="added", edit=Edit("es", 4, text="nueva"))
    file = table(row("row 2", 1, "1", "2", "uno"), row("row 3", None, "2.5", "3", "nueva"))
    found = compare_script(script(*ROWS, added), file, {})
    assert (found.changes, found.added, found.missing) == ((), (), (2, 3))


def test_a_line_that_was_deleted_since_the_export_is_not_added_again() -> None:
    left = replace(script(), deleted=frozenset({9}))
    again = row("the row", 9, "12", "13", "nueve")
    for file in (table(again, row("b", 1, "1", "2", "uno")), cues(row("b", 1, "1", "2", "uno"), again)):
        found = compare_script(left, file, {})
        assert found.added == () and found.unmatched[0].startswith("the row: line 9 was deleted")


def test_a_file_of_another_film_adds_no_thousand_lines() -> None:
    with pytest.raises(EditRefused, match="501 rows of the file are no lines of this script; is it another film's"):
        compare_script(script(), cues(*(row(f"{n}", n, f"{n + 99}", f"{n + 100}", "x") for n in range(501))), {})


def test_cues_that_were_counted_anew_are_lines_of_their_time() -> None:
    """The editor has removed the first cue: number 1 is line 2 now. The last one is new."""
    file = cues(row("a", 1, "4.2", "5", "DOS"), row("b", 2, "6.8", "8", "TRES"), row("c", 3, "9", "9.5", "x"))
    found = compare_script(script(), file, {})
    assert [(each.number, each.after) for each in found.changes] == [(2, "DOS"), (2, "4.200"), (3, "TRES"), (3, "6.800")]
    assert ([line.key for line in found.added], found.missing) == (["c"], (1,))


def test_cues_that_were_moved_far_are_found_by_their_text_or_their_number() -> None:
    moved = (2, CellName.START, "5.800"), (2, CellName.END, "6.500")
    assert tuple(wanted(cues(row("a", 7, "5.8", "6.5", "dos"), row("b", 8, "7", "8", "tres")))) == moved
    renamed = cues(row("a", 1, "1", "2", "uno"), row("b", 2, "5.8", "6.5", "DOS"))
    assert tuple(wanted(renamed)) == ((2, CellName.TRANSLATION, "DOS"), *moved)
    shifted = cues(*(row(f"{n}", n, f"{n * 3}", f"{n * 3 + 1}", text) for n, text in enumerate(("uno", "dos", "tres"), 1)))
    assert {number for number, cell, _ in wanted(shifted) if cell is CellName.TRANSLATION} == set()


def test_an_older_cue_finds_the_line_that_somebody_else_moved_since() -> None:
    moved = replace(ROWS[1], start=14.0, end=15.0, edit=Edit("es", 2, start=14.0, end=15.0))
    bases = {(2, CellName.START): "4.000", (2, CellName.END): "5.000"}
    old = cues(row("a", None, "1", "2", "uno"), row("b", None, "4", "5", "DOS"), row("c", None, "7", "8", "tres"))
    found = compare_script(script(ROWS[0], ROWS[2], moved), old, bases)
    assert [(each.number, each.cell, each.after) for each in found.changes] == [(2, CellName.TRANSLATION, "DOS")]
    assert (found.conflicts, found.added, found.missing) == ((), (), ())


def test_of_lines_that_begin_together_the_number_tells() -> None:
    together = replace(ROWS[1], number=4, text="cuatro")
    file = cues(row("a", 4, "4", "5", "CUATRO"), row("b", 2, "4", "5", "DOS"))
    assert wanted(file, *ROWS, together) == [(4, CellName.TRANSLATION, "CUATRO"), (2, CellName.TRANSLATION, "DOS")]


def test_what_is_refused_is_a_problem_and_no_change() -> None:
    found = compare_script(script(), table(row("row 2", 1, "1", "5", "UNO"), row("row 3", None, "1", "2", "x")), {})
    refused = (RefusedEdit("Line 1: no", "es", 1, fields=("end",)), RefusedEdit("New line: no", "es", key="row 3"))
    left = drop_refused(found, refused)
    assert ([each.after for each in left.changes], left.added) == (["UNO"], ())
    assert left.problems == ("Line 1: no", "row 3: New line: no")


def test_speakers_are_named_by_label_or_by_name() -> None:
    assert wanted(table(FileRow("r", 1, speaker="S2", name="Ana"))) == [(1, CellName.SPEAKER, "S2")]
    assert wanted(table(FileRow("r", 3, speaker="S2", name="ana"))) == [(3, CellName.SPEAKER, "S1")]
    assert wanted(table(FileRow("r", 3, speaker="Ana"))) == [(3, CellName.SPEAKER, "S1")]
    assert wanted(table(FileRow("r", 3, speaker="S2", name="Bruno"), FileRow("s", 1, speaker="", name=""))) == []


def test_a_speaker_whom_nobody_knows_or_several_are_is_told_once() -> None:
    file = table(*(FileRow(f"row {n}", n, name="Zoe") for n in (1, 2, 3)))
    assert compare_script(script(), file, {}).problems == (
        "row 1, row 2, row 3: nobody in the film is called 'Zoe', so the speaker stays as it was",
    )
    (problem,) = compare_script(script(), table(FileRow("row 2", 1, name="Bruno")), {}).problems
    assert problem.startswith("row 2: several speakers are called 'Bruno'")


def test_the_machines_own_text_is_no_edit_and_takes_one_back() -> None:
    edited = replace(ROW, edit=Edit("es", 1, text="Uno."))
    change = CellChange(1, CellName.TRANSLATION, "Uno.", "Uno.", "uno")
    assert compare_script(script(edited), table(FileRow("r", 1, translation="uno")), {}).changes == (change,)
    assert make_line_changes(script(edited), [change]) == (LineChange("es", 1, text=None),)


def test_an_empty_translation_keeps_the_original_audio_and_a_text_dubs_it_again() -> None:
    (change,) = compare_script(script(), table(FileRow("r", 1, translation="  ")), {}).changes
    assert make_line_changes(script(), [change]) == (LineChange("es", 1, skip=True),)
    skipped = replace(ROW, text_source="skip", audio="", edit=Edit("es", 1, skip=True))
    assert wanted(table(FileRow("r", 1, translation="")), skipped) == []
    for text, edit in (("uno", LineChange("es", 1, skip=None)), ("UNO", LineChange("es", 1, text="UNO", skip=None))):
        (change,) = compare_script(script(skipped), table(FileRow("r", 1, translation=text)), {}).changes
        assert make_line_changes(script(skipped), [change]) == (edit,)


def test_cells_that_cannot_be_used_are_told_and_stay() -> None:
    long, empty = FileRow("row 2", 1, translation="x" * 2001), FileRow("row 3", 2, source=" ")
    found = compare_script(script(), table(long, empty), {})
    assert (found.changes, [problem.split(" ", 3)[3] for problem in found.problems]) == (
        (),
        ["translation is longer than 2,000 characters and stays as it was", "source is empty and stays as it was"],
    )
    subtitled = [replace(row, subtitled=True) for row in ROWS]
    found = compare_script(script(*subtitled), table(FileRow("row 2", 1, source="hm", translation="uno")), {})
    assert (found.changes, len(found.problems)) == ((), 1)


def test_three_ways_of_a_cell_that_somebody_else_changed_since_the_export() -> None:
    now = replace(ROW, edit=Edit("es", 1, text="theirs"))
    bases = {(1, CellName.TRANSLATION): "uno"}

    def compare(text: str) -> tuple[int, int]:
        found = compare_script(script(now), table(FileRow("r", 1, translation=text)), bases)
        return len(found.changes), len(found.conflicts)

    assert compare("uno") == (0, 0), "the file did not change it"
    assert compare("theirs") == (0, 0), "both made the same change"
    assert compare("ours") == (0, 1)
    found = compare_script(script(now), table(FileRow("r", 1, translation="ours", source="one!")), bases)
    assert found.conflicts == (CellChange(1, CellName.TRANSLATION, "uno", "theirs", "ours"),)
    assert [each.cell for each in found.changes] == [CellName.SOURCE], "the other cells of the line are applied"
