"""Paired bootstrap of two engines' scores, against values computed by hand."""

import numpy as np
import pytest

from evaluation.engine_evaluation.paired_scores import compare_scores


def test_means_are_weighted_by_the_words_of_each_unit() -> None:
    found = compare_scores([0.1, 0.5, 0.0], [0.2, 0.1, 0.0], [10, 2, 8])
    assert found.first == pytest.approx((1.0 + 1.0) / 20) and found.second == pytest.approx((2.0 + 0.2) / 20)
    assert found.difference == pytest.approx(0.01) and found.units == 3
    assert found.low is not None and found.high is not None and found.low <= 0.01 <= found.high


def test_a_constant_difference_has_an_interval_without_width() -> None:
    found = compare_scores([0.1, 0.2, 0.3, 0.4], [0.3, 0.4, 0.5, 0.6])
    assert (found.low, found.high) == (pytest.approx(0.2), pytest.approx(0.2)) and found.verdict == "different"


def test_the_interval_is_about_that_of_the_normal_distribution() -> None:
    noise = np.random.default_rng(1).normal(size=(2, 400))
    found = compare_scores(noise[0].tolist(), noise[1].tolist())
    expected = 1.96 * (noise[1] - noise[0]).std() / 20
    assert found.high is not None and found.low is not None
    assert (found.high - found.low) / 2 == pytest.approx(expected, rel=0.08)
    assert compare_scores(noise[0].tolist(), noise[1].tolist()) == found, "the seed is fixed"


def test_few_units_have_no_interval_and_other_numbers_are_refused() -> None:
    few = compare_scores([0.1, 0.2], [0.3, 0.2])
    assert (few.low, few.verdict) == (None, "2 units are too few for an interval")
    for first, second, weights in (([0.1], [0.1, 0.2], None), ([], [], None), ([0.1], [0.2], [0.0])):
        with pytest.raises(ValueError, match=r"same units|sum to nothing"):
            compare_scores(first, second, weights)


def test_the_same_scores_are_not_told_apart() -> None:
    assert compare_scores([0.1, 0.4, 0.2], [0.1, 0.4, 0.2]).verdict == "not told apart by this much speech"
