"""Speech duration of a line, predicted before synthesis, to decide if the line must be rephrased."""

from collections.abc import Sequence

from pipeline.engines.protocols import Synthesizer
from pipeline.engines.speakers.speech_pronunciation import prepare_text
from pipeline.text.speaking_rates import characters_per_second
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Voice


def predict_duration(
    synthesizer: Synthesizer, text: str, voice: Voice, *, language: str, pronunciations: Sequence[Pronunciation] = ()
) -> float:
    """Predict the duration of a text at the voice's natural pace, in seconds, its terms as they are pronounced.

    By the synthesizer's `seconds` if it has the method and an answer, else by the language's speaking rate.
    """
    predicted = ask_duration(synthesizer, text, voice, language=language, pronunciations=pronunciations)
    if predicted is not None:
        return predicted
    spoken, _ = prepare_text(synthesizer, text, pronunciations)
    return len(spoken) / characters_per_second(language)


def ask_duration(
    synthesizer: Synthesizer, text: str, voice: Voice, *, language: str, pronunciations: Sequence[Pronunciation] = ()
) -> float | None:
    """The duration of a text in seconds by the synthesizer's own `seconds`; None where it lacks the method or an answer."""
    spoken, given = prepare_text(synthesizer, text, pronunciations)
    predict = getattr(synthesizer, "seconds", None)
    found: float | None = predict(spoken, voice, language=language, **given) if predict is not None else None
    return found
