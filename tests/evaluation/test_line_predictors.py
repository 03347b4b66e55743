"""Predictors of bad lines, against values computed by hand."""

import math

import numpy as np
import pytest

from evaluation.line_predictors import compute_rank_correlation, measure_group_effect, rank_predictors, rank_values

OUTCOME = [0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]


def test_equal_values_share_their_rank() -> None:
    assert rank_values(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [3.5, 1.0, 3.5, 2.0]


def test_the_rank_correlation_is_spearmans() -> None:
    first, second = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([2.0, 1.0, 4.0, 3.0, 5.0])
    assert compute_rank_correlation(first, second) == pytest.approx(1 - 6 * 4 / (5 * 24))  # 1 - 6 Σd² / n(n² - 1)
    assert compute_rank_correlation(first, -(first**3)) == pytest.approx(-1.0)
    assert math.isnan(compute_rank_correlation(first, np.ones(5)))


def test_a_property_that_orders_the_errors_is_credible_and_noise_is_not() -> None:
    noise = [3.0, 9.0, 1.0, 7.0, 8.0, 2.0, 6.0, 4.0, 10.0, 5.0]
    falling, random = rank_predictors({"noise": noise, "confidence": [1.0 - value for value in OUTCOME]}, OUTCOME)
    assert (falling.name, falling.rho, falling.lines) == ("confidence", pytest.approx(-1.0), 10)
    assert falling.is_credible and falling.high < 0.0 and falling.p == pytest.approx(1 / 2001, abs=1e-3)
    assert not random.is_credible and random.low < 0.0 < random.high


def test_p_values_are_corrected_for_the_number_of_properties() -> None:
    rising = list(range(10))
    one, *_ = rank_predictors({"a": rising}, OUTCOME)
    several = {each.name: each for each in rank_predictors(dict.fromkeys("abcd", rising), OUTCOME)}
    assert several["a"].p == one.p and all(each.p_holm == pytest.approx(4 * one.p) for each in several.values())


def test_unknown_values_are_left_out_and_too_few_tell_nothing() -> None:
    some: list[float | None] = [None, math.nan, *range(8)]
    (found,) = rank_predictors({"some": some, "few": [1.0, 2.0, *[None] * 8], "constant": [1.0] * 10}, OUTCOME)
    assert (found.name, found.lines, found.rho) == ("some", 8, pytest.approx(1.0))
    assert rank_predictors({"some": some}, [0.0] * 10) == ()


def test_groups_that_explain_everything_and_nothing() -> None:
    effect, p = measure_group_effect(["A"] * 5 + ["B"] * 5, [0.0] * 5 + [1.0] * 5)
    assert effect == pytest.approx(1.0) and p < 0.05
    effect, p = measure_group_effect(["A", "B"] * 5, [0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0])
    assert effect == pytest.approx(0.0) and p > 0.9
    for groups, outcome in ((["A"] * 3, [1.0, 2.0, 3.0]), (["A", "B"], [1.0, 1.0])):
        with pytest.raises(ValueError, match="two of them"):
            measure_group_effect(groups, outcome)
