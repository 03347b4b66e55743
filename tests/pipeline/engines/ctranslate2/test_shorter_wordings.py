"""Shorter wordings: the most probable ones that fit, never one that lost the meaning."""

from pipeline.engines.ctranslate2.shorter_wordings import choose_wordings
from pipeline.engines.ctranslate2.translation_model import Hypothesis


def of(text: str, score: float, *, is_complete: bool = True) -> Hypothesis:
    return Hypothesis(text, score, is_complete)


PRESENT = "Ven inmediatamente. Ahora mismo."
FIRST = [of("Ven inmediatamente.", -1.0), of("Ven enseguida.", -2.0), of("Ven en seguida.", -2.5), of("Ven", -20.0)]
SECOND = [of("Ahora mismo.", -0.5), of("Ahora.", -1.8)]


def test_each_share_gets_the_most_probable_wording_that_is_short_enough() -> None:
    assert choose_wordings([FIRST, SECOND], PRESENT, [0.9, 0.7]) == ("Ven enseguida. Ahora mismo.", "Ven enseguida. Ahora.")


def test_where_none_is_short_enough_the_shortest_is_offered() -> None:
    assert choose_wordings([FIRST, SECOND], PRESENT, [0.2]) == ("Ven enseguida. Ahora.",)


def test_improbable_very_short_and_endless_translations_are_no_wordings() -> None:
    best = of("Ven inmediatamente.", -1.0)
    assert (
        choose_wordings(
            [[best, of("Ven ahora.", -9.0), of("V.", -1.5), of("Ven ya ya", -1.2, is_complete=False)]], best.text, [0.7]
        )
        == ()
    )
    assert choose_wordings([[of("Ven", -1.0, is_complete=False)]], "Ven aquí", [0.7]) == ()
    assert choose_wordings([], "Ven aquí", [0.7]) == ()


def test_a_line_of_many_sentences_has_bounded_combinations() -> None:
    sentences = [[of("palabra " * (12 - n) + ".", -float(n) / 4) for n in range(8)] for _ in range(9)]
    present = " ".join(found[0].text for found in sentences)
    (wording,) = choose_wordings(sentences, present, [0.9])
    assert len(wording) <= 0.9 * len(present)
