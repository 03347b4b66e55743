from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from pipeline.engines.protocols import Wave
from pipeline.stages.assess import AssessmentEngines, FinishedDub, assess, compare
from pipeline.stages.mixing.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.values.dub_report import Report
from pipeline.values.media import Artifact, Source
from pipeline.values.timeline import Span, TextSource, Voice

VOICES = [("A", 200.0), ("B", 320.0)] * 3 + [("A", 320.0)]


class Hears:
    """A detector that hears what it is told to in the dub, and what the film says in the source."""

    fingerprint = "hears"
    concurrency = 1

    def __init__(self, *spans: Span) -> None:
        self.spans = spans
        self.heard: list[Artifact] = []

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        self.heard.append(audio)
        return (Span(1.0, 2.5), Span(5.0, 6.5)) if len(self.heard) == 1 else self.spans


class Embeds:
    """An embedder that tells waves apart by their pitch."""

    fingerprint = "embeds"
    concurrency = 1

    def embed(self, waves: Iterable[Wave]) -> np.ndarray:
        crossings = [float(np.mean(np.diff(np.signbit(wave)))) for wave in waves]
        return np.array([(np.cos(40 * each), np.sin(40 * each)) for each in crossings], np.float32)


def measure(finished, detector: Hears, embedder: Embeds | None = None) -> Report:
    source, film, output, dub = finished
    return assess(compare(source, film, output), dub, AssessmentEngines(detector, embedder))


@pytest.fixture
def finished(plain_film, place, tmp_path):
    source = Source.of(plain_film)
    film = probe(source)
    lines = (place(1, 1.0, 2.5), replace(place(2, 5.0, 6.5, at=5.2), stretch=1.1))
    stems = separate(source, film, None, workdir=tmp_path)
    track = mix(source, film, stems, lines, workdir=tmp_path)
    output = mux(source, film, (track,), (lines,), destination=str(tmp_path / "out.mp4"), workdir=tmp_path)
    return source, film, output, FinishedDub(track, lines, film, stems, source_language="en")


def test_a_dub_is_measured_line_by_line(finished):
    track = finished[3].track
    detector = Hears(Span(1.0, 2.5), Span(5.2, 5.6), Span(5.8, 6.7))
    report = measure(finished, detector)
    assert detector.heard == [finished[3].stems.speech, track.speech]
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


def test_timing_and_pace_are_summed_up(finished):
    report = measure(finished, Hears(Span(1.0, 2.5), Span(5.2, 5.6), Span(5.8, 6.7)))
    assert [line.speech_overlap for line in report.lines] == pytest.approx([1.0, 1.1 / 1.7])
    assert report.timing.overlap == pytest.approx((1.0 + 1.1 / 1.7) / 2)
    assert (report.timing.onset_error_p50, report.timing.late_share, report.timing.holes) == (pytest.approx(0.1), 0.0, 0)
    assert (report.pace.rate_p50, report.pace.rate_p95) == (pytest.approx(1.05), pytest.approx(1.095))
    assert report.pace.syllables_per_second == pytest.approx((5 + 4) / 3.0)  # "línea uno", "línea dos"
    assert report.voices is None and report.background_change is None


def test_coverage_counts_the_lines_that_are_left_out(finished, place):
    *film, dub = finished
    line = place(3, 8.0, 11.0).line
    left_out = replace(line, source=TextSource.NONE)
    report = measure((*film, replace(dub, left_out=(left_out,), is_recognized=False)), Hears(Span(1.0, 2.5), Span(5.0, 6.5)))
    assert report.coverage == pytest.approx(0.5)
    assert [(each.number, each.start, each.end, each.text_source) for each in report.left_out] == [(3, 8.0, 11.0, "none")]
    assert report.is_recognized is False


def test_a_line_keeps_the_confidence_of_its_recognition(finished):
    *film, dub = finished
    first = dub.placements[0]
    sure = replace(first, line=replace(first.line, segment=replace(first.line.segment, confidence=0.42)))
    report = measure((*film, replace(dub, placements=(sure, *dub.placements[1:]))), Hears())
    assert [line.confidence for line in report.lines] == [0.42, None]


def test_overlaps_count_within_one_speaker_only(finished, place):
    same, other = place(3, 1.5, 2.0), place(4, 1.5, 2.0, speaker="B")
    *film, dub = finished
    report = measure((*film, replace(dub, placements=(*dub.placements, same, other))), Hears())
    assert {line.number: line.overlap > 0 for line in report.lines} == {1: True, 2: False, 3: True, 4: False}
    assert report.overlaps == 2
    assert report.lines[2].overlap == pytest.approx(0.5)


def test_a_file_that_lost_something_of_the_film_is_seen(finished, make_film):
    source, film, _, dub = finished
    other = Source.of(make_film("other.mp4", "-c:a", "aac", "-b:a", "64k"))
    report = measure((source, film, other, dub), Hears())
    assert not report.streams_kept and report.losses


def test_a_dub_that_says_nothing_covers_nothing(finished):
    report = measure(finished, Hears())
    assert report.coverage == 0.0 and report.timing.overlap == 0.0


def test_a_take_is_compared_with_its_own_voice_and_the_nearest_other(finished, place):
    *film, dub = finished
    takes = [place(n, 2.0 * n, 2.0 * n + 1.7, speaker=speaker, pitch=pitch) for n, (speaker, pitch) in enumerate(VOICES)]
    voices = (Voice("A", "low"), Voice("B", "high"))
    report = measure((*film, replace(dub, placements=tuple(takes), voices=voices)), Hears(), Embeds())
    assert [line.voice_similarity for line in report.lines[:6]] == pytest.approx([1.0] * 6, abs=0.05)
    assert max(line.nearest_voice_similarity for line in report.lines[:6]) < 0.9
    swapped = report.lines[6]  # a take of A in B's pitch
    assert swapped.nearest_voice_similarity > swapped.voice_similarity
    assert report.voices.lines == 7


def test_a_background_that_was_ducked_is_measured_where_it_was_separated(finished, tmp_path):
    *film, dub = finished
    bed = np.random.default_rng(1).normal(0.0, 0.02, round(8.0 * 48_000)).astype(np.float32)
    voice, _ = soundfile.read(dub.track.speech.path, dtype="float32")
    soundfile.write(tmp_path / "bed.flac", bed, 48_000)
    soundfile.write(tmp_path / "dub.wav", np.stack([0.5 * bed + 0.8 * voice] * 2, axis=1), 48_000)
    track = replace(dub.track, audio=Artifact.of(tmp_path / "dub.wav"))
    stems = replace(dub.stems, background=Artifact.of(tmp_path / "bed.flac"))
    report = measure((*film, replace(dub, track=track, stems=stems)), Hears())
    assert [line.background_change for line in report.lines] == pytest.approx([-6.0, -6.0], abs=0.3)
    assert report.background_change == pytest.approx(-6.0, abs=0.3)
