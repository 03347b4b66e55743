"""A line's length before it is spoken, whatever the synthesizer can tell."""

import pytest
from fakes import FakeSynthesizer

from pipeline.engines.speakers.speech_duration import predict_duration
from pipeline.values.timeline import Voice

VOICE = Voice("S1", "es-S1")


class Speechless:
    """A synthesizer of somebody's own without the method."""


class Unsure(FakeSynthesizer):
    def seconds(self, text, voice, *, language):
        return None


def test_the_synthesizer_tells_where_it_can() -> None:
    assert predict_duration(FakeSynthesizer(), "x" * 30, VOICE, language="es") == pytest.approx(3.0)


@pytest.mark.parametrize("synthesizer", [Speechless(), Unsure()])
def test_else_the_language_speaking_rate_does(synthesizer) -> None:
    assert predict_duration(synthesizer, "x" * 33, VOICE, language="es") == pytest.approx(2.0)
