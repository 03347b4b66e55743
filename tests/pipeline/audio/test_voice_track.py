import numpy as np
import pytest
import soundfile

from pipeline.audio.voice_track import VoiceTrack
from pipeline.values.media import Artifact
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span

RATE = 1_000


@pytest.fixture
def place(tmp_path):
    """A placement of a second of ones, from `start` on."""

    def place(number: int, start: float) -> Placement:
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, np.full(RATE, 0.5, np.float32), RATE, subtype="FLOAT")
        span = Span(start, start + 1.0)
        line = Line(Segment(number, span, "said", "S1"), "dicho", "es")
        return Placement(line, Slot(span, span.end), Artifact.of(path), start, 1.0, 1.0, 1.0)

    return place


@pytest.mark.parametrize("block", [3_000, 700, 33])
def test_takes_are_summed_at_their_places_and_gains_whatever_the_blocks(place, block):
    track = VoiceTrack([place(1, 0.5), place(2, 1.2)], [1.0, 0.5], RATE)
    voice = np.concatenate([track.mix_block(start, min(block, 3_000 - start)) for start in range(0, 3_000, block)])
    expected = np.zeros(3_000)
    expected[500:1_500] += 0.5
    expected[1_200:2_200] += 0.25
    assert voice == pytest.approx(expected)
