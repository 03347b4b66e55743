"""Display of `./dubarr library`: plan table, progress bar and summary."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cli import console
from pipeline.library.scan import IGNORED_STATUS, Row, Verdict

if TYPE_CHECKING:
    from rich.table import Table

MAX_FAILURES_SHOWN = 20
NOTHING_TO_DUB = "with nothing to dub"


@dataclass
class Tally:
    """Counts of verdicts and results so far. `films`: in the library; `seconds`: of film, to be dubbed or dubbed."""

    films: int
    verdicts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    dubbed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)  # a film's name, and why it was not dubbed
    began: float = field(default_factory=time.monotonic)

    @property
    def seen(self) -> int:
        """Films that are dealt with."""
        return self.verdicts.total()

    @property
    def left(self) -> float | None:
        """Seconds until the end, if the rest of the library is as what was seen of it; None before the first dub."""
        tried = self.dubbed + len(self.failures)
        if not tried:
            return None
        looked = self.seen - self.verdicts[Verdict.DONE] - self.verdicts[Verdict.FAILED]
        return (time.monotonic() - self.began) / looked * (self.films - self.seen) if looked else None

    def add(self, row: Row) -> None:
        """Count one more film."""
        status = row.get("status", "")
        self.verdicts[NOTHING_TO_DUB if status == IGNORED_STATUS else row["verdict"]] += 1
        if status in {"ERROR", "CANCELLED"}:
            self.failures.append((Path(row["path"]).name, row["error"] or "no reason was given"))
        elif row["verdict"] == Verdict.DUB and status != IGNORED_STATUS:
            self.dubbed += status == "DONE"
            self.seconds += row["duration"] or 0.0


def build_plan_table(rows: Sequence[Row], root: Path) -> "Table":
    """The plan as a table: each film with its verdict and the reason."""
    from rich.table import Table

    table = Table("verdict", "into", "language", "length", "film", "why", box=None, pad_edge=False)
    for row in rows:
        name = str(Path(row["path"]).relative_to(root))
        table.add_row(
            row["verdict"],
            ", ".join(row["targets"]),
            row["language"] or "",
            console.format_duration(row["duration"]),
            name,
            row["reason"],
        )
    return table


def format_plan_summary(tally: Tally) -> str:
    """The totals of a plan."""
    return f"{tally.films} films: {tally.verdicts[Verdict.DUB]} to dub ({_format_hours(tally.seconds)}){_format_skipped(tally)}"


def format_summary(tally: Tally) -> str:
    """The totals of a run: dubbed, failed with the reasons, skipped by verdict."""
    head = f"{tally.dubbed} films dubbed ({_format_hours(tally.seconds)}), {len(tally.failures)} failed{_format_skipped(tally)}"
    lines = [
        f"  {console.escape_line(name)}: {console.escape_line(error)}" for name, error in tally.failures[:MAX_FAILURES_SHOWN]
    ]
    rest = len(tally.failures) - len(lines)
    return "\n".join([head, *lines, *([f"  and {rest} more: they are in the report"] if rest else [])])


def _format_skipped(tally: Tally) -> str:
    skipped = [f"{count} {verdict}" for verdict, count in sorted(tally.verdicts.items()) if verdict != Verdict.DUB]
    return f"; left alone: {', '.join(skipped)}" if skipped else ""


def _format_hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h"


@contextmanager
def show_progress_bar(tally: Tally) -> Iterator[Callable[[], None]]:
    """A progress bar over the films of a library; yields the function that redraws it after a change of the tally."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=console.create_stderr_console()) as progress:
        shown = progress.add_task("films", total=tally.films, completed=tally.seen)
        yield lambda: progress.update(shown, completed=tally.seen, description=_format_state(tally))


def _format_state(tally: Tally) -> str:
    failed = f", {len(tally.failures)} failed" if tally.failures else ""
    left = f", about {console.format_duration(tally.left)} left" if tally.left else ""
    return f"films; {tally.dubbed} dubbed ({_format_hours(tally.seconds)}){failed}{left}"
