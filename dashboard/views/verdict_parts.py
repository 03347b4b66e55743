"""The verdict on a dub at the top of its report, its worst lines with the reasons, and the lines that are left out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from dashboard.views import formatting
from dashboard.views.figures.dub_verdict import DubVerdict, list_worst_lines
from dashboard.views.figures.verdicts import Verdict
from dashboard.views.figures.word_grades import describe_left_out
from pipeline.assessment.line_risk import WORD_REASONS, LineRisk
from pipeline.values.tasks import LineRow

MAX_LISTED = 50  # left-out lines
VERDICT = Markup('<p class="verdict" data-verdict="{verdict}"><b>{label}</b> {sentence}</p>')
LABELS = {Verdict.GOOD: "Good:", Verdict.FAIR: "Check:", Verdict.BAD: "Bad:", Verdict.UNGRADED: "Not graded:"}
WORST = Markup('<h3 class="worst-title">{title}</h3><ol class="worst">{items}</ol>')
ITEM = Markup('<li><a href="{href}"{attributes}>Line {number}</a> {marks}<span class="said"{language}>{text}</span></li>')
MARK = Markup('<span class="reason"{wrong}>{reason}</span> ')
LEFT_OUT = Markup('<details class="left-out"><summary>{title}</summary><ul>{items}</ul>{more}</details>')
LEFT_OUT_ITEM = Markup(
    '<li><a href="{href}"{attributes}>Line {number}</a> <span class="reason">{reason}</span> <span class="said">{text}</span></li>'
)
NO_ATTRIBUTES, LIVE = Markup(""), Markup(" data-go")


def draw_verdict(verdict: DubVerdict) -> Markup:
    """The verdict in one sentence."""
    return VERDICT.format(verdict=verdict.verdict, label=LABELS[verdict.verdict], sentence=verdict.sentence)


def draw_worst_lines(
    report: Mapping[str, Any], lines: Sequence[LineRow], link: Callable[[int], str], *, attributes: Markup = LIVE
) -> Markup:
    """List of the lines that are the likeliest wrong; empty where no line has a reason. `link`: URL of a line."""
    texts = {line.number: line for line in lines}
    items = [_draw_item(number, risk, texts.get(number), link, attributes) for number, risk in list_worst_lines(report)]
    return WORST.format(title="Worst lines first", items=Markup("").join(items)) if items else Markup("")


def _draw_item(number: int, risk: LineRisk, line: LineRow | None, link: Callable[[int], str], attributes: Markup) -> Markup:
    marks = (
        MARK.format(reason=reason, wrong=Markup(" data-wrong") if reason in WORD_REASONS else "") for reason, _ in risk.signs
    )
    language = Markup(' lang="{}"').format(line.language) if line else Markup("")
    text = formatting.escape_text(line.text) if line else ""
    return ITEM.format(
        href=link(number), attributes=attributes, number=number, marks=Markup("").join(marks), language=language, text=text
    )


def draw_left_out_lines(report: Mapping[str, Any], link: Callable[[int], str], *, attributes: Markup = LIVE) -> Markup:
    """The lines that keep the original audio, each with the reason; empty where all are dubbed, or the report is an older one."""
    lines = report.get("left_out", ())
    if not lines:
        return Markup("")
    items = (
        LEFT_OUT_ITEM.format(
            href=link(line["number"]),
            attributes=attributes,
            number=line["number"],
            reason=describe_left_out(line["text_source"]),
            text=formatting.escape_text(line["text"]),
        )
        for line in lines[:MAX_LISTED]
    )
    more = Markup("<p>and {:,} more</p>").format(len(lines) - MAX_LISTED) if len(lines) > MAX_LISTED else ""
    title = f"{formatting.count_words(len(lines), 'line')} left out, not covered by the dub"
    return LEFT_OUT.format(title=title, items=Markup("").join(items), more=more)
