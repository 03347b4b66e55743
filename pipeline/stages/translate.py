"""The words of the film in another language."""

from dataclasses import dataclass

from pipeline.engines.protocols import Translator
from pipeline.errors import StageError
from pipeline.runner import stage
from pipeline.timeline import Line, Segment


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line that should be said in `seconds`, and cannot be in its present words."""

    line: Line
    seconds: float


@stage(version=1)
def translate(segments: tuple[Segment, ...], translator: Translator, *, source: str, target: str) -> tuple[Line, ...]:
    """One line per segment, in order. StageError where the engine's answer does not match the question."""
    texts = translator.translate(segments, source=source, target=target)
    if len(texts) != len(segments):
        raise StageError(
            "translate", f"the translator answered {len(texts)} texts for {len(segments)} segments; try another engine"
        )
    return tuple(Line(segment, text.strip(), target) for segment, text in zip(segments, texts, strict=True))


@stage(version=1)
def rephrase(overlong: Overlong, translator: Translator) -> Line:
    """The line in fewer words; as it was where the engine's answer is no shorter. Only for engines that rephrase."""
    text = translator.rephrase(overlong.line, overlong.seconds).strip()
    return overlong.line.reworded(text) if 0 < len(text) < len(overlong.line.text) else overlong.line
