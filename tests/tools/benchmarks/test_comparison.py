"""Tables of figures beside their baselines, and where they stand in the README."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.errors import NotPossible
from tools.benchmarks.comparison import (
    BEGIN_MARK,
    END_MARK,
    Comparison,
    build_comparison_table,
    format_markdown,
    format_number,
    replace_table,
    require_table_marks,
    write_table,
)

MIXING = Comparison("mixing", 3.0, 1.5, "s", "ffmpeg alone")
DUB = Comparison("a film of 1 min", 8.0, 5.0, "s", "work alone", "3 s more, at most 1.5 s", kept=False)


def test_a_figure_is_told_beside_its_floor():
    assert MIXING.cells() == ("mixing", "3 s", "1.5 s", "2.00", "ffmpeg alone")


def test_a_promise_that_is_not_kept_is_told():
    assert DUB.cells()[-1] == "work alone (3 s more, at most 1.5 s: MISSED)"


@pytest.mark.parametrize(
    ("value", "shown"), [(0.12345, "0.123"), (1.5, "1.5"), (12.345, "12.3"), (123.45, "123"), (4321.0, "4,321"), (0.0, "0")]
)
def test_a_figure_has_three_digits(value, shown):
    assert format_number(value) == shown


def test_markdown_has_as_many_cells_in_every_line():
    lines = format_markdown([MIXING, DUB]).splitlines()
    assert len(lines) == 4 and {line.count("|") for line in lines} == {6}


def test_the_screen_shows_every_row():
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(build_comparison_table([MIXING, DUB]))
    shown = console.export_text()
    assert "mixing" in shown and "MISSED" in shown


def test_the_table_replaces_what_stood_between_the_marks_and_nothing_else(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN_MARK}\n| old |\n{END_MARK}\nafter\n")
    write_table(readme, [MIXING], caption="On 2 cores.")
    once = readme.read_text()
    assert once == f"before\n{BEGIN_MARK}\n{format_markdown([MIXING])}\n\nOn 2 cores.\n{END_MARK}\nafter\n"
    write_table(readme, [MIXING], caption="On 2 cores.")
    assert readme.read_text() == once


@pytest.mark.parametrize("text", ["no marks", f"only {BEGIN_MARK}", f"{END_MARK} before {BEGIN_MARK}"])
def test_a_readme_without_a_place_for_it_is_left_alone(text):
    with pytest.raises(NotPossible, match="no place"):
        replace_table(text, [MIXING], caption="")


def test_our_readme_has_the_place():
    require_table_marks(Path(__file__).parents[3] / "README.md")


def test_outside_a_checkout_there_is_no_place(tmp_path):
    with pytest.raises(NotPossible, match="works in a checkout"):
        require_table_marks(tmp_path / "README.md")
