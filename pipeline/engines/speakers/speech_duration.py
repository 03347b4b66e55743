"""Predicted speech duration of a line, before synthesis: it decides whether it needs other words."""

from pipeline.engines.llm.speaking_rates import characters_per_second
from pipeline.engines.protocols import Synthesizer
from pipeline.values.timeline import Voice


def predict_duration(synthesizer: Synthesizer, text: str, voice: Voice, *, language: str) -> float:
    """The length of a text at the voice's natural pace, in seconds.

    By the synthesizer where it can tell; else, for one that cannot or lacks the method, by the language's speaking rate.
    """
    foretell = getattr(synthesizer, "seconds", None)
    foretold = foretell(text, voice, language=language) if foretell is not None else None
    return foretold if foretold is not None else len(text) / characters_per_second(language)
