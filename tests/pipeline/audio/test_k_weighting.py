import pytest

from pipeline.audio.k_weighting import compute_k_weighting

RATE = 48_000


def test_k_weighting_at_48_khz_has_the_coefficients_of_the_standard():
    shelf, high_pass = compute_k_weighting(RATE)
    assert shelf == pytest.approx(
        [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
    )
    assert high_pass == pytest.approx([1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621])
