"""Grades of a dub's words: recognition confidence of the source, round trip of the takes, coverage, and lines left out."""

from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from dashboard.views import formatting
from dashboard.views.figures.verdicts import Metric, Verdict, find_worst, judge_lower_bound, judge_upper_bound
from pipeline.assessment.line_risk import WRONG_CONFIDENCE, Reason
from pipeline.assessment.report_risks import MAX_WRONG_SHARE, WordErrors
from pipeline.values.timeline import TextSource

ROUND_TRIP_MEANING = "Words that a speech recogniser understands otherwise than they are written; its own errors are among them."
LEFT_OUT_REASONS: Mapping[str, str] = {
    TextSource.NONE: "not translated",
    TextSource.SKIP: "original audio kept by an edit",
    TextSource.ORIGINAL: "laughter or another sound without words",
}


def grade_words(report: Mapping[str, Any], errors: WordErrors) -> Iterable[Metric]:
    """Metrics of the words of a dub; what an older report did not measure is left out. `report`: as for `describe_report`."""
    yield from _grade_confidence(report)
    yield from _grade_round_trip(report, errors)
    yield _grade_coverage(report)


def _grade_confidence(report: Mapping[str, Any]) -> Iterable[Metric]:
    """Confidence of recognition; a dub from subtitles has none, which is said instead of a grade."""
    meaning = (
        "Probability of the words that speech recognition found in the film, geometric mean of each line; median over the lines."
    )
    known = [line["confidence"] for line in report["lines"] if line.get("confidence") is not None]
    if known:
        low = sum(each <= WRONG_CONFIDENCE for each in known)
        value = f"{median(known):.2f}" + (f", low on {low:,} of {formatting.count_words(len(known), 'line')}" if low else "")
        yield Metric(
            "Recognition confidence",
            value,
            find_worst(judge_lower_bound(median(known), 0.8, 0.65), _judge_share(low, len(known))),
            meaning,
        )
    elif report.get("is_recognized") is False:
        text = "The text was read from subtitles: there was nothing to recognise, so that nothing is graded here."
        yield Metric("Recognition confidence", "none: from subtitles", Verdict.UNGRADED, text)
    elif report.get("is_recognized"):
        text = "The speech recogniser gives no probabilities of its words, so that nothing is graded here."
        yield Metric("Recognition confidence", "not given", Verdict.UNGRADED, text)


def _grade_round_trip(report: Mapping[str, Any], errors: WordErrors) -> Iterable[Metric]:
    misheard = errors.count_reasons().get(Reason.NOT_UNDERSTOOD, 0)
    worst = _judge_share(misheard, len(report["lines"]))
    lines = f", {formatting.count_words(misheard, 'line')} not understood" if misheard else ""
    if (rate := report.get("round_trip_wer")) is not None:
        yield Metric(
            "Round-trip word error rate",
            f"{rate:.0%}{lines}",
            find_worst(judge_upper_bound(rate, 0.25, 0.5), worst),
            ROUND_TRIP_MEANING,
        )
    if (rate := report.get("round_trip_homophone_wer")) is not None:
        meaning = "The same, where words that are pronounced alike (Spanish voy and boy) count as equal: it leaves spelling out."
        yield Metric("Round trip, homophones equal", f"{rate:.0%}", judge_upper_bound(rate, 0.25, 0.5), meaning)


def _judge_share(flawed: int, total: int) -> Verdict:
    return judge_upper_bound(flawed, 0, MAX_WRONG_SHARE * total)


def _grade_coverage(report: Mapping[str, Any]) -> Metric:
    coverage, left_out = report["coverage"], report.get("left_out", ())
    total = len(report["lines"]) + len(left_out)
    value = f"{coverage:.0%}" + (f", {len(left_out):,} of {formatting.count_words(total, 'line')} left out" if left_out else "")
    untranslated = sum(line["text_source"] == TextSource.NONE for line in left_out)
    verdict = find_worst(judge_lower_bound(coverage, 0.85, 0.6), _judge_share(untranslated, total))
    meaning = "Share of the time of all source lines during which the dub speaks; a line that is left out counts as not covered."
    return Metric("Speech coverage", value, verdict, meaning)


def describe_left_out(text_source: str) -> str:
    """The reason for which a line keeps the original audio, in words."""
    return LEFT_OUT_REASONS.get(text_source, "nothing to speak in its text")


def describe_word_errors(errors: WordErrors) -> str:
    """Sentence about the lines whose words are probably wrong, without its full stop."""
    count = len(errors.wrong)
    if not count:
        return "No line looks wrong by its words" if errors.is_checked else "The words of this dub were not checked"
    verb = "are" if count > 1 else "is"
    return f"{count:,} of {formatting.count_words(errors.lines, 'line')} {verb} probably wrong: {_list_reasons(errors)}"


def _list_reasons(errors: WordErrors) -> str:
    words = {
        Reason.NOT_TRANSLATED: "not translated",
        Reason.UNTRANSLATED_WORDS: "with words that were not translated",
        Reason.NOT_UNDERSTOOD: "not understood when heard again",
        Reason.LOW_CONFIDENCE: "recognised with low confidence",
    }
    return ", ".join(f"{count:,} {words[reason]}" for reason, count in errors.count_reasons().items())


def judge_words(errors: WordErrors) -> Verdict:
    """Verdict on the words of a dub: bad where one line is nearly certainly wrong, or many are probably."""
    if not errors.is_checked and not errors.wrong:
        return Verdict.UNGRADED
    return Verdict.BAD if errors.is_severe else Verdict.FAIR if errors.wrong else Verdict.GOOD
