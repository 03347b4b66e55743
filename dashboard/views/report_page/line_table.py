"""Table of a report's lines: one row per line with an anchor, its texts, timing, pace and what a recogniser understood."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from dashboard.views import formatting
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.figures.speech_rate import compute_relative_rate
from pipeline.assessment.line_risk import WRONG_CONFIDENCE
from pipeline.assessment.line_timing import MAX_ONSET_ERROR_S
from pipeline.assessment.report_warnings import MAX_RATE, MIN_RATE
from pipeline.timing.timing_costs import FILLED_SHARE
from pipeline.values.tasks import LineRow

TABLE = Markup(
    '<div class="scroll" tabindex="0" role="group" aria-label="Table of lines"><table><thead><tr>'
    '<th scope="col" class="n">Line</th><th scope="col">Time</th><th scope="col">Speaker</th><th scope="col">Source</th>'
    '<th scope="col">Dub</th><th scope="col" class="n">Offset</th><th scope="col" class="n">Duration</th><th scope="col" class="n">Fill</th>'
    '<th scope="col" class="n">Overlap</th><th scope="col" class="n">Rate</th><th scope="col" class="n">Voice</th>'
    '<th scope="col" class="n">Background</th><th scope="col" class="n">Round trip</th><th scope="col" class="n">Confidence</th></tr></thead><tbody>{rows}</tbody></table></div>'
)
ROW = Markup(
    '<tr id="line-{number}"><th scope="row" class="n">{number}</th><td>{clock}</td><td>{speaker}</td>'
    '<td class="said">{source}</td><td class="said" lang="{language}">{text}{heard}</td>{cells}</tr>'
)
CELL = Markup('<td class="n"{off}>{value}</td>')
ORIGINAL = Markup('<td colspan="9" class="soft">keeps the original audio</td>')
HEARD = Markup('<br><span class="soft">understood: {}</span>')
NOT_MEASURED = "–"
MAX_LINE_WER = 0.5  # more than every second word is misunderstood


def draw_line_table(lines: Sequence[LineRow], report: Mapping[str, Any], names: Mapping[str, str]) -> Markup:
    """Table of all lines. `report`: as stored; lines that it does not know show what the script knows."""
    measured = {line["number"]: line for line in report["lines"] if "number" in line}
    rows = (_draw_row(line, measured.get(line.number, {}), names) for line in lines)
    return TABLE.format(rows=Markup("").join(rows))


def _draw_row(line: LineRow, measured: Mapping[str, Any], names: Mapping[str, str]) -> Markup:
    heard = measured.get("heard") if (measured.get("round_trip_wer") or 0.0) > 0.0 else None
    return ROW.format(
        number=line.number,
        clock=formatting.format_clock(line.start),
        speaker=formatting.escape_text(names.get(line.speaker or "", line.speaker or "Unknown")),
        source=formatting.escape_text("" if line.subtitled else line.source_text),
        language=line.language,
        text=formatting.escape_text(line.text),
        heard=HEARD.format(formatting.escape_text(heard)) if heard else "",
        cells=_draw_cells(line, measured) if is_dubbed(line) else ORIGINAL,
    )


def _draw_cells(line: LineRow, measured: Mapping[str, Any]) -> Markup:
    offset, duration, rate = line.dub_start - line.start, line.end - line.start, compute_relative_rate(line)
    fill, overlap, wer = (measured.get(name) for name in ("fill", "speech_overlap", "round_trip_wer"))
    own, nearest, change = (measured.get(name) for name in ("voice_similarity", "nearest_voice_similarity", "background_change"))
    confidence = measured.get("confidence")
    takes = f" ({measured['takes']} takes)" if measured.get("takes", 1) > 1 else ""
    cells = (
        (f"{offset:+.2f} s", abs(offset) > MAX_ONSET_ERROR_S),
        (f"{line.dub_seconds:.1f} / {duration:.1f} s", False),
        (_format(fill, "{:.0%}"), fill is not None and fill < FILLED_SHARE),
        (_format(overlap, "{:.2f}"), False),
        (f"{rate:.2f}×", not MIN_RATE <= round(rate, 3) <= MAX_RATE),
        (_format(own, "{:.2f}"), own is not None and nearest is not None and nearest > own),
        (_format(change, "{:+.1f} dB"), False),
        (_format(wer, "{:.0%}") + takes, wer is not None and wer > MAX_LINE_WER),
        (_format(confidence, "{:.2f}"), confidence is not None and confidence <= WRONG_CONFIDENCE),
    )
    return Markup("").join(CELL.format(value=value, off=Markup(" data-off") if is_off else "") for value, is_off in cells)


def _format(value: float | None, form: str) -> str:
    return NOT_MEASURED if value is None else form.format(value)
