"""Lines out of segments."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from pipeline.engines.protocols import Passage, Translated, Usage
from pipeline.errors import StageError
from pipeline.stages.translate import (
    Overlong,
    Translation,
    add_terms,
    join_translations,
    rephrase,
    split_into_passages,
    study,
    translate,
)
from pipeline.values.film_context import Character, FilmContext, Term
from pipeline.values.timeline import Line, Segment, Span, TextSource


@dataclass
class Shouter:
    """Translates by shouting; loses the last text where it is `forgetful`. `shorter`: what it says in fewer words."""

    forgetful: bool = False
    shorter: str = ""
    rephrases: bool = True
    fingerprint: str = "shouter"
    concurrency: int = 1

    lines_at_once: int | None = None

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        return FilmContext(synopsis=f"{len(segments)} lines")

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        texts = tuple(f" {segment.text.upper()} {source}-{target} " if segment.text else None for segment in passage.segments)
        return Translated(texts[:-1] if self.forgetful else texts, Usage(7, 5, 0.5))

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        return (self.shorter, self.shorter)


SEGMENTS = (Segment(1, Span(0, 1), "one", "S1"), Segment(2, Span(1, 2), "two", None))


def test_every_segment_becomes_a_line_in_order() -> None:
    lines = translate(Passage(SEGMENTS), Shouter(), source="en", target="es").lines
    assert [(line.number, line.text, line.language, line.source) for line in lines] == [
        (1, "ONE en-es", "es", TextSource.TRANSLATION),
        (2, "TWO en-es", "es", TextSource.TRANSLATION),
    ]


def test_words_that_the_engine_left_stay_with_their_line_as_long_as_its_text_has_them() -> None:
    class Leaver(Shouter):
        def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
            return Translated(("es lotada 3", None), untranslated=(("lotada",), ("x",)))

    first, second = translate(Passage(SEGMENTS), Leaver(), source="pt", target="es").lines
    assert (first.untranslated, second.untranslated) == (("lotada",), ())
    assert first.with_text("está lotada").untranslated == ("lotada",) and first.with_text("llena").untranslated == ()


def test_an_answer_that_lacks_a_text_is_an_error() -> None:
    with pytest.raises(StageError, match="answered 1 texts for 2 segments"):
        translate(Passage(SEGMENTS), Shouter(forgetful=True), source="en", target="es")


@pytest.mark.parametrize(("answer", "texts"), [("uno", ["uno"]), (" ", []), ("uno y medio y más", [])])
def test_only_a_shorter_wording_is_one_to_choose_and_each_once(answer: str, texts: list[str]) -> None:
    line = Line(SEGMENTS[0], "uno y medio", "es")
    assert [each.text for each in rephrase(Overlong(line, (0.5, 0.4)), Shouter(shorter=answer), source="en")] == texts


def film(lines: int) -> tuple[Segment, ...]:
    return tuple(Segment(n, Span(n, n + 1), f"line {n}", "S1") for n in range(1, lines + 1))


def test_a_text_that_is_missing_becomes_a_line_without_words() -> None:
    silent = (Segment(1, Span(0, 1), "", "S1"), SEGMENTS[1])
    lines = translate(Passage(silent), Shouter(), source="en", target="es").lines
    assert [(line.text, line.source) for line in lines] == [("", TextSource.NONE), ("TWO en-es", TextSource.TRANSLATION)]


def test_the_whole_film_is_one_passage_where_the_translator_likes_it_so() -> None:
    assert split_into_passages(film(1_000), FilmContext(), lines_at_once=None) == (Passage(film(1_000)),)


@pytest.mark.parametrize("lines", [0, 1, 39, 40, 41, 1_000])
def test_every_line_is_in_one_passage_with_those_around_it(lines: int) -> None:
    found = split_into_passages(film(lines), FilmContext("x"), lines_at_once=40)
    assert sum((each.segments for each in found), ()) == film(lines)
    for number, each in enumerate(found):
        start = number * 40
        assert each.before == film(lines)[max(0, start - 8) : start]
        assert each.after == film(lines)[start + 40 : start + 48]
        assert each.brief == FilmContext("x")


def test_what_the_engine_finds_out_about_the_film_is_the_brief() -> None:
    assert study(SEGMENTS, Shouter(), source="en", target="es") == FilmContext("2 lines")


def test_a_settled_term_wins_over_what_the_engine_thought() -> None:
    brief = FilmContext("s", (Character("S1", "Ann"),), (Term("Winterfell", "Winterfell"), Term("Wall", "Muro")), "tú")
    found = add_terms(brief, [Term("winterfell", "Invernalia")])
    assert found == FilmContext("s", (Character("S1", "Ann"),), (Term("winterfell", "Invernalia"), Term("Wall", "Muro")), "tú")


def test_parts_join_in_order_and_their_costs_add_up_and_lost_lines_are_told(caplog: pytest.LogCaptureFixture) -> None:
    lines = tuple(
        Line(segment, "", "es", TextSource.NONE) if n == 1 else Line(segment, "x", "es") for n, segment in enumerate(film(3))
    )
    whole = join_translations([Translation(lines[:2], Usage(1, 2, 3.0)), Translation(lines[2:], Usage(10, 20, 30.0))])
    assert whole == Translation(lines, Usage(11, 22, 33.0))
    assert "1 of 3 lines were not translated and stay in the original: 2" in caplog.text
