from datetime import timedelta

import pytest

from dashboard.views.figures.alt_text import (
    describe_isochrony,
    describe_speech_rates,
    describe_stages,
    describe_start_offsets,
    describe_throughput,
    describe_timeline,
)
from pipeline.values.service_status import Finished
from pipeline.values.tasks import StageStatus
from tests.support.dashboard import NOON, run
from tests.support.figures import line, untouched

LINES = (
    line(1, 0.0, 2.0, dub_start=0.5),
    line(2, 3.0, 2.0, dub_seconds=2.2, rate=1.6),
    untouched(3, 60.0, 2.0, speaker="S2"),
)


def test_a_timeline_is_told_in_sentences() -> None:
    assert describe_timeline(LINES, names={"S1": "Ada"}) == (
        "3 lines by 2 speakers up to 1:02: Ada 2, S2 1. "
        "2 dubbed, 1 left to the original; 1 rushed (1.5× and more the natural pace); the hardest is line 2 at 1.60×."
    )


def test_lateness_and_length_are_told() -> None:
    assert describe_start_offsets(LINES) == "1 of 2 lines start off their moment, line 1 most: by 0.50 s."
    assert describe_start_offsets(LINES[1:]) == "Every one of 1 line starts on its moment."
    assert describe_isochrony(LINES) == "1 of 2 lines last longer than in the film; in the median they take 105% of its time."


@pytest.mark.parametrize("summary", [describe_speech_rates, describe_start_offsets, describe_isochrony])
def test_a_film_without_any_dubbed_line_is_told_too(summary) -> None:
    assert summary([untouched(1, 0, 1)]) == "All lines are left to the original."


def test_stages_are_told() -> None:
    runs = [
        run("diarize", seconds=20.0),
        run("translate", language="es", executed=0, reused=4),
        run("mux", status=StageStatus.ERROR),
    ]
    assert describe_stages(runs) == (
        "3 stages, 1 from the cache; the longest: Telling the speakers apart, 20 s. Failed: Putting the film together."
    )


def test_throughput_is_told() -> None:
    history = [Finished(n, NOON + timedelta(hours=n), 600.0, 300.0, 2) for n in range(3)]
    assert (
        describe_throughput(history) == "3 films finished, 1 h 0 min of dubs; in the median a minute of dub takes 15 s of work."
    )


def test_nothing_is_told_as_nothing() -> None:
    assert describe_timeline([]) == "This dub has no lines yet."
    assert describe_stages([]) == "No stage has run yet."
    assert describe_throughput([]) == "No film has been finished yet."
