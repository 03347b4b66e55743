from dataclasses import replace

import pytest

from pipeline.stages.assess import assess, compare
from pipeline.stages.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.values.media import Artifact, Source
from pipeline.values.timeline import Span


class Hears:
    """A detector that hears what it is told to."""

    fingerprint = "hears"
    concurrency = 1

    def __init__(self, *spans: Span) -> None:
        self.spans = spans
        self.heard: list[Artifact] = []

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        self.heard.append(audio)
        return self.spans


@pytest.fixture
def finished(plain_film, place, tmp_path):
    source = Source.of(plain_film)
    film = probe(source)
    lines = (place(1, 1.0, 2.5), replace(place(2, 5.0, 6.5, at=5.2), stretch=1.1))
    track = mix(source, film, separate(source, film, None, workdir=tmp_path), lines, workdir=tmp_path)
    output = mux(source, film, (track,), (lines,), destination=str(tmp_path / "out.mp4"), workdir=tmp_path)
    return source, film, output, track, lines


def test_a_dub_is_measured_line_by_line(finished):
    source, film, output, track, lines = finished
    detector = Hears(Span(1.0, 2.5), Span(5.2, 5.6), Span(5.8, 6.7))
    report = assess(compare(source, film, output), track, lines, detector)
    assert detector.heard == [track.speech]
    assert [line.covered for line in report.lines] == pytest.approx([1.0, 1.1 / 1.5])
    assert report.coverage == pytest.approx(2.6 / 3.0)
    assert report.max_lateness == pytest.approx(0.2)
    assert report.max_stretch == 1.1
    assert report.overlaps == 0
    assert report.streams_kept
    assert abs(report.duration_difference) <= 0.05
    assert (report.loudness, report.true_peak, report.original_loudness) == (
        track.loudness,
        track.true_peak,
        track.original_loudness,
    )


def test_overlaps_count_within_one_speaker_only(finished, place):
    source, film, output, track, lines = finished
    same, other = place(3, 1.5, 2.0), place(4, 1.5, 2.0, speaker="B")
    report = assess(compare(source, film, output), track, (*lines, same, other), Hears())
    assert {line.number: line.overlap > 0 for line in report.lines} == {1: True, 2: False, 3: True, 4: False}
    assert report.overlaps == 2
    assert report.lines[2].overlap == pytest.approx(0.5)


def test_a_file_that_lost_something_of_the_film_is_seen(finished, make_film):
    source, film, _, track, lines = finished
    other = Source.of(make_film("other.mp4", "-c:a", "aac", "-b:a", "64k"))
    assert not assess(compare(source, film, other), track, lines, Hears()).streams_kept


def test_a_dub_that_says_nothing_covers_nothing(finished):
    source, film, output, track, lines = finished
    assert assess(compare(source, film, output), track, lines, Hears()).coverage == 0.0
