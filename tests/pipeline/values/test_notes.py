"""Notes on a dub: how they read, and how many become one."""

import json
from dataclasses import asdict

from pipeline.values.notes import Note, Severity, merge_notes, notes_of_report


def test_a_note_says_which_lines_it_is_about() -> None:
    assert str(Note("Left out")) == "Left out"
    assert str(Note("Left out", lines=(7,))) == "Left out (line 7)"
    assert str(Note("Left out", lines=(3, 7))) == "Left out (2 lines: 3, 7)"
    assert str(Note("Left out", lines=tuple(range(1, 14)))) == "Left out (13 lines: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more)"


def test_notes_of_one_text_become_one_with_all_their_lines() -> None:
    assert merge_notes([Note("a", lines=(3,)), Note("b", lines=(1,)), Note("a", lines=(1, 3))]) == (
        Note("a", lines=(1, 3)),
        Note("b", lines=(1,)),
    )


def test_warnings_come_first() -> None:
    assert [note.text for note in merge_notes([Note("a"), Note("b", Severity.WARNING), Note("c")])] == ["b", "a", "c"]


def test_a_note_on_every_line_or_once_on_the_dub_is_about_the_dub() -> None:
    assert merge_notes([Note("a", lines=(1,)), Note("a", lines=(2,))], dub_lines=(1, 2)) == (Note("a"),)
    assert merge_notes([Note("a", lines=(1,))], dub_lines=(1, 2)) == (Note("a", lines=(1,)),)
    assert merge_notes([Note("a", lines=(1,)), Note("a")]) == (Note("a"),)


def test_notes_come_back_from_a_report_as_json_and_an_older_report_has_none() -> None:
    notes = (Note("a", Severity.WARNING, (1, 2)), Note("b"))
    assert notes_of_report(json.loads(json.dumps({"notes": [asdict(note) for note in notes]}))) == notes
    assert notes_of_report({"language": "es"}) == ()
