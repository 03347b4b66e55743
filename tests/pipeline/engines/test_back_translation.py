"""The measure and the choice by translating back."""

import pytest

from pipeline.engines.back_translation import choose_second, measure_chrf


def test_the_same_text_is_all_of_it_and_another_is_nothing() -> None:
    assert measure_chrf("We could sell the boat.", "We could sell the boat.") == pytest.approx(100.0)
    assert measure_chrf("we could SELL the boat.", "We could sell  the boat.") == pytest.approx(100.0)
    assert measure_chrf("xyz", "We could") == 0.0
    assert measure_chrf("", "We could") == measure_chrf("We could", "") == 0.0


def test_it_is_chrf_as_the_usual_tool_computes_it() -> None:
    sacrebleu = pytest.importorskip("sacrebleu")
    for text, reference in (
        ("what do we do with forty cows?", "what are we supposed to do with forty sheep?"),
        ("no.", "not at all"),
    ):
        assert measure_chrf(text, reference) == pytest.approx(sacrebleu.sentence_chrf(text, [reference]).score, abs=0.5)


def test_the_second_must_be_clearly_nearer() -> None:
    originals = ("What do we do with forty sheep?", "Let go of my hand.", "I am here.")
    first = ("What do we do with forty cows?", "Lléngate from my hand.", "I am here.")
    second = ("What do we do with forty sheep?", "Let go of my hand.", "I am here.")
    assert choose_second(originals, first, second) == (True, True, False)
    assert choose_second(originals, second, first) == (False, False, False)
    assert choose_second(
        ("It is not what it looks like.",), ("It is not what it seems.",), ("It is not how it looks like.",), margin=60
    ) == (False,)
