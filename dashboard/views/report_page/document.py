"""The report as a document: warnings, measures with their definitions, plots, and a table of the lines, in one HTML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dashboard.views import formatting
from dashboard.views.figures.alt_text import describe_isochrony, describe_speech_rates, describe_start_offsets
from dashboard.views.figures.dub_verdict import judge_dub
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.figures.report_grades import describe_cost, describe_report
from dashboard.views.figures.speech_rate import compute_relative_rate
from dashboard.views.page_parts import draw_note_text
from dashboard.views.report_page.line_table import draw_line_table
from dashboard.views.report_page.svg_plots import Mark, Plot, draw_histogram, draw_scatter
from dashboard.views.verdict_parts import NO_ATTRIBUTES, draw_left_out_lines, draw_verdict, draw_worst_lines
from pipeline.assessment.line_timing import MAX_ONSET_ERROR_S
from pipeline.assessment.processing_cost import measure_cost
from pipeline.assessment.report_warnings import MAX_RATE, MIN_RATE
from pipeline.assessment.speech_overlap import HUMAN_MEAN
from pipeline.values.notes import Severity, notes_of_report
from pipeline.values.script import ReviewProgress
from pipeline.values.tasks import LineRow, StageRun, Task

MAX_LINKED_LINES = 200  # of one note
# Nothing is loaded and nothing runs, also where the file is opened from a disk.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
DOCUMENT = Markup(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer"><title>{name}: report of the {language} dub</title><style>{styles}</style></head>
<body><header><h1>{name}</h1><p>Report of the dub into {language}{facts}</p></header><main>
<section class="card" aria-labelledby="verdict"><h2 id="verdict">Verdict</h2>{verdict}{worst}{left_out}</section>
<section class="card" aria-labelledby="warnings"><h2 id="warnings">{warnings_title}</h2>{warnings}</section>
<section class="card" aria-labelledby="measures"><h2 id="measures">Measures</h2><dl class="measures">{measures}</dl></section>
{plots}<section class="card" aria-labelledby="lines"><h2 id="lines">Lines</h2>{lines}</section></main>
<footer><p>Made by Dubarr. Offset: start of the dubbed line against its source's. Fill: spoken time over the source's duration.
Overlap: speech overlap. Rate: pace over the voice's natural one. Voice: likeness to the voice's other takes. Background: level under
the line against the original's. Round trip: word error rate as a recogniser understands the line. Confidence: of the recognition of its source. “–”: not measured.</p></footer></body></html>
"""
)
PLOTS = Markup('<section class="card" aria-labelledby="plots"><h2 id="plots">Plots</h2><div class="plots">{}</div></section>')
NOTE = Markup('<li data-severity="{severity}"><b>{label}</b> {text}</li>')
NO_WARNINGS = Markup("<p>No measure is out of its bounds.</p>")
MEASURE = Markup(
    '<div data-verdict="{verdict}"><dt>{label}</dt><dd class="value">{value}<span class="vh"> ({verdict})</span></dd>'
    '<dd class="meaning">{meaning}</dd></div>'
)
LABELS = {Severity.WARNING: "Warning:", Severity.INFO: "Note:"}


@dataclass(frozen=True, slots=True)
class DubReport:
    """Content of the document. `report`: a `pipeline.values.dub_report.Report` as JSON, of any version; `names`: of speakers;
    `runs`: the last run of each stage.
    """

    task: Task
    language: str
    report: Mapping[str, Any]
    lines: tuple[LineRow, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    runs: tuple[StageRun, ...] = ()
    review: ReviewProgress = field(default_factory=ReviewProgress)


def draw_report_document(dub: DubReport) -> str:
    """HTML of the whole document. All text of films, people and engines is escaped."""
    notes = notes_of_report(dub.report)
    count = sum(note.severity is Severity.WARNING for note in notes)
    items = (
        NOTE.format(
            severity=note.severity, label=LABELS[note.severity], text=draw_note_text(note, _link_line, limit=MAX_LINKED_LINES)
        )
        for note in notes
    )
    listed = Markup('<ul class="notes">{}</ul>').format(Markup("").join(items)) if notes else Markup("")
    cost = describe_cost(measure_cost(dub.runs, dub.language, dub.task.duration))
    measures = (*describe_report(dub.report), *([cost] if cost else []))
    return DOCUMENT.format(
        policy=CONTENT_SECURITY_POLICY,
        styles=Markup(read_styles()),  # noqa: S704 -- a file of this package
        name=formatting.escape_text(dub.task.path.name),
        language=formatting.format_language(dub.language),
        facts=_describe_film(dub),
        verdict=draw_verdict(judge_dub(dub.report)),
        worst=draw_worst_lines(dub.report, dub.lines, _link_line, attributes=NO_ATTRIBUTES),
        left_out=draw_left_out_lines(dub.report, _link_line, attributes=NO_ATTRIBUTES),
        warnings_title=formatting.count_words(count, "warning").capitalize() if count else "No warnings",
        warnings=(Markup("") if count else NO_WARNINGS) + listed,
        measures=Markup("").join(MEASURE.format(**each._asdict()) for each in measures),
        plots=_draw_plots(dub),
        lines=draw_line_table(dub.lines, dub.report, dub.names),
    )


@cache
def read_styles() -> str:
    """The document's style sheet."""
    return (Path(__file__).parent / "report.css").read_text("utf-8")


def _link_line(number: int) -> str:
    return f"#line-{number}"


def _describe_film(dub: DubReport) -> str:
    facts = [formatting.count_words(len(dub.lines), "line")]
    if dub.task.duration:
        facts.append(formatting.format_duration(dub.task.duration))
    if dub.task.finished_at:
        facts.append(f"finished {dub.task.finished_at:%Y-%m-%d %H:%M} UTC")
    if dub.review.reviewed or dub.review.skipped:
        facts.append(formatting.format_review(dub.review))
    return " · " + " · ".join(facts)


def _draw_plots(dub: DubReport) -> Markup:
    lines = [line for line in dub.lines if is_dubbed(line)]
    if not lines:
        return Markup("")
    offsets = [
        Mark(
            line.start,
            offset := line.dub_start - line.start,
            _describe_line(line),
            _link_line(line.number),
            abs(offset) > MAX_ONSET_ERROR_S,
        )
        for line in lines
    ]
    clock = Plot("offsets", "Start offset (s)", "time in the film", describe_start_offsets(lines), formatting.format_clock)
    rates = Plot("rates", "Speech rate", "× natural pace", describe_speech_rates(lines), lambda value: f"{value:.2f}")
    durations = Plot("durations", "Duration", "dub over source (%)", describe_isochrony(lines), lambda value: f"{value:.0f}")
    shares = [100.0 * line.dub_seconds / (line.end - line.start) for line in lines]
    plots = [
        draw_scatter(clock, offsets, y_range=(-0.5, 0.5), bounds=(-MAX_ONSET_ERROR_S, MAX_ONSET_ERROR_S)),
        draw_histogram(
            rates, [compute_relative_rate(line) for line in lines], step=0.05, span=(0.8, 1.3), good=(MIN_RATE, MAX_RATE)
        ),
        draw_histogram(durations, [min(200.0, share) for share in shares], step=5.0, span=(60.0, 130.0), good=(95.0, 200.0)),
    ]
    overlaps = [line["speech_overlap"] for line in dub.report["lines"] if line.get("speech_overlap") is not None]
    if overlaps:
        text = f"Mean over {formatting.count_words(len(overlaps), 'line')}: {sum(overlaps) / len(overlaps):.2f}; human dubs reach {HUMAN_MEAN:.2f}."
        overlap = Plot("overlaps", "Speech overlap", "time of both over time of either", text, lambda value: f"{value:.1f}")
        plots.append(draw_histogram(overlap, overlaps, step=0.1, span=(0.0, 1.0), good=(0.5, 1.0)))
    return PLOTS.format(Markup("").join(plots))


def _describe_line(line: LineRow) -> str:
    return f"line {line.number} at {formatting.format_clock(line.start)}: {line.dub_start - line.start:+.2f} s"
