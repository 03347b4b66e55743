import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.speakers.speaker_windows import (
    Window,
    clip_stretches,
    find_cut,
    join_windows,
    match_voices,
    plan_window_ends,
)
from pipeline.values.timeline import Span

SAME = 0.5


def people(count, seed=0):
    """Directions that are far from each other, (count, 64)."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((64, count)))[0].T


def heard(order, *, at, voices, seed=0, spread=0.05):
    """A window in which the people of `order` speak for 10 s each, under numbers of its own."""
    noise = np.random.default_rng(seed).standard_normal((len(order), 64)) * spread
    stretches = tuple((Span(at + 12.0 * n, at + 12.0 * n + 10.0), n) for n in range(len(order)))
    return Window(stretches, {n: voices[who] * (n + 1) + noise[n] for n, who in enumerate(order)})


def partition(stretches, truth):
    """Whether labels and people are the same up to their names."""
    labels = [owner for _, owner in stretches]
    return len(set(zip(labels, truth, strict=True))) == len(set(labels)) == len(set(truth))


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6, unique=True), min_size=1, max_size=5),
    st.integers(0, 99),
)
def test_a_person_has_one_label_in_all_windows(orders, seed):
    voices = people(6)
    windows = [heard(order, at=100.0 * n, voices=voices, seed=seed + n) for n, order in enumerate(orders)]
    stretches, means = join_windows(windows, speakers=None, same=SAME)
    truth = [who for order in orders for who in order]
    assert partition(stretches, truth)
    for (_, owner), who in zip(stretches, truth, strict=True):
        mean = means[owner] / np.linalg.norm(means[owner])
        assert mean @ voices[who] > 0.8


def test_two_speakers_of_one_window_stay_two_though_they_sound_alike():
    one = people(1)
    stretches, _ = join_windows([heard([0, 0], at=0.0, voices=one)], speakers=None, same=SAME)
    assert len({owner for _, owner in stretches}) == 2


def test_a_speaker_joins_the_likelier_of_two_who_stay_apart():
    one, other = people(2)
    near = 0.9 * one + 0.3 * other
    windows = [Window(((Span(0, 9), 0), (Span(9, 18), 1)), {0: near, 1: one}), Window(((Span(30, 40), 0),), {0: one})]
    stretches, _ = join_windows(windows, speakers=None, same=SAME)
    assert [owner for _, owner in stretches][2] == [owner for _, owner in stretches][1]


def test_who_was_joined_stays_apart_from_all_of_their_window():
    one, across = people(2)
    voices = {0: one, 1: 0.9 * one + 0.3 * across}
    windows = [Window(((Span(0, 9), 0),), {0: one}), Window(((Span(30, 40), 0), (Span(40, 50), 1)), voices)]
    stretches, _ = join_windows(windows, speakers=None, same=SAME)
    assert [owner for _, owner in stretches] == [0, 0, 1]


def directions(cosines):
    """Voices whose similarities to each other are these."""
    return np.linalg.cholesky(np.array(cosines))


@pytest.mark.parametrize(("seconds", "speakers"), [((90.0, 10.0, 5.0), 2), ((10.0, 90.0, 5.0), 1)])
def test_each_second_of_a_speaker_weighs_the_same_in_the_distance(seconds, speakers):
    voices = directions([[1.0, 0.8, 0.4], [0.8, 1.0, 0.7], [0.4, 0.7, 1.0]])
    labels = match_voices(voices, np.array(seconds), np.arange(3), speakers=None, same=0.5)
    assert len(set(labels)) == speakers and labels[0] == labels[1]


def test_a_speaker_of_two_windows_weighs_as_much_as_both():
    voices = directions([[1.0, 0.9, 0.85, 0.4], [0.9, 1.0, 0.85, 0.4], [0.85, 0.85, 1.0, 0.8], [0.4, 0.4, 0.8, 1.0]])
    labels = match_voices(voices, np.array([10.0, 90.0, 50.0, 5.0]), np.arange(4), speakers=None, same=0.4)
    assert labels.tolist() == [0, 0, 0, 1]  # (100 * 0.6 + 50 * 0.2) / 150 = 0.47


@pytest.mark.parametrize("speakers", [1, 2, 3, 4])
def test_the_count_that_is_known_is_the_count_found(speakers):
    windows = [heard([0, 1, 2], at=0.0, voices=people(4)), heard([3, 1], at=100.0, voices=people(4))]
    stretches, _ = join_windows(windows, speakers=speakers, same=SAME)
    assert len({owner for _, owner in stretches}) == speakers


def test_a_known_count_joins_across_windows_before_it_joins_within_one():
    alike = people(1)
    windows = [heard([0, 0], at=0.0, voices=alike), Window(((Span(100, 110), 0),), {0: people(2)[1]})]
    stretches, _ = join_windows(windows, speakers=2, same=SAME)
    owners = [owner for _, owner in stretches]
    assert owners[0] != owners[1] and owners[2] in owners[:2]


def test_a_known_count_that_is_not_there_is_not_made_up():
    stretches, _ = join_windows([heard([0, 1], at=0.0, voices=people(2))], speakers=5, same=SAME)
    assert len({owner for _, owner in stretches}) == 2


@pytest.mark.parametrize("nothing", [None, np.full(64, np.nan), np.zeros(64)])
def test_a_speaker_without_a_voice_is_nobody_else(nothing):
    windows = [heard([0], at=0.0, voices=people(1)), Window(((Span(100, 101), 0),), {} if nothing is None else {0: nothing})]
    stretches, means = join_windows(windows, speakers=None, same=SAME)
    assert [owner for _, owner in stretches] == [0, 1]
    assert set(means) == {0}
    assert len({owner for _, owner in join_windows(windows, speakers=1, same=SAME)[0]}) == 1


def test_the_mean_of_a_voice_weighs_each_second_the_same():
    one = people(1)[0]
    off = 0.9 * one + 0.4 * people(3)[2]
    windows = [Window(((Span(0, 90), 0),), {0: one}), Window(((Span(100, 110), 0),), {0: off})]
    _, means = join_windows(windows, speakers=None, same=SAME)
    assert means[0] == pytest.approx(90 * one + 10 * off / np.linalg.norm(off))


def test_silence_has_no_speakers():
    assert join_windows([Window((), {}), Window((), {})], speakers=2, same=SAME) == ([], {})


def test_halves_of_a_turn_become_one_where_the_cut_went_through_it():
    voices = people(2)
    windows = [Window(((Span(0, 10), 0),), {0: voices[0]}), Window(((Span(10.03, 12), 1), (Span(12.03, 15), 1)), {1: voices[0]})]
    stretches, _ = join_windows(windows, speakers=None, same=SAME)
    assert [span for span, _ in stretches] == [Span(0, 12), Span(12.03, 15)]


def test_halves_of_different_speakers_stay_two():
    voices = people(2)
    windows = [Window(((Span(0, 10), 0),), {0: voices[0]}), Window(((Span(10, 12), 0),), {0: voices[1]})]
    assert len(join_windows(windows, speakers=None, same=SAME)[0]) == 2


@given(st.floats(0.1, 40_000), st.floats(4.0, 4_000))
def test_windows_are_even_and_none_is_longer_than_asked(seconds, window):
    found = plan_window_ends(seconds, window)
    lengths = np.diff([0.0, *found])
    assert found[-1] == seconds
    assert lengths.max() <= window + 1e-6 and lengths.max() - lengths.min() < 1e-6


def test_the_cut_lies_in_the_middle_of_the_longest_pause():
    stretches = [(Span(0, 80), 0), (Span(81, 90), 1), (Span(93, 100), 0)]
    assert find_cut(stretches, Span(0, 100)) == pytest.approx(91.5)


def test_a_pause_before_the_search_does_not_count():
    stretches = [(Span(0, 10), 0), (Span(40, 90), 1), (Span(91, 100), 0)]
    assert find_cut(stretches, Span(0, 100)) == pytest.approx(90.5)
    assert find_cut([(Span(0, 1), 0)], Span(0, 100)) == pytest.approx(87.5)  # the part of the pause that may be cut


def test_without_a_pause_the_cut_is_the_last_change_of_speakers():
    stretches = [(Span(0, 80), 0), (Span(80, 95), 1), (Span(95, 100), 0)]
    assert find_cut(stretches, Span(0, 100)) == 95


def test_one_who_never_pauses_is_cut_at_the_end():
    assert find_cut([(Span(0, 100), 0)], Span(0, 100)) == 100


@given(st.lists(st.tuples(st.floats(0, 99), st.floats(0.01, 30)), max_size=8), st.floats(0, 50))
def test_a_cut_always_moves_on(pieces, start):
    window = Span(start, start + 60.0)
    stretches = sorted(
        (Span(start + at % 50, min(start + at % 50 + length, start + 60.0)), n % 3) for n, (at, length) in enumerate(pieces)
    )
    moment = find_cut(stretches, window)
    assert window.end - 15.0 - 1e-6 <= moment <= window.end
    assert all(span.end <= moment for span, _ in clip_stretches(stretches, moment))


def test_what_begins_after_the_cut_is_left_to_the_next_window():
    assert clip_stretches([(Span(0, 5), 0), (Span(5, 9), 1), (Span(9, 12), 0)], 7.0) == ((Span(0, 5), 0), (Span(5, 7.0), 1))


def test_sixty_speakers_of_ten_windows_are_matched():
    voices = people(60)
    windows = [heard(list(range(60)), at=1_000.0 * n, voices=voices, seed=n) for n in range(10)]
    stretches, _ = join_windows(windows, speakers=None, same=SAME)
    assert partition(stretches, list(range(60)) * 10)
