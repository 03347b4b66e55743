"""Comparison of a figure with its baseline, and tables of them: on the screen, and in the README between two marks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import NotPossible

if TYPE_CHECKING:
    from rich.table import Table

TABLE_HEAD = ("what", "Dubarr", "baseline", "ratio", "baseline is")
BEGIN_MARK, END_MARK = "<!-- ./dubarr bench -->", "<!-- end of bench -->"
SIGNIFICANT_DIGITS = 3  # that mean anything


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of Dubarr beside its baseline, the least possible cost. `against`: the baseline in words.

    `bar`: what was promised of it, in words, "" where nothing was; `kept`: whether the promise holds. `cpu`: stage → seconds of
    CPU time that a dub took, of a film of `seconds`.
    """

    name: str
    figure: float
    baseline: float
    unit: str
    against: str
    bar: str = ""
    kept: bool = True
    cpu: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def ratio(self) -> float:
        """The figure over its baseline."""
        return self.figure / self.baseline

    def cells(self) -> tuple[str, str, str, str, str]:
        """The row of a table."""
        promise = f" ({self.bar}{'' if self.kept else ': MISSED'})" if self.bar else ""
        figures = (
            f"{format_number(self.figure)} {self.unit}",
            f"{format_number(self.baseline)} {self.unit}",
            f"{self.ratio:.2f}",
        )
        return (self.name, *figures, self.against + promise)


def format_number(value: float) -> str:
    """A figure for people: three digits, and no more zeros than it has."""
    return f"{value:,.0f}" if abs(value) >= 10 ** (SIGNIFICANT_DIGITS - 1) else f"{value:.{SIGNIFICANT_DIGITS}g}"


def build_comparison_table(rows: Sequence[Comparison]) -> "Table":
    """The comparisons for the screen."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for name in TABLE_HEAD:
        shown.add_column(name, justify="right" if name in {"Dubarr", "baseline", "ratio"} else "left")
    for row in rows:
        shown.add_row(*row.cells())
    return shown


def build_cpu_table(rows: Sequence[Comparison]) -> "Table":
    """CPU time of the dubs among the comparisons by stage: seconds per second of film."""
    from rich.table import Table

    dubs = [row for row in rows if row.cpu]
    stages = dict.fromkeys(stage for row in dubs for stage in row.cpu)
    shown = Table("CPU seconds a second of film", *(row.name for row in dubs), box=None, pad_edge=False)
    for stage in stages:
        shown.add_row(stage, *(f"{row.cpu.get(stage, 0.0) / row.seconds:.3f}" for row in dubs))
    shown.add_row("all", *(f"{sum(row.cpu.values()) / row.seconds:.3f}" for row in dubs))
    shown.add_row("real-time factor", *(f"{row.figure / row.seconds:.2f}" for row in dubs))
    return shown


def format_markdown(rows: Sequence[Comparison]) -> str:
    """The comparisons as a Markdown table."""
    lines = [TABLE_HEAD, ("---", "---:", "---:", "---:", "---"), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def replace_table(text: str, rows: Sequence[Comparison], *, caption: str) -> str:
    """A README with these comparisons between its marks. NotPossible where it has none."""
    before, after = _split_at_marks(text)
    return f"{before}{BEGIN_MARK}\n{format_markdown(rows)}\n\n{caption}\n{END_MARK}{after}"


def write_table(readme: Path, rows: Sequence[Comparison], *, caption: str) -> None:
    """Put the comparisons into a README, in place of those that stand there."""
    readme.write_text(replace_table(_read_readme(readme), rows, caption=caption), "utf-8")


def require_table_marks(readme: Path) -> None:
    """NotPossible where the comparisons could not be put, before minutes are spent on them."""
    _split_at_marks(_read_readme(readme))


def _read_readme(readme: Path) -> str:
    try:
        return readme.read_text("utf-8")
    except FileNotFoundError as error:
        raise NotPossible(f"{readme} is not there; --write works in a checkout") from error


def _split_at_marks(text: str) -> tuple[str, str]:
    before, begin, rest = text.partition(BEGIN_MARK)
    _, end, after = rest.partition(END_MARK)
    if not begin or not end:
        raise NotPossible(
            f"the README has no place for the table; put the lines {BEGIN_MARK} and {END_MARK} where it shall stand"
        )
    return before, after
