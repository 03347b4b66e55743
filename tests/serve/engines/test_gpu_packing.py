import pytest

from serve.engines.gpu_packing import Share, compute_max_replicas, list_shares, pack_shares
from serve.profile_loader import PROFILES_FOLDER, read_profile

PROFILES = sorted(path.stem for path in PROFILES_FOLDER.glob("*.yaml"))


def names(cards):
    return [sorted(share.name for share in card) for card in cards]


def test_shares_that_add_up_to_a_card_fill_it():
    assert names(pack_shares([Share("a", 0.6), Share("b", 0.4)], 1)) == [["a", "b"]]


def test_ten_tenths_are_one_card():
    assert pack_shares([Share("a", 0.1)] * 10, 1) is not None
    assert pack_shares([Share("a", 0.1)] * 11, 1) is None


def test_a_share_is_never_split_over_two_cards():
    assert pack_shares([Share("a", 0.6)] * 3, 2) is None  # 1.8 cards in sum


def test_whole_cards_are_whole():
    assert names(pack_shares([Share("model", 2), Share("a", 0.5)], 3)) == [["model"], ["model"], ["a"]]
    assert pack_shares([Share("model", 2), Share("a", 0.5)], 2) is None


def test_engines_on_the_cpu_take_no_card():
    assert list_shares(read_profile("embedded")) == ()


@pytest.mark.parametrize(("name", "cards"), [("gpu-24g", 1), ("gpu-80g", 1), ("multi-gpu", 4), ("cluster", 2)])
def test_the_shipped_profiles_fit_the_cards_that_they_are_for(name, cards):
    placed = pack_shares(list_shares(read_profile(name)), cards)
    assert placed is not None
    assert all(sum(min(1.0, share.gpus) for share in card) <= 1.0001 for card in placed)


def test_the_80_gb_profile_has_room_for_the_voices_that_it_promises():
    profile = read_profile("gpu-80g")
    assert compute_max_replicas(profile, "synthesizer", 1) >= profile.synthesizer.most


def test_what_does_not_fit_once_fits_no_times():
    assert compute_max_replicas(read_profile("multi-gpu"), "synthesizer", 1) == 0
