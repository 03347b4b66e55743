"""The dialogue source: subtitles in a language, and the name of an audio track."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator, claimed, runner
from synthetic_speech import RATE, written

from pipeline.analysis.dialogue_source import build_language_note, describe_audio_track, find_subtitles, recognize_speech
from pipeline.dub_values import DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines, Utterance
from pipeline.stages.read_subtitles import Subtitles
from pipeline.store.store import Store
from pipeline.values.media import Film, Source, Stems, Track, TrackKind
from pipeline.values.timeline import Cue, Diarization, Span, Turn, Word


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


TURNS = (Turn(Span(1.0, 3.0), "A"), Turn(Span(3.0, 5.0), "B"), Turn(Span(6.0, 8.0), "A"), Turn(Span(8.0, 9.0), "C"))


@dataclass
class ForgetfulTranscriber(FakeTranscriber):
    """Hears windows of several speakers: of the film the first speaker's turns alone, of a file of B's speech every turn.

    C's it hears nowhere.
    """

    across_speakers: bool = True
    longest_utterance: float = 28.0

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        self.calls.append(utterance)
        if utterance.audio.path.name == "speech.wav":
            return tuple(Word(Span(turn.span.start, turn.span.end - 0.1), "First.") for turn in TURNS if turn.speaker == "A")
        if len(self.calls) == 2:  # B's file begins with a silence
            return (Word(Span(utterance.span.start + 0.2, utterance.span.start + 1.9), "Second."),)
        return ()


class TestRecognition:
    def recognize(self, folder: Path, store: Store, transcriber: FakeTranscriber):
        speech = written(np.zeros(10 * RATE, np.float32), folder / "speech.wav")
        film = Film("matroska", 10.0, (Track(0, TrackKind.AUDIO, "aac", "en"),), 0, 0)
        (folder / "film.mkv").write_text("film")
        source = Source.of(folder / "film.mkv")
        analysis = FilmAnalysis(source, film, "en", Stems(speech), Diarization(TURNS, ()), (), ())
        engines = Engines(transcriber, FakeDiarizer(), FakeTranslator(), FakeSynthesizer())
        _, lease = claimed(store)
        (folder / "artifacts").mkdir()
        run = runner(store, lease, folder / "artifacts")
        once = recognize_speech(DubSpec(source, ("es",), "dub.mkv"), analysis, engines, run)
        calls = len(transcriber.calls)
        assert recognize_speech(DubSpec(source, ("es",), "dub.mkv"), analysis, engines, run) == once
        assert len(transcriber.calls) == calls  # both passes are cached
        return once

    def test_speech_without_words_is_recognised_again_by_itself(self, tmp_path, store):
        transcriber = ForgetfulTranscriber()
        segments, unrecognized, _ = self.recognize(tmp_path, store, transcriber)
        assert [(each.text, each.speaker) for each in segments] == [("First.", "A"), ("Second.", "B"), ("First.", "A")]
        assert unrecognized == (TURNS[3].span,)
        assert len(transcriber.calls) == 3  # the film, the speech of B, the speech of C

    def test_a_recogniser_of_one_speaker_at_a_time_has_no_second_pass(self, tmp_path, store):
        transcriber = FakeTranscriber()
        self.recognize(tmp_path, store, transcriber)
        assert {call.audio.path.name for call in transcriber.calls} == {"speech.wav"}
