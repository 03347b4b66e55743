import numpy as np
import pytest
import soundfile
from white_noise import RATE, in_blocks, noise

from pipeline.audio.loudness import SILENCE_LUFS, LoudnessMeter
from pipeline.ffmpeg import loudness_meter


@pytest.mark.parametrize("block", [480_000, 4_801, 1_000])
def test_the_meter_agrees_with_ebur128_whatever_the_blocks(block, tmp_path):
    wave = noise(6.0, amplitude=0.05)
    wave[: 2 * RATE] *= 0.001  # gated out
    wave[3 * RATE : 4 * RATE] *= 4.0
    path = tmp_path / "noise.wav"
    soundfile.write(path, wave, RATE, subtype="FLOAT")
    meter = LoudnessMeter((1.0, 1.0), RATE)
    for part in in_blocks(wave, block):
        meter.add(part)
    assert meter.compute_loudness() == pytest.approx(
        loudness_meter.measure_loudness(path, 0, seconds=6.0, ours=True).integrated, abs=0.1
    )


def test_surrounds_count_more_and_the_lfe_not_at_all():
    def loudness(channel: int) -> float:
        wave = np.zeros((RATE, 6), np.float32)
        wave[:, channel] = noise(1.0, 1)[:, 0]
        meter = LoudnessMeter((1.0, 1.0, 1.0, 0.0, 1.41, 1.41), RATE)
        meter.add(wave)
        return meter.compute_loudness()

    assert loudness(4) - loudness(0) == pytest.approx(1.5, abs=0.02)
    assert loudness(3) == SILENCE_LUFS
