import threading
from itertools import pairwise

import numpy as np
import pytest
from synthetic_speech import flite, needs_flite, recording, scene, written

from pipeline.engines.protocols import Utterance
from pipeline.engines.transcriber_pocketsphinx import PocketsphinxTranscriber
from pipeline.errors import LanguageError
from pipeline.values.timeline import Span

SENTENCE = "Bring me the lamp and the map, and close the door behind you."


@pytest.fixture(scope="module")
def transcriber():
    return PocketsphinxTranscriber()


def said(words):
    return [word.text for word in words]


@needs_flite
def test_a_clear_sentence_is_understood_with_times_from_the_films_start(transcriber, tmp_path):
    film = scene([("rms", flite("rms", SENTENCE, tmp_path))], tmp_path / "film.wav", gap=30.0)
    truth = film.turns[0].span
    words = transcriber.transcribe(Utterance(film.audio, Span(truth.start - 0.2, truth.end + 0.2)), language="en")
    expected = ["bring", "me", "the", "lamp", "and", "the", "map", "and", "close", "the", "door", "behind", "you"]
    assert len(set(expected) - set(said(words))) <= 2
    assert words[0].span.start == pytest.approx(truth.start, abs=0.2)
    assert words[-1].span.end == pytest.approx(truth.end, abs=0.2)
    assert all(one.span.end <= other.span.start + 1e-6 for one, other in pairwise(words))
    assert all(0.0 < word.confidence <= 1.0 for word in words)
    assert all(word.text.replace("'", "").isalpha() for word in words)  # neither <sil> nor the(2)


def test_jfk_is_half_understood_at_least(transcriber, recordings, tmp_path):
    audio = written(recording(recordings / "jfk.flac"), tmp_path / "jfk.wav")
    words = said(transcriber.transcribe(Utterance(audio, Span(0.2, 10.8)), language="en-US"))
    assert words.count("country") == 2
    assert words[-4:] == ["do", "for", "your", "country"]


@needs_flite
def test_what_came_before_changes_no_answer(transcriber, tmp_path):
    """A cached utterance must be what a fresh decoder would have said."""
    film = scene([("kal16", flite("kal16", SENTENCE, tmp_path)), ("slt", flite("slt", SENTENCE, tmp_path))], tmp_path / "f.wav")
    first, second = (Utterance(film.audio, Span(max(0.0, t.span.start - 0.2), t.span.end + 0.2)) for t in film.turns)
    before = transcriber.transcribe(first, language="en")
    transcriber.transcribe(second, language="en")
    assert transcriber.transcribe(first, language="en") == before


@needs_flite
def test_two_threads_take_turns(transcriber, tmp_path):
    film = scene([("rms", flite("rms", "Close the door behind you.", tmp_path))], tmp_path / "film.wav")
    utterance = Utterance(film.audio, film.turns[0].span)
    alone, together = transcriber.transcribe(utterance, language="en"), []
    threads = [
        threading.Thread(target=lambda: together.append(transcriber.transcribe(utterance, language="en"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [alone] * 3


@pytest.mark.parametrize("seconds", [0.0, 0.05, 2.0])
def test_silence_and_a_moment_hold_no_words(transcriber, tmp_path, seconds):
    audio = written(np.zeros(round(16_000 * seconds), np.float32), tmp_path / "silence.wav")
    assert transcriber.transcribe(Utterance(audio, Span(0.0, seconds or 1.0)), language="en") == ()


def test_noise_ends_well(transcriber, tmp_path):
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * np.float32(0.1)
    for samples in (10, 400, 16_000):
        audio = written(noise[:samples], tmp_path / f"{samples}.wav")
        words = transcriber.transcribe(Utterance(audio, Span(0.0, samples / 16_000)), language="en")
        assert all(word.span.end <= samples / 16_000 + 1e-6 for word in words)


def test_another_language_is_refused_with_the_way_out(transcriber, tmp_path):
    audio = written(np.zeros(1600, np.float32), tmp_path / "a.wav")
    with pytest.raises(LanguageError, match="English only, not 'fr'; add subtitles"):
        transcriber.transcribe(Utterance(audio, Span(0.0, 0.1)), language="fr")
