"""What people want, laid over what the machine made: of values alone."""

from dataclasses import replace

import pytest

from pipeline.apply_edits import (
    Script,
    apply_edits,
    assign_voices,
    drop_unknown_speakers,
    edit_line,
    is_dubbed,
    replace_lines,
    select_corrections,
)
from pipeline.engines.protocols import Passage, Usage
from pipeline.errors import StageError
from pipeline.stages.translate import CONTEXT_SEGMENTS, Translation, correct_segments
from pipeline.values.edits import Edit, FilmEdits, SpeakerEdit, select_edits
from pipeline.values.film_context import FilmContext
from pipeline.values.media import Artifact
from pipeline.values.timeline import Line, Segment, Span, TextSource, Voice

SEGMENTS = tuple(Segment(n, Span(n, n + 0.9), f"said {n}", "S1" if n % 2 else "S2") for n in range(1, 31))
LINES = tuple(Line(segment, f"dicho {segment.number}", "es") for segment in SEGMENTS[:3])
M3, F2 = Voice("S1", "m3", 110.0), Voice("S2", "f2", 210.0)


def revised(*edits: Edit, speakers: tuple[SpeakerEdit, ...] = (), subtitled: bool = False) -> tuple[Line, ...]:
    return revised_translation(*edits, speakers=speakers, subtitled=subtitled).lines


def revised_translation(*edits: Edit, speakers: tuple[SpeakerEdit, ...] = (), subtitled: bool = False) -> Translation:
    script = Script("es", Translation(LINES), {label: Voice(label, label) for label in ("S1", "S2", "S3")}, subtitled=subtitled)
    edited = apply_edits(
        script,
        FilmEdits(edits, speakers),
        retranslate=lambda texts, added: Translation(()),
        list_voices=lambda: pytest.fail("not needed"),
    )
    return edited.translation


def corrections(edits: tuple[Edit, ...], brief: FilmContext, language: str) -> tuple[Passage, ...]:
    lines = [Line(segment, segment.text, language) for segment in SEGMENTS]
    texts = select_corrections(lines, select_edits(edits, language, subtitled=False))
    return correct_segments(SEGMENTS, texts, brief)


class TestLines:
    def test_words_take_the_place_of_their_lines_and_of_no_others(self):
        before, line, after = revised(Edit("es", 2, "otra cosa"))
        assert line == replace(LINES[1], text="otra cosa", source=TextSource.EDIT)
        assert (before, after) == (LINES[0], LINES[2])

    def test_a_text_that_a_person_wrote_has_no_untranslated_words(self):
        left = Line(SEGMENTS[0], "la sala lotada", "es", untranslated=("lotada",))
        edited = edit_line(left, Edit("es", 1, text="una sala lotada"), {})
        assert edited.untranslated == () and edit_line(left, Edit("es", 1), {}) == left

    def test_what_is_of_another_language_or_of_a_line_that_is_gone_changes_nothing(self):
        assert revised(Edit("ca", 2, "altra cosa"), Edit("es", 9, "nada")) == LINES

    def test_times_that_became_impossible_are_told_with_the_dub(self):
        edited = revised_translation(Edit("", 2, start=2.95))
        assert edited.lines == LINES and [note.lines for note in edited.notes] == [(2,)]

    def test_a_transcript_and_a_speaker_hold_in_every_language(self):
        line = revised(Edit("", 2, source_text="really", speaker="S1"))[1]
        assert line == replace(LINES[1], segment=replace(SEGMENTS[1], text="really", speaker="S1"))

    def test_they_hold_not_where_the_lines_are_subtitles_counted_by_themselves(self):
        assert revised(Edit("", 2, source_text="really", speaker="S1"), subtitled=True) == LINES
        assert revised(Edit("es", 2, speaker="S1"), subtitled=True)[1].segment.speaker == "S1"
        assert revised(Edit("es", 2, speaker="S1")) == LINES  # left from when there were subtitles

    def test_a_skipped_line_keeps_its_words_and_is_not_spoken(self):
        line = revised(Edit("es", 2, "otra cosa", skip=True))[1]
        assert (line.text, line.source) == ("otra cosa", TextSource.SKIP)
        assert [is_dubbed(each) for each in revised(Edit("es", 2, skip=True))] == [True, False, True]
        assert not is_dubbed(replace(LINES[0], text="…"))

    def test_the_lines_of_who_is_merged_are_those_of_whom_they_were_merged_into(self):
        chain = (SpeakerEdit("S1", merged_into="S2"), SpeakerEdit("S2", merged_into="S3"))
        assert [line.segment.speaker for line in revised(speakers=chain)] == ["S3", "S3", "S3"]
        assert revised(Edit("", 2, speaker="S1"), speakers=chain[:1])[1].segment.speaker == "S2"

    def test_nobody_is_merged_in_circles_for_ever(self):
        circle = (SpeakerEdit("S1", merged_into="S2"), SpeakerEdit("S2", merged_into="S1"))
        assert {line.segment.speaker for line in revised(speakers=circle)} <= {"S1", "S2"}


class TestUnknownSpeakers:
    def test_what_speaks_of_nobody_in_the_film_is_left_out_and_told(self, caplog):
        edits = drop_unknown_speakers(
            FilmEdits(
                (Edit("", 1, source_text="really", speaker="S9"), Edit("", 2, speaker="S1")),
                (SpeakerEdit("S1", merged_into="S8"), SpeakerEdit("S2", merged_into="S1")),
            ),
            {"S1", "S2"},
        )
        assert edits.lines == (Edit("", 1, source_text="really"), Edit("", 2, speaker="S1"))
        assert edits.speakers == (SpeakerEdit("S2", merged_into="S1"),)
        assert "nobody in the film is called ['S8', 'S9']" in caplog.text


class TestCorrections:
    def test_a_corrected_line_is_a_passage_of_its_own_between_its_neighbours_as_they_were_heard(self):
        edits = (Edit("", 15, source_text="really", speaker="S9"), Edit("", 16, source_text="indeed"))
        brief = FilmContext("Two talk.")
        first, second = corrections(edits, brief, "es")
        assert first.segments == (replace(SEGMENTS[14], text="really"),), "whoever says it: another voice is no other text"
        assert (first.before, first.after) == (SEGMENTS[14 - CONTEXT_SEGMENTS : 14], SEGMENTS[15 : 15 + CONTEXT_SEGMENTS])
        assert second.before[-1] == SEGMENTS[14] and second.brief == brief

    def test_the_first_line_has_nothing_before_it(self):
        (passage,) = corrections((Edit("", 1, source_text="really"),), FilmContext(), "es")
        assert passage.before == () and len(passage.after) == CONTEXT_SEGMENTS

    def test_a_line_that_people_worded_is_not_translated_in_that_language(self):
        edits = (Edit("", 1, source_text="really"), Edit("es", 1, "de veras"))
        assert corrections(edits, FilmContext(), "es") == ()
        assert len(corrections(edits, FilmContext(), "ca")) == 1

    def test_what_was_translated_anew_takes_its_place_and_its_cost_is_counted(self):
        film = Translation(LINES, Usage(10, 3, 1.0))
        anew = Translation((LINES[1].with_text("de veras"),), Usage(5, 1, 0.5))
        joined = replace_lines(film, anew)
        assert [line.text for line in joined.lines] == ["dicho 1", "de veras", "dicho 3"]
        assert joined.usage == Usage(15, 4, 1.5)


class TestCast:
    CLIP = Artifact.__new__(Artifact)  # never opened here

    def cast(self, *edits: SpeakerEdit, voices: tuple[Voice, ...] = (M3, F2), offered: tuple[str, ...] = ("m1", "f2")):
        return assign_voices({voice.speaker: voice for voice in voices}, edits, "es", list_voices=lambda: offered)

    def test_without_edits_it_is_as_it_was_cast(self):
        assert self.cast() == {"S1": M3, "S2": F2}
        assert list(self.cast()) == ["S1", "S2"], "whoever speaks most is first: nobody's lines are theirs"

    def test_a_chosen_voice_is_of_one_speaker_and_one_language(self):
        assert self.cast(SpeakerEdit("S1", chosen={"es": "m1"})) == {"S1": Voice("S1", "m1"), "S2": F2}
        assert self.cast(SpeakerEdit("S1", chosen={"ca": "m1"})) == {"S1": M3, "S2": F2}

    def test_the_voice_that_was_cast_may_be_chosen_and_changes_nothing(self):
        assert self.cast(SpeakerEdit("S2", chosen={"es": "f2"}))["S2"] == F2

    def test_a_merged_speaker_gets_the_voice_chosen_for_the_other(self):
        both = (SpeakerEdit("S1", merged_into="S2"), SpeakerEdit("S2", chosen={"es": "m1"}))
        assert set(self.cast(*both).values()) == {Voice("S2", "m1")}

    def test_a_speaker_lends_the_timbre_of_their_clip_to_another(self):
        one, other = (replace(voice, name="xtts:clone", pitch=None) for voice in (M3, F2))
        cloned = replace(other, reference=self.CLIP)
        cast = self.cast(SpeakerEdit("S1", chosen={"es": "S2"}), voices=(one, cloned), offered=("xtts:Ana", "S2"))
        assert cast["S1"].speaker == "S1" and cast["S1"].reference is self.CLIP

    def test_a_voice_of_the_models_own_is_chosen_against_a_clip(self):
        cloned = replace(M3, name="xtts:Ana", pitch=None, reference=self.CLIP)
        cast = self.cast(SpeakerEdit("S1", chosen={"es": "xtts:Ana"}), voices=(cloned, F2), offered=("xtts:Ana", "S1"))
        assert cast["S1"] == Voice("S1", "xtts:Ana")

    @pytest.mark.parametrize("name", ["gone", "S2"])
    def test_a_voice_that_nobody_offers_is_refused_with_a_way_out(self, name):
        with pytest.raises(StageError, match=rf"S1 was given the voice '{name}' in 'es'.*choose another one, or none"):
            self.cast(SpeakerEdit("S1", chosen={"es": name}))
