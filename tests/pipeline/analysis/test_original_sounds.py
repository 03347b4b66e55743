from dataclasses import replace

from pipeline.analysis.original_sounds import describe_original_sounds, find_overlaps, keep_vocalizations
from pipeline.apply_edits import edit_line, is_dubbed
from pipeline.values.edits import Edit
from pipeline.values.timeline import Line, Segment, Span, TextSource


def line(number, start, end, speaker="S1", text="Nobody told me.", **more):
    return Line(Segment(number, Span(start, end), text, speaker), more.pop("said", "Nadie me lo dijo."), "es", **more)


def test_a_line_of_laughter_keeps_the_original_and_is_told():
    lines = keep_vocalizations([line(1, 0, 1), line(2, 2, 3, text="Ha ha ha!", said="¡Ja, ja!")])
    assert [is_dubbed(each) for each in lines] == [True, False]
    (note,) = describe_original_sounds(lines)
    assert note.lines == (2,) and "Laughter" in note.text


def test_a_person_may_have_a_vocalization_dubbed():
    (kept,) = keep_vocalizations([line(1, 0, 1, text="Mm-hm.", said="Mm.")])
    edited = edit_line(kept, Edit("es", 1, text="Sí."), {})
    assert edited.source is TextSource.EDIT and is_dubbed(edited)


def test_lines_of_two_speakers_at_once_are_told_with_their_seconds():
    lines = [line(1, 0, 3, "S1"), line(2, 2.5, 4, "S2"), line(3, 5, 6, "S1")]
    (note,) = describe_original_sounds(lines)
    assert note.lines == (1, 2) and "0.5 s" in note.text


def test_a_long_line_overlaps_every_line_inside_it():
    lines = [line(1, 0, 10, "S1"), line(2, 1, 2, "S2"), line(3, 3, 4, "S3"), line(4, 9.9, 12, "S2")]
    assert [(one, other) for one, other, _ in find_overlaps(lines)] == [(1, 2), (1, 3)]


def test_one_speakers_lines_and_lines_apart_are_no_overlap():
    assert describe_original_sounds([line(1, 0, 3), line(2, 2, 4), line(3, 4, 5, "S2")]) == ()


def test_a_line_without_a_vocalization_is_untouched():
    lines = (line(1, 0, 1), replace(line(2, 1, 2), source=TextSource.NONE))
    assert keep_vocalizations(lines) == lines
