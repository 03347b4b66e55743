"""Verdict on a whole dub in one sentence, and its worst lines with the reasons in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.views.figures.report_grades import describe_report
from dashboard.views.figures.verdicts import Verdict, find_worst
from dashboard.views.figures.word_grades import describe_word_errors, judge_words
from pipeline.assessment.line_risk import LineRisk, rank_lines
from pipeline.assessment.report_risks import estimate_risks, find_word_errors

MAX_WORST_LINES = 12


@dataclass(frozen=True, slots=True)
class DubVerdict:
    """Verdict on a dub: one sentence, and the worst of the verdicts on its words and its metrics."""

    sentence: str
    verdict: Verdict


def judge_dub(report: Mapping[str, Any]) -> DubVerdict:
    """Verdict on a dub. `report`: as for `describe_report`."""
    errors = find_word_errors(report)
    bad = [each for each in describe_report(report) if each.verdict is Verdict.BAD]
    words = judge_words(errors)
    rest = f"; bad measures: {', '.join(each.label[:1].lower() + each.label[1:] for each in bad)}" if bad else ""
    return DubVerdict(f"{describe_word_errors(errors)}{rest}.", find_worst(words, *(each.verdict for each in bad)))


def list_worst_lines(report: Mapping[str, Any], limit: int = MAX_WORST_LINES) -> tuple[tuple[int, LineRisk], ...]:
    """The lines with reasons to look at them, the riskiest first, at most `limit`."""
    risks = estimate_risks(report)
    order = rank_lines([(number, risk.risk) for number, risk in risks.items()])
    return tuple((number, risks[number]) for number in order if risks[number].reasons)[:limit]
