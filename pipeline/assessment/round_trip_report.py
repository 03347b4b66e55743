"""Round trips of a dub's takes in its report: the word error rate of each line and of all, and the recognised texts."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.values.dub_report import Report
from pipeline.values.take_checks import TakeCheck, pool_homophone_error_rate, pool_word_error_rate


def add_round_trips(report: Report, checks: Sequence[TakeCheck]) -> Report:
    """The report with the checks of its takes; as it is where takes were not verified."""
    by_number = {check.number: check for check in checks}
    lines = tuple(
        replace(
            line,
            round_trip_wer=check.wer,
            round_trip_homophone_wer=check.homophone_wer,
            heard=check.heard,
            takes=check.takes,
            intelligibility=str(check.verdict),
        )
        if (check := by_number.get(line.number))
        else line
        for line in report.lines
    )
    return replace(
        report,
        lines=lines,
        round_trip_wer=pool_word_error_rate(checks),
        round_trip_homophone_wer=pool_homophone_error_rate(checks),
    )
