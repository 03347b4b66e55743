"""Who is killed: by the seed alone, every kind as often as the others, the heavy ones half as often."""

from collections import Counter
from random import Random

from tools.endurance.processes import ENDS_RAY, MACHINE, Process
from tools.endurance.target_choice import choose_targets, draw_kinds, find_missing_kinds, list_kinds

THERE = tuple(
    Process(100 + n, 1, kind, kind)
    for n, kind in enumerate(("store", "worker", "whisper", "whisper", "raylet", "gcs", "host", "ray-monitor", ""))
)
KINDS = list_kinds(THERE)


def test_every_kind_that_is_there_can_be_killed_and_programs_and_the_machine():
    assert set(KINDS) == {"store", "worker", "whisper", "raylet", "gcs", "host", "ray-monitor", "program", "machine"}


def test_the_same_seed_kills_the_same_kinds_in_the_same_order():
    assert draw_kinds(KINDS, 60, Random(7)) == draw_kinds(KINDS, 60, Random(7)) != draw_kinds(KINDS, 60, Random(8))


def test_kinds_come_equally_often_and_the_heavy_ones_half_as_often():
    counts = Counter(draw_kinds(KINDS, 2 * len(KINDS) - len(ENDS_RAY & set(KINDS)), Random(1)))
    assert counts == {kind: 1 if kind in ENDS_RAY else 2 for kind in KINDS}


def test_where_only_heavy_ones_are_wanted_there_are_as_many():
    assert len(draw_kinds(("raylet", "machine"), 5, Random(1))) == 5


def test_of_several_of_a_kind_one_is_killed_by_the_seed():
    assert {choose_targets("whisper", THERE, Random(seed)) for seed in range(20)} == {(THERE[2],), (THERE[3],)}
    assert choose_targets("whisper", THERE, Random(3)) == choose_targets("whisper", tuple(reversed(THERE)), Random(3))


def test_the_machine_is_all_of_them_and_who_is_not_there_is_nobody():
    assert choose_targets(MACHINE, THERE, Random(1)) == THERE
    assert choose_targets("tts", THERE, Random(1)) == ()


def test_an_engine_that_hangs_is_any_engine():
    assert {choose_targets("frozen", THERE, Random(seed)) for seed in range(20)} == {(THERE[2],), (THERE[3],)}
    assert "frozen" not in KINDS


def test_a_kind_lacks_where_fewer_are_there_than_should_be():
    assert find_missing_kinds({"whisper": 2, "store": 1}, THERE) == ()
    assert find_missing_kinds({"whisper": 3, "store": 1, "tts": 1}, THERE) == ("tts", "whisper")
