"""A dub with a report of every measure, of as many lines as a test wants: some late, some rushed, some with holes."""

import json
from dataclasses import asdict, replace
from typing import Any

from dashboard.views.report_page.document import DubReport
from pipeline.assessment.line_timing import summarize_pace, summarize_timing
from pipeline.assessment.report_warnings import rank_notes
from pipeline.assessment.voice_similarity import summarize_voices
from pipeline.values.dub_report import LineReport, Report
from pipeline.values.tasks import LineRow
from tests.support.dashboard import DONE, NOON, line_row, run


def make_report(lines: list[LineRow], *, language: str = "es") -> dict[str, Any]:
    """A report of these lines as it is stored: JSON of today's version."""
    measured = tuple(_measure(line) for line in lines if line.dub_seconds > 0.0)
    report = Report(
        language, measured, -23.4, -23.0, -1.7, 0.91, 0.6, 0, 1.2, True, 0.01, 0.08,
        timing=summarize_timing(measured), pace=summarize_pace(measured), voices=summarize_voices(measured), background_change=0.6,
    )  # fmt: skip
    return json.loads(json.dumps(asdict(replace(report, notes=rank_notes(report)))))


def make_lines(count: int) -> list[LineRow]:
    """Lines of a dub: every seventh starts late, every fifth is rushed, every tenth is left to the original."""
    return [replace(line, dub_start=line.start + (0.6 if line.number % 7 == 0 else 0.02)) for line in _make_rows(count)]


def _make_rows(count: int) -> list[LineRow]:
    return [
        line_row(number, "es", dub_seconds=0.0 if number % 10 == 0 else 1.2 + 0.1 * (number % 9))
        for number in range(1, count + 1)
    ]


def _measure(line: LineRow) -> LineReport:
    fill = line.dub_seconds / (line.end - line.start)
    return LineReport(
        line.number, line.language, line.speaker, line.start, line.end, line.latest_end, line.dub_start, line.dub_seconds,
        line.rate, line.stretch, line.dub_start - line.start, 0.0, min(1.0, fill),
        speech_overlap=min(fill, 1.0) * 0.9, fill=fill, syllables_per_second=5.2, source_syllables_per_second=4.8,
        voice_similarity=0.88, nearest_voice_similarity=0.95 if line.number % 11 == 0 else 0.6, background_change=0.6,
        round_trip_wer=0.6 if line.number % 13 == 0 else 0.0, heard="otra cosa" if line.number % 13 == 0 else "",
        takes=3 if line.number % 13 == 0 else 1,
    )  # fmt: skip


LINES = make_lines(60)
DUB = DubReport(
    DONE,
    "es",
    make_report(LINES),
    tuple(LINES),
    {"SPEAKER_01": "Ann"},
    (run("mix", language="es", started_at=NOON, seconds=9.0),),
)
