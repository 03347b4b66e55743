import pytest

from pipeline.audio.mastering import LIMITER_HEADROOM_DB, MAX_TRUE_PEAK_DBTP, Mastering


def test_a_quiet_mix_gets_more_gain_and_keeps_its_ceiling():
    first = Mastering(3.0)
    assert first.ceiling == MAX_TRUE_PEAK_DBTP - LIMITER_HEADROOM_DB
    again = first.correct(lack=0.5, excess=-0.3)
    assert (again.decibels, again.ceiling) == (4.0, first.ceiling)


def test_a_peak_over_the_bound_lowers_the_ceiling_by_more_than_its_excess():
    first = Mastering(0.0)
    assert first.correct(lack=0.0, excess=0.4).ceiling == pytest.approx(first.ceiling - 0.6)


def test_a_mix_that_no_limiter_held_down_gets_as_much_gain_as_it_lacks():
    assert Mastering(3.0).correct(0.5, -6.0).decibels == 3.5
    assert Mastering(3.0).correct(-0.5, -6.0).decibels == 2.5
    assert Mastering(3.0).correct(0.5, -0.2).decibels == 4.0
