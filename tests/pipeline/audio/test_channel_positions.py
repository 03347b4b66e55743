import numpy as np
import pytest

from pipeline.audio.channel_positions import CHANNEL_POSITIONS, fold_down, list_front_channels, list_loudness_weights
from pipeline.ffmpeg.codecs import Layout


def folded(layout: str, position: str) -> list[float]:
    """Levels in dB of left and right for full scale in one channel."""
    block = np.zeros((1, len(CHANNEL_POSITIONS[layout])), np.float32)
    block[0, CHANNEL_POSITIONS[layout].index(position)] = 1.0
    with np.errstate(divide="ignore"):
        return [round(float(level), 1) for level in 20 * np.log10(fold_down(block, layout)[0])]


@pytest.mark.parametrize("layout", [name for name in CHANNEL_POSITIONS if name != "mono"])
def test_a_fold_down_is_lo_ro_of_bs_775(layout):
    wanted = {
        "FL": [0.0, -np.inf],
        "FR": [-np.inf, 0.0],
        "FC": [-3.0, -3.0],
        "LFE": [-np.inf, -np.inf],
        "BC": [-6.0, -6.0],
    } | {side: [-3.0, -np.inf] if side[1] == "L" else [-np.inf, -3.0] for side in ("BL", "BR", "SL", "SR")}
    assert {position: folded(layout, position) for position in CHANNEL_POSITIONS[layout]} == {
        position: wanted[position] for position in CHANNEL_POSITIONS[layout]
    }


def test_the_lfe_counts_neither_as_a_front_nor_for_the_loudness():
    assert list_front_channels("5.1") == list_front_channels("7.1") == list_front_channels("3.1") == (0, 1, 2)
    assert list_front_channels("2.1") == (0, 1) and list_front_channels("mono") == (0,)
    assert list_loudness_weights("5.1(side)") == (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
    assert list_loudness_weights("2.1") == (1.0, 1.0, 0.0)


@pytest.mark.parametrize("name", CHANNEL_POSITIONS)
def test_a_voice_is_mixed_into_fronts(name):
    layout = Layout(name)
    positions = [CHANNEL_POSITIONS[name][channel] for channel in layout.voice_channels]
    assert positions == (["FC"] if "FC" in CHANNEL_POSITIONS[name] else ["FL", "FR"])
