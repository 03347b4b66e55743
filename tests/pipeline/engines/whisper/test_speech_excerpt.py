"""The speech of an utterance without its long pauses, and the way back to the film's axis."""

import numpy as np
import pytest
from synthetic_speech import RATE, recording, written

from pipeline.engines.protocols import Utterance
from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.engines.whisper.speech_excerpt import PADDING_S, SpeechExcerpt, extract_speech, read_utterance
from pipeline.values.timeline import Span


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return SileroDetector()


def excerpt(*pieces: Span) -> SpeechExcerpt:
    samples = np.arange(round(sum(piece.duration for piece in pieces) * RATE), dtype=np.float32)
    return SpeechExcerpt(samples, pieces, pieces)


def test_times_of_the_excerpt_are_those_of_the_film_again():
    found = excerpt(Span(10.0, 12.0), Span(20.0, 23.0))
    for inside, film in (((0.5, 1.0), (10.5, 11.0)), ((2.5, 3.0), (20.5, 21.0)), ((4.5, 9.0), (22.5, 23.0))):
        span = found.map_to_film(*inside)
        assert span is not None and (span.start, span.end) == pytest.approx(film)
    assert found.map_to_film(1.0, 1.0) is None


def test_a_word_after_a_pause_begins_after_it_and_a_word_before_it_ends_there():
    found = excerpt(Span(10.0, 12.0), Span(20.0, 23.0))
    after, before = found.map_to_film(1.0, 2.3), found.map_to_film(1.0, 2.1)
    assert after is not None and (after.start, after.end) == pytest.approx((20.0, 20.3))
    assert before is not None and (before.start, before.end) == pytest.approx((11.0, 12.0))


def test_samples_are_found_by_the_films_time():
    found = excerpt(Span(10.0, 12.0), Span(20.0, 23.0))
    assert found.read_samples(Span(11.0, 21.0))[[0, -1]] == pytest.approx([RATE, 3 * RATE - 1])
    assert len(found.read_samples(Span(13.0, 19.0))) == 0


def test_long_pauses_are_left_out_and_short_ones_stay(detector, recordings, tmp_path):
    one, other = (recording(recordings / f"LJ001-000{n}.flac") for n in (2, 8))
    wave = np.concatenate(
        [np.zeros(5 * RATE, np.float32), one, np.zeros(RATE // 2, np.float32), other, np.zeros(9 * RATE, np.float32), one]
    )
    found = extract_speech(Utterance(written(wave, tmp_path / "film.wav"), Span(0.0, len(wave) / RATE)), detector)
    first, second = found.pieces
    assert first.start == pytest.approx(5.0 - PADDING_S, abs=0.3) and second.end == pytest.approx(len(wave) / RATE, abs=0.3)
    assert first.duration == pytest.approx((len(one) + len(other)) / RATE + 0.5 + PADDING_S, abs=0.4)
    assert len(found.wave) / RATE == pytest.approx(first.duration + second.duration, abs=0.01)


def test_an_utterance_in_which_nobody_speaks_is_empty(detector, recordings, tmp_path):
    audio = written(np.concatenate([np.zeros(5 * RATE, np.float32), recording(recordings / "jfk.flac")]), tmp_path / "film.wav")
    for span in (Span(0.0, 4.0), Span(900.0, 910.0)):
        found = extract_speech(Utterance(audio, span), detector)
        assert (len(found.wave), found.pieces, found.speech) == (0, (), ())


def test_samples_that_are_no_numbers_are_heard_as_silence(tmp_path):
    import soundfile

    from pipeline.values.media import Artifact

    soundfile.write(tmp_path / "odd.wav", np.array([np.nan, np.inf, -1e30, 0.5], np.float32), RATE, subtype="FLOAT")
    wave = read_utterance(Utterance(Artifact.of(tmp_path / "odd.wav"), Span(0.0, 1.0)))
    assert wave.tolist() == [0.0, 1.0, -1.0, 0.5]
