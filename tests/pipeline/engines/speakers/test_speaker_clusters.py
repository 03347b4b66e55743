import numpy as np
import pytest

from pipeline.engines.speakers.speaker_clusters import (
    MAX_LINKED,
    PURE_SHARE,
    cluster_voiceprints,
    find_pure_windows,
    normalize_rows,
)
from pipeline.engines.speakers.voiceprints import Voiceprints

STEP = 0.2  # seconds between looks


def voice(seed, *, away_from=None, distance=0.5):
    """A direction; with `away_from`, at that cosine distance from it."""
    noise = normalize_rows(np.random.default_rng(seed).standard_normal(256))
    if away_from is None:
        return noise
    across = normalize_rows(noise - (noise @ away_from) * away_from)
    return (1 - distance) * away_from + np.sqrt(1 - (1 - distance) ** 2) * across


def prints(voices, who, *, spread=0.2, middles=None):
    """Looks at `who` (labels), scattered about each voice's direction by a cosine distance of about `spread` each."""
    noise = normalize_rows(np.random.default_rng(9).standard_normal((len(who), 256)))
    directions = np.stack([voices[label] for label in who])
    embeddings = normalize_rows(directions * np.sqrt(1 - spread) + noise * np.sqrt(spread)).astype(np.float32)
    middles = np.arange(len(who)) * STEP if middles is None else middles
    return Voiceprints(embeddings, middles, np.zeros(len(who), np.intp), np.full(len(who), STEP))


def same_partition(labels, who):
    return len(set(zip(labels.tolist(), who, strict=True))) == len(set(who)) == len(set(labels.tolist()))


def test_different_voices_are_told_apart_without_a_hint():
    voices = [voice(1), voice(2), voice(3)]
    who = ([0] * 20 + [1] * 15 + [2] * 10) * 3
    assert same_partition(cluster_voiceprints(prints(voices, who), None), who)


def test_one_voice_is_one_speaker():
    who = [0] * 200
    assert set(cluster_voiceprints(prints([voice(1)], who), None)) == {0}


def test_two_similar_voices_that_take_turns_are_two():
    one = voice(1)
    voices = [one, voice(2, away_from=one, distance=0.18)]
    who = ([0] * 15 + [1] * 15) * 6
    assert same_partition(cluster_voiceprints(prints(voices, who, spread=0.15), None), who)


def test_the_same_distance_between_two_scenes_is_one_voice_in_another_room():
    one = voice(1)
    voices = [one, voice(2, away_from=one, distance=0.18)]
    who = [0] * 90 + [1] * 90
    middles = np.concatenate([np.arange(90) * STEP, 600 + np.arange(90) * STEP])
    assert set(cluster_voiceprints(prints(voices, who, spread=0.15, middles=middles), None)) == {0}


@pytest.mark.parametrize("speakers", [1, 2, 3, 4])
def test_the_count_given_is_the_count_found(speakers):
    who = ([0] * 20 + [1] * 15 + [2] * 10) * 3
    labels = cluster_voiceprints(prints([voice(1), voice(2), voice(3)], who), speakers)
    assert set(labels) == set(range(speakers))


def test_a_hint_keeps_voices_rather_than_an_outlier():
    one = voice(1)
    voices = [one, voice(2, away_from=one, distance=0.3), voice(3)]
    who = [0] * 40 + [1] * 40 + [2] * 2 + [0] * 40
    labels = cluster_voiceprints(prints(voices, who, spread=0.1), 2)
    assert labels[0] != labels[50] and labels[0] == labels[100]


def test_a_fragment_joins_its_nearest_neighbour():
    one = voice(1)
    voices = [one, voice(2), voice(3, away_from=one, distance=0.4)]
    who = [0] * 40 + [1] * 40 + [2] * 3
    labels = cluster_voiceprints(prints(voices, who, spread=0.1), None)
    assert len(set(labels)) == 2 and set(labels[-3:]) == {labels[0]}


def test_a_single_look_is_a_speaker():
    assert cluster_voiceprints(prints([voice(1)], [0]), None).tolist() == [0]


def test_hours_of_looks_are_clustered_through_a_sample():
    who = ([0] * 40 + [1] * 30) * 100
    assert len(who) > 2 * MAX_LINKED
    assert same_partition(cluster_voiceprints(prints([voice(1), voice(2)], who), None), who)


def blurred(voices, who, *, spread=0.2):
    """Looks at `who`, those around a change of voices halfway between both; and which these are."""
    clean = prints(voices, who, spread=spread)
    changes = np.flatnonzero(np.diff(who)) + 1
    mixed = np.zeros(len(who), bool)
    embeddings = clean.embeddings.copy()
    for change in changes:
        for n in range(change - 3, change + 3):
            embeddings[n] = normalize_rows(embeddings[change - 4] + embeddings[change + 3])
            mixed[n] = True
    return Voiceprints(embeddings, clean.middles, clean.regions, clean.seconds), mixed


def test_pure_windows_are_those_whose_halves_are_alike():
    voices = [voice(1), voice(2)]
    who = np.array([0] * 50 + [1] * 50)
    halves = prints(voices, who, spread=0.1)
    pure = find_pure_windows(prints(voices, who), halves, window_s=1.6)
    assert not pure[48:52].any()
    assert np.mean(pure) == pytest.approx(PURE_SHARE, abs=0.02)


def test_a_region_of_one_window_counts_for_no_voice_unless_there_are_no_others():
    looks = prints([voice(1)], [0] * 10)
    regions = np.array([0] * 9 + [1])
    apart = Voiceprints(looks.embeddings, looks.middles, regions, looks.seconds)
    assert not find_pure_windows(apart, apart, window_s=1.6)[9]
    lone = Voiceprints(looks.embeddings, looks.middles, np.arange(10), looks.seconds)
    assert find_pure_windows(lone, lone, window_s=1.6).all()


def test_near_voices_of_one_scene_are_two_where_pure_windows_show_it_and_the_others_join_the_nearest():
    one = voice(1)
    voices = [one, voice(2, away_from=one, distance=0.18)]
    who = np.array(([0] * 300 + [1] * 300) * 2)  # a minute each, so that they are near each other for a tenth of it
    looks, mixed = blurred(voices, who, spread=0.1)
    assert set(cluster_voiceprints(looks, None)) == {0}
    labels = cluster_voiceprints(looks, None, pure=~mixed)
    assert same_partition(labels[~mixed], who[~mixed].tolist())
    assert set(labels[mixed]) <= {0, 1}


def test_pure_windows_that_show_no_more_voices_change_nothing():
    who = ([0] * 20 + [1] * 15 + [2] * 10) * 3
    looks = prints([voice(1), voice(2), voice(3)], who)
    pure = np.arange(len(who)) % 2 == 0
    assert cluster_voiceprints(looks, None, pure=pure).tolist() == cluster_voiceprints(looks, None).tolist()


@pytest.mark.parametrize("speakers", [1, 2, 3])
def test_a_given_count_holds_for_pure_windows_too(speakers):
    who = ([0] * 20 + [1] * 15 + [2] * 10) * 3
    pure = np.arange(len(who)) % 2 == 0
    assert set(cluster_voiceprints(prints([voice(1), voice(2), voice(3)], who), speakers, pure=pure)) == set(range(speakers))
