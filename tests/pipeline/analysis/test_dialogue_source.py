"""The dialogue source: subtitles in a language, and the name of an audio track."""

from dataclasses import replace

import pytest

from pipeline.analysis.dialogue_source import build_language_note, describe_audio_track, find_subtitles
from pipeline.stages.read_subtitles import Subtitles
from pipeline.values.media import Track, TrackKind
from pipeline.values.timeline import Cue, Span


class TestSubtitlesIn:
    def text(self, language: str) -> Subtitles:
        return Subtitles(language, (Cue(Span(0.0, 1.0), language),))

    def test_the_first_of_a_language_is_taken(self):
        first, second = self.text("es"), replace(self.text("es"), cues=())
        assert find_subtitles((self.text("en"), first, second), "es") is first

    def test_another_region_is_the_same_language(self):
        assert find_subtitles((self.text("es-MX"),), "es") is not None
        assert find_subtitles((self.text("nb"),), "no") is not None

    def test_another_language_is_none(self):
        assert find_subtitles((self.text("pt"), self.text("ca")), "es") is None


@pytest.mark.parametrize(
    ("track", "name"),
    [
        (Track(1, TrackKind.AUDIO, "ac3", "en", layout="5.1"), "English, 5.1"),
        (Track(1, TrackKind.AUDIO, "aac", None, "Commentary", layout="stereo"), "Commentary, stereo"),
        (Track(1, TrackKind.AUDIO, "aac", "de"), "German"),
        (Track(1, TrackKind.AUDIO, "aac"), ""),
    ],
)
def test_an_audio_track_is_named_by_its_language_and_layout(track, name):
    assert describe_audio_track(track) == name


@pytest.mark.parametrize("by_ear", [True, False])
def test_a_note_on_a_detected_language_names_the_setting_and_the_option(by_ear):
    assert str(build_language_note("fr", by_ear=by_ear)).endswith("set source_lang (--from) where that is wrong")
