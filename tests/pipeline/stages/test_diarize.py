from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pipeline.errors import NoSpeechFound
from pipeline.stages.diarize import diarize
from pipeline.values.media import Artifact
from pipeline.values.timeline import Diarization, Span, Speaker, Turn

SPEECH = Artifact(Path("speech.wav"), 1, "d")
ONE = Diarization((Turn(Span(0.0, 1.0), "S1"),), (Speaker("S1", 1.0, None),))


@dataclass
class Diarizer:
    answer: Diarization
    fingerprint: str = "fake"
    concurrency: int = 1
    asked: list[int | None] = field(default_factory=list)

    def diarize(self, speech, *, speakers):
        self.asked.append(speakers)
        return self.answer


@pytest.mark.parametrize("speakers", [None, 3])
def test_the_engine_hears_how_many_speakers_there_are(speakers):
    engine = Diarizer(ONE)
    assert diarize(SPEECH, engine, speakers=speakers) == ONE
    assert engine.asked == [speakers]


def test_a_film_in_which_nobody_speaks_is_an_error_with_a_way_out():
    with pytest.raises(NoSpeechFound, match="^No speech found in the audio track; check that it is the dialogue track"):
        diarize(SPEECH, Diarizer(Diarization((), ())), speakers=None)
