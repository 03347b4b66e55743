"""An edited file against the script: rows find their lines, changed cells alone become edits, nobody's change is lost."""

from dataclasses import replace

from pipeline.script.comparison import compare_script, make_line_changes
from pipeline.values.edits import Edit, LineChange
from pipeline.values.script import CellChange, CellName, DubScript, FileRow, ScriptFile, ScriptLine
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


def test_rows_of_a_table_are_lines_of_their_number_whatever_their_order_and_times() -> None:
    file = table(
        FileRow("row 2", 3, 1.0, translation="TRES"), FileRow("row 3", 9, 4.0, "x"), FileRow("row 4", 3, translation="y")
    )
    found = compare_script(script(), file, {})
    assert [(each.number, each.after) for each in found.changes] == [(3, "TRES")]
    assert found.unmatched == ("row 3: no line has this number or time", "row 4: line 3 has a row already")
    assert found.missing == (1, 2)


def test_cues_that_were_counted_anew_are_lines_of_their_time() -> None:
    """The editor has removed the first cue: number 1 is line 2 now."""
    file = cues(FileRow("a", 1, 4.2, "DOS"), FileRow("b", 2, 6.8, "TRES"), FileRow("c", 3, 9.0, "x"))
    found = compare_script(script(), file, {})
    assert [(each.number, each.after) for each in found.changes] == [(2, "DOS"), (3, "TRES")]
    assert (found.unmatched, found.missing) == (("c: no line has this number or time",), (1,))


def test_of_lines_that_begin_together_the_number_tells() -> None:
    together = replace(ROWS[1], number=4, text="cuatro")
    file = cues(FileRow("a", 4, 4.0, "CUATRO"), FileRow("b", 2, 4.0, "DOS"))
    assert wanted(file, *ROWS, together) == [(4, CellName.TRANSLATION, "CUATRO"), (2, CellName.TRANSLATION, "DOS")]


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
