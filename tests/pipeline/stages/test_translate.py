"""Lines out of segments."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from pipeline.errors import StageError
from pipeline.stages.translate import Overlong, rephrase, translate
from pipeline.timeline import Line, Segment, Span, TextSource


@dataclass
class Shouter:
    """Translates by shouting; loses the last text where it is `forgetful`. `shorter`: what it says in fewer words."""

    forgetful: bool = False
    shorter: str = ""
    rephrases: bool = True
    fingerprint: str = "shouter"
    concurrency: int = 1

    def translate(self, segments: Sequence[Segment], *, source: str, target: str) -> tuple[str, ...]:
        texts = tuple(f" {segment.text.upper()} {source}-{target} " for segment in segments)
        return texts[:-1] if self.forgetful else texts

    def rephrase(self, line: Line, seconds: float) -> str:
        return self.shorter


SEGMENTS = (Segment(1, Span(0, 1), "one", "S1"), Segment(2, Span(1, 2), "two", None))


def test_every_segment_becomes_a_line_in_order() -> None:
    lines = translate(SEGMENTS, Shouter(), source="en", target="es")
    assert [(line.number, line.text, line.language, line.source) for line in lines] == [
        (1, "ONE en-es", "es", TextSource.TRANSLATION),
        (2, "TWO en-es", "es", TextSource.TRANSLATION),
    ]


def test_an_answer_that_lacks_a_text_is_an_error() -> None:
    with pytest.raises(StageError, match="answered 1 texts for 2 segments"):
        translate(SEGMENTS, Shouter(forgetful=True), source="en", target="es")


@pytest.mark.parametrize(("answer", "text"), [("uno", "uno"), ("", "uno y medio"), ("uno y medio y más", "uno y medio")])
def test_only_a_shorter_wording_replaces_a_line(answer: str, text: str) -> None:
    line = Line(SEGMENTS[0], "uno y medio", "es")
    assert rephrase(Overlong(line, 0.5), Shouter(shorter=answer)).text == text
