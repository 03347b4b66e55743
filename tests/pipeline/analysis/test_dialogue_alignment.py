"""Alignment of a film's dialogue, by a fake aligner and by pocketsphinx on real speech."""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeAligner, FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator, claimed, runner
from transcripts import transcripts

from pipeline.analysis.dialogue_alignment import align_cues, align_words
from pipeline.analysis.film_analysis import find_segments
from pipeline.dub_values import DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines
from pipeline.engines.registry.engine_builder import build_engine
from pipeline.stages.read_subtitles import Subtitles
from pipeline.store.store import Store
from pipeline.values.media import Artifact, Film, Source, Stems, Track, TrackKind
from pipeline.values.timeline import Cue, Diarization, Span, Turn, Word

WORDS = (Word(Span(1.0, 1.4), "one", 0.5), Word(Span(1.5, 1.9), "two", 0.6), Word(Span(4.0, 4.4), "three", 0.7))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "a.duckdb")


@pytest.fixture
def run(tmp_path, store):
    (tmp_path / "artifacts").mkdir()
    return runner(store, claimed(store)[1], tmp_path / "artifacts")


def film_of(speech: Path, seconds: float, *, language: str = "en") -> FilmAnalysis:
    film = Film("matroska", seconds, (Track(0, TrackKind.AUDIO, "aac", language),), 0, 0)
    source = Source.of(speech)
    turns = (Turn(Span(0.0, seconds), "A"),)
    return FilmAnalysis(source, film, language, Stems(Artifact.of(speech)), Diarization(turns, ()), (), ())


@pytest.fixture
def analysis(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "speech.wav", np.zeros(16_000 * 10, np.float32), 16_000)
    return film_of(tmp_path / "speech.wav", 10.0)


def test_recognised_words_move_to_the_speech_and_a_note_tells_how_many(run, analysis):
    aligner = FakeAligner({"one": 1.1, "two": 1.7})
    words, (note,) = align_words(WORDS, analysis, aligner, run)
    assert [(word.text, word.span.start, word.confidence) for word in words] == [
        ("one", 1.1, 0.5),
        ("two", 1.7, 0.6),
        ("three", 4.0, 0.7),
    ]
    assert str(note) == (
        "Forced alignment set the times of 2 of 3 recognized words, by up to 0.20 s; the others kept theirs: 1 not found in the speech"
    )
    assert align_words(WORDS, analysis, aligner, run)[0] == words and aligner.calls == ["one two", "three"]  # each window once


def test_a_language_that_the_aligner_lacks_leaves_the_times_and_is_told(run, analysis):
    words, (note,) = align_words(WORDS, replace(analysis, language="de"), FakeAligner(), run)
    assert words == WORDS and "the aligner has no German" in note.text


def test_without_an_aligner_nothing_runs_and_cache_keys_are_those_of_before(run, store, analysis):
    assert align_words(WORDS, analysis, None, run) == (WORDS, ())
    cues = (Cue(Span(1.0, 3.0), "one two"),)
    assert align_cues(cues, analysis, None, run) == (cues, ())
    assert run.done == 0
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), FakeSynthesizer())
    spec = DubSpec(analysis.source, ("es",), "dub.mkv")
    subtitled = replace(analysis, subtitles=(Subtitles("en", cues),))
    plain = find_segments(subtitled, spec, engines, run, spoken="en")
    aligned = find_segments(subtitled, spec, replace(engines, aligner=FakeAligner({"one": 1.3, "two": 1.6})), run, spoken="en")
    assert plain.segments[0].span == Span(1.0, 3.0) and aligned.segments[0].span.start == 1.3
    assert any("set the times of 1 of 1 subtitle lines" in note.text for note in aligned.notes)


def test_a_subtitle_in_another_language_than_the_speech_is_not_aligned(run, analysis):
    aligner = FakeAligner({"one": 1.3})
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), FakeSynthesizer(), aligner=aligner)
    subtitled = replace(analysis, subtitles=(Subtitles("en", (Cue(Span(1.0, 3.0), "one"),)),))
    found = find_segments(subtitled, DubSpec(analysis.source, ("es",), "dub.mkv"), engines, run, spoken="ja")
    assert found.segments[0].span == Span(1.0, 3.0) and not aligner.calls


def test_subtitles_of_a_real_recording_move_to_its_words(run, recordings, tmp_path):
    speech = tmp_path / "jfk.wav"
    command = ["ffmpeg", "-v", "error", "-i", recordings / "jfk.flac", "-ac", "1", "-ar", "16000", speech]
    subprocess.run(command, check=True)
    first, second, third = "And so, my fellow Americans,", "ask not", transcripts(recordings)["jfk"].partition("ask not ")[2]
    cues = (Cue(Span(0.6, 3.0), first), Cue(Span(3.0, 4.9), second), Cue(Span(4.9, 10.9), third), Cue(Span(10.9, 10.99), "Xyz!"))
    aligned, (note,) = align_cues(cues, film_of(speech, 11.0), build_engine("aligner", "pocketsphinx-align"), run)
    assert [cue.text for cue in aligned] == [cue.text for cue in cues]
    starts = [cue.span.start for cue in aligned[:3]]
    assert starts == pytest.approx([0.3, 3.3, 5.35], abs=0.1)  # as seen in the waveform
    assert aligned[0].span.end == pytest.approx(2.15, abs=0.15)
    assert "3 of 4 subtitle lines" in note.text
