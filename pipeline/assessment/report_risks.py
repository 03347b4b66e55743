"""Risks of a dub's lines by its report, and the lines whose words are probably wrong, by reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.assessment.line_risk import LineMeasures, LineRisk, Reason, estimate_risk
from pipeline.assessment.report_warnings import is_of_measure
from pipeline.values.notes import Severity, notes_of_report
from pipeline.values.take_checks import Intelligibility
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import TextSource

STRONG_DOUBT = 0.8  # probability of wrong words from which on one line is enough for a bad dub
MAX_WRONG_SHARE = 0.05  # of the lines that may be doubtful in a fair one


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Lines of a dub whose words are probably wrong: number → reason. `lines`: of the source, left-out ones too.

    `is_severe`: one line is nearly certain, or the doubtful ones are over 5 %. `is_checked`: at least one line was recognised with a
    confidence, or its take recognised again.
    """

    lines: int
    wrong: Mapping[int, Reason]
    is_severe: bool
    is_checked: bool

    def count_reasons(self) -> Mapping[Reason, int]:
        """Number of lines of each reason, each line under its likeliest."""
        counts = Counter(self.wrong.values())
        return {reason: counts[reason] for reason in Reason if counts[reason]}


def estimate_risks(report: Mapping[str, Any]) -> dict[int, LineRisk]:
    """Number → risk of each line, left-out ones too. `report`: a `pipeline.values.dub_report.Report` as JSON, of any version."""
    warnings = Counter(
        number
        for note in notes_of_report(report)
        if note.severity is Severity.WARNING and not is_of_measure(note)
        for number in note.lines
    )
    risks = {
        number: estimate_risk(_read_measures(line, warnings[number]))
        for line in report["lines"]
        if (number := line.get("number")) is not None
    }
    left_out = {
        line["number"]: estimate_risk(LineMeasures(line["text_source"], warnings=warnings[line["number"]]))
        for line in report.get("left_out", ())
    }
    return risks | left_out


def _read_measures(line: Mapping[str, Any], warnings: int) -> LineMeasures:
    tolerant = line.get("round_trip_homophone_wer")
    verdict = line.get("intelligibility")
    return LineMeasures(
        text_source=line.get("text_source") or TextSource.TRANSLATION,
        confidence=line.get("confidence"),
        round_trip=line.get("round_trip_wer") if tolerant is None else tolerant,
        intelligibility=Intelligibility(verdict) if verdict else None,
        rate=line.get("rate", 1.0) * line.get("stretch", 1.0),
        lateness=line.get("lateness", 0.0),
        untranslated=len(line.get("untranslated") or ()),
        warnings=warnings,
    )


def get_row_risk(row: LineRow) -> LineRisk:
    """Risk of a line as it is stored; of a dub of an older release, by what is known of it: timing, pace and source of its text."""
    if row.risk is None:
        rate = row.rate * row.stretch if row.dub_seconds else 1.0
        return estimate_risk(LineMeasures(row.text_source, rate=rate, lateness=row.dub_start - row.start))
    return LineRisk(row.risk, tuple((Reason(each), row.risk) for each in row.reasons if each in set(Reason)))


def find_word_errors(report: Mapping[str, Any]) -> WordErrors:
    """Lines whose words are probably wrong, in order of their numbers."""
    risks = estimate_risks(report)
    wrong = {number: reason for number, risk in sorted(risks.items()) if (reason := risk.wrong_words)}
    strong = any(
        doubt >= STRONG_DOUBT for number, reason in wrong.items() for name, doubt in risks[number].signs if name is reason
    )
    measured = [line for line in report["lines"] if line.get("confidence") is not None or line.get("round_trip_wer") is not None]
    return WordErrors(len(risks), wrong, strong or len(wrong) > MAX_WRONG_SHARE * len(risks), bool(measured))
