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
from pipeline.values.service_status import FinishedFilm
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
        "2 dubbed, 1 with original audio; 1 too fast (1.25× the natural rate and more); fastest: line 2 at 1.60×."
    )


def test_lateness_and_length_are_told() -> None:
    assert describe_start_offsets(LINES) == "1 of 2 lines off their source's start; largest offset: line 1, 0.50 s."
    assert describe_start_offsets(LINES[1:]) == "1 of 1 line on time."
    assert describe_isochrony(LINES) == "1 of 2 lines longer than the source; median duration: 105% of the source."


@pytest.mark.parametrize("summary", [describe_speech_rates, describe_start_offsets, describe_isochrony])
def test_a_film_without_any_dubbed_line_is_told_too(summary) -> None:
    assert summary([untouched(1, 0, 1)]) == "All lines keep the original audio."


def test_stages_are_told() -> None:
    runs = [
        run("diarize", seconds=20.0),
        run("translate", language="es", executed=0, reused=4),
        run("mux", status=StageStatus.ERROR),
    ]
    assert describe_stages(runs) == ("3 stages, 1 reused; longest: Speaker diarization, 20 s. Failed: Muxing.")


def test_throughput_is_told() -> None:
    history = [FinishedFilm(n, NOON + timedelta(hours=n), 600.0, 300.0, 2) for n in range(3)]
    assert (
        describe_throughput(history) == "3 videos finished, 1 h 0 min of dubbed video; median processing time per minute: 15 s."
    )


def test_nothing_is_told_as_nothing() -> None:
    assert describe_timeline([]) == "This dub has no lines yet."
    assert describe_stages([]) == "No stages yet."
    assert describe_throughput([]) == "No finished dubs yet."
