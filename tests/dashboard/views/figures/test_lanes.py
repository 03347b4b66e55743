import numpy as np
import pytest

from dashboard.views.figures import lanes
from dashboard.views.figures.palette import PALETTES, Scheme
from tests.support.figures import line, untouched

COLOURS = PALETTES[Scheme.LIGHT]


def columns(lines, names=None):
    names = names or {}
    return lanes.build_columns(lines, lanes.group_into_lanes(lines, names), names, COLOURS)


def test_lanes_are_in_the_order_of_the_names_and_then_by_speaking_time() -> None:
    lines = [line(1, 0, 1, speaker="S1"), line(2, 2, 1, speaker="S1"), line(3, 4, 5, speaker="S2"), line(4, 9, 0.5, speaker=None)]
    assert [lane.name for lane in lanes.group_into_lanes(lines, {"S1": "Ada"})] == ["Ada", "S2", "Unknown"]
    assert list(columns(lines)["slot_y"].astype(int)) == [1, 1, 0, 2]


def test_takes_are_below_their_lines_in_the_same_lane() -> None:
    drawn = columns([line(1, 0, 1), line(2, 2, 1, speaker="S2")])
    assert (drawn["slot_y"].astype(int) == drawn["take_y"].astype(int)).all()
    assert (drawn["take_y"] - drawn["slot_y"] > 0.4).all()  # a bar is 0.4 high


def test_a_crowd_shares_the_last_lane() -> None:
    crowd = [line(n, n, 1 / n, speaker=f"S{n:02}") for n in range(1, 31)]
    found = lanes.group_into_lanes(crowd, {})
    assert len(found) == lanes.MAX_LANES and found[-1].name == "15 others" and found[-1].lines == 15
    assert columns(crowd)["slot_y"].max() < len(found)


def test_a_take_lies_where_it_is_spoken() -> None:
    drawn = columns([line(7, 10.0, 2.0, dub_start=10.4, dub_seconds=2.5, latest_end=13.0)])
    assert [drawn[name][0] for name in ("number", "start", "end", "latest_end", "dub_start", "dub_end")] == [
        7,
        10,
        12,
        13,
        10.4,
        12.9,
    ]
    assert drawn["summary"] == ["0:10, 2.0 s in the source; dubbed in 2.5 s, 0.4 s late, 1.00× natural rate (Normal)"]


@pytest.mark.parametrize(
    ("rate", "stretch", "step"), [(0.7, 1.0, 0), (0.9, 1.0, 1), (1.0, 1.1, 2), (1.2, 1.25, 3), (1.3, 1.0, 3)]
)
def test_a_take_has_the_colour_of_rate_times_stretch(rate: float, stretch: float, step: int) -> None:
    drawn = columns([line(1, 0, 1, rate=rate, stretch=stretch)])
    assert (drawn["fill"], drawn["ink"]) == ([COLOURS.rates[step].fill], [COLOURS.rates[step].ink])


def test_a_line_left_to_the_original_says_so_and_has_no_pace() -> None:
    drawn = columns([untouched(1, 3.0, 2.0)])
    assert not drawn["dubbed"][0] and drawn["rate"][0] == 0.0
    assert (drawn["dub_start"][0], drawn["dub_end"][0]) == (3.0, 5.0)  # where it is hatched
    assert drawn["summary"] == ["0:03, 2.0 s in the source; original audio kept"]


def test_numbers_are_finite_whatever_is_dubbed() -> None:
    drawn = columns([line(1, 0, 1), untouched(2, 3.0, 2.0)])
    assert all(np.isfinite(column).all() for column in drawn.values() if isinstance(column, np.ndarray))


def test_endless_texts_are_cut() -> None:
    drawn = columns([line(1, 0, 1, text="word\n" * 100_000, source_text="x" * 10_000, speaker="S" * 1000)])
    assert len(drawn["text"][0]) <= 300 and "\n" not in drawn["text"][0] and len(drawn["source_text"][0]) == 300
    assert len(drawn["name"][0]) == 60


def test_strips_tell_how_much_is_spoken_and_how_far_it_is_pressed() -> None:
    rushed, left = line(1, 0.0, 10.0, rate=1.6), untouched(2, 395.0, 5.0)
    drawn = lanes.build_overview_strips([rushed, left], 400.0, COLOURS)  # strips of 1 s
    assert drawn["left"] == [*range(10), *range(395, 400)]
    assert set(drawn["top"]) == {1.0}
    assert drawn["fill"] == [COLOURS.rates[3].fill] * 10 + [COLOURS.slot.fill] * 5


def test_two_who_speak_at_once_fill_a_strip_only_once() -> None:
    drawn = lanes.build_overview_strips([line(1, 0.0, 10.0), line(2, 0.0, 10.0, speaker="S2")], 400.0, COLOURS)
    assert max(drawn["top"]) == 1.0
