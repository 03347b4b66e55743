"""The measure and the choice by translating back."""

import pytest

from pipeline.engines.fallback.back_translation import choose_second, find_first_persons, measure_chrf, measure_nearness


def test_the_same_text_is_all_of_it_and_another_is_nothing() -> None:
    assert measure_chrf("We could sell the boat.", "We could sell the boat.") == pytest.approx(100.0)
    assert measure_nearness("we could SELL the  boat", "We could sell the boat!") == pytest.approx(100.0)
    assert measure_nearness("I will not, it is late.", "I won’t, it's late.") == pytest.approx(100.0)
    assert measure_nearness("", "We could") == measure_nearness("We could", "…") == 0.0
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


def test_the_second_is_taken_where_it_alone_kept_the_first_person() -> None:
    original = ("I told him to stay with us at the old house by the lake.",)
    kept, lost = (
        ("I told him to stay with us in the old house of the lake.",),
        ("You told him to stay with us at the old house by the lake.",),
    )
    assert choose_second(original, lost, kept, margin=90) == (True,)
    assert choose_second(original, kept, lost, margin=90) == (False,)
    assert choose_second(original, lost, lost, margin=90) == (False,), "neither kept it"


def test_first_persons_are_read_through_contractions() -> None:
    assert find_first_persons("I'm late; let's go.") == {"sg", "pl"}
    assert find_first_persons("We’re here for mine.") == {"sg", "pl"}
    assert find_first_persons("You and she use it.") == frozenset()
