import numpy as np
import pytest
import soundfile

from pipeline.engines.speakers import audio_input
from pipeline.errors import EngineError
from pipeline.values.timeline import Span

RATE = 16_000


def sine(seconds, rate):
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_rate_and_channel_count_is_heard_at_16_khz(tmp_path, rate, channels):
    path = tmp_path / "tone.flac"
    soundfile.write(path, np.repeat(sine(45.0, rate)[:, None], channels, axis=1), rate)
    waves = list(audio_input.read_blocks(path))
    heard = np.concatenate(waves)
    assert len(waves) > 1 and max(map(len, waves)) <= 21 * RATE
    assert abs(len(heard) - 45 * RATE) <= 2
    middle = slice(RATE, 44 * RATE)
    assert np.abs(heard[middle] - sine(45.0, RATE)[middle]).max() < 0.01


def test_an_excerpt_is_exactly_its_span_and_ends_with_the_file(tmp_path):
    path = tmp_path / "ramp.wav"
    ramp = np.linspace(0, 1, 2 * RATE, dtype=np.float32)
    soundfile.write(path, ramp, RATE, subtype="FLOAT")
    np.testing.assert_array_equal(audio_input.read_excerpt(path, Span(0.5, 1.25)), ramp[8_000:20_000])
    np.testing.assert_array_equal(audio_input.read_excerpt(path, Span(1.75, 9.0)), ramp[28_000:])
    assert len(audio_input.read_excerpt(path, Span(5.0, 9.0))) == 0


def test_an_excerpt_at_another_rate_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", sine(1.0, 48_000), 48_000)
    with pytest.raises(EngineError, match="48000 Hz; recognisers need 16000 Hz"):
        audio_input.read_excerpt(tmp_path / "a.wav", Span(0.0, 1.0))


def test_what_is_no_audio_says_so(tmp_path):
    (tmp_path / "a.wav").write_text("not a wave")
    with pytest.raises(EngineError, match="a.wav cannot be read as audio"):
        list(audio_input.read_blocks(tmp_path / "a.wav"))
    with pytest.raises(EngineError, match="a.wav cannot be read as audio"):
        audio_input.read_excerpt(tmp_path / "a.wav", Span(0.0, 1.0))
