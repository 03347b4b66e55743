"""Channel positions of the layouts that a dub keeps, and what follows from them: fronts, loudness weights, the stereo fold-down."""

import numpy as np

from pipeline.audio.levels import Wave

CHANNEL_POSITIONS = {
    name: tuple(positions.split())
    for name, positions in {
        "mono": "FC",
        "stereo": "FL FR",
        "2.1": "FL FR LFE",
        "3.0": "FL FR FC",
        "3.0(back)": "FL FR BC",
        "3.1": "FL FR FC LFE",
        "4.0": "FL FR FC BC",
        "quad": "FL FR BL BR",
        "quad(side)": "FL FR SL SR",
        "4.1": "FL FR FC LFE BC",
        "5.0": "FL FR FC BL BR",
        "5.0(side)": "FL FR FC SL SR",
        "5.1": "FL FR FC LFE BL BR",
        "5.1(side)": "FL FR FC LFE SL SR",
        "6.1": "FL FR FC LFE BC SL SR",
        "7.1": "FL FR FC LFE BL BR SL SR",
    }.items()
}  # ffmpeg's names of the channel layouts we keep → positions of their channels, in ffmpeg's order
FRONTS = frozenset({"FL", "FR", "FC"})
SURROUND_LOUDNESS_WEIGHT = 1.41  # ITU-R BS.1770; fronts have 1, and the LFE does not count
HALF_POWER = float(np.sqrt(0.5))
# Lo/Ro of ITU-R BS.775: centre and surrounds 3 dB down, a single back channel split to both sides, no LFE.
FOLD_DOWN_WEIGHTS = {
    "FL": (1.0, 0.0),
    "FR": (0.0, 1.0),
    "FC": (HALF_POWER, HALF_POWER),
    "LFE": (0.0, 0.0),
    "BL": (HALF_POWER, 0.0),
    "SL": (HALF_POWER, 0.0),
    "BR": (0.0, HALF_POWER),
    "SR": (0.0, HALF_POWER),
    "BC": (0.5, 0.5),
}


def list_front_channels(layout: str) -> tuple[int, ...]:
    """Numbers of the channels in front of the listener; neither surrounds nor LFE."""
    return tuple(number for number, position in enumerate(CHANNEL_POSITIONS[layout]) if position in FRONTS)


def list_loudness_weights(layout: str) -> tuple[float, ...]:
    """Weights of the channels by ITU-R BS.1770."""
    return tuple(
        0.0 if position == "LFE" else 1.0 if position in FRONTS else SURROUND_LOUDNESS_WEIGHT
        for position in CHANNEL_POSITIONS[layout]
    )


def fold_down(block: Wave, layout: str) -> Wave:
    """Stereo Lo/Ro `(samples, 2)` of a block `(samples, channels)`. Full scale is not kept: a limiter comes after it."""
    weights = np.array([FOLD_DOWN_WEIGHTS[position] for position in CHANNEL_POSITIONS[layout]], np.float32)  # (channels, 2)
    return np.asarray(block @ weights, np.float32)
