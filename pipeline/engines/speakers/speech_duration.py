"""Speech duration of a line, predicted before synthesis, to decide if the line must be rephrased."""

from pipeline.engines.protocols import Synthesizer
from pipeline.text.speaking_rates import characters_per_second
from pipeline.values.timeline import Voice


def predict_duration(synthesizer: Synthesizer, text: str, voice: Voice, *, language: str) -> float:
    """Predict the duration of a text at the voice's natural pace, in seconds.

    By the synthesizer's `seconds` if it has the method and an answer, else by the language's speaking rate.
    """
    predict = getattr(synthesizer, "seconds", None)
    predicted = predict(text, voice, language=language) if predict is not None else None
    return predicted if predicted is not None else len(text) / characters_per_second(language)
