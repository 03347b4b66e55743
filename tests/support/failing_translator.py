"""A translator that fails or refuses lines as a test wants, and a passage of three lines for it."""

from dataclasses import dataclass

from fakes import FakeTranslator

from pipeline.engines.protocols import Passage, Translated
from pipeline.errors import EngineError
from pipeline.values.timeline import Segment, Span

SEGMENTS = tuple(Segment(n, Span(2.0 * n, 2.0 * n + 1.5), text, "S1") for n, text in enumerate(("one", "two", "three"), 1))
PASSAGE = Passage(SEGMENTS)


@dataclass
class Translator(FakeTranslator):
    """One that may not be there."""

    error: EngineError | None = None

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        self.passages.append(passage)
        if self.error:
            raise self.error
        texts = tuple(None if each.text in self.refuses else f"{self.fingerprint} {each.text}" for each in passage.segments)
        return Translated(texts)

    def study(self, segments, *, source, target):
        if self.error:
            raise self.error
        return self.brief
