import ast
import inspect
from pathlib import Path

import pytest

from dashboard.views import formatting
from pipeline import stages
from tests.support.dashboard import NOON


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.9, "9.9 s"), (9.97, "10 s"), (59.4, "59 s"), (59.6, "1 min"), (75.1, "1 min 15 s"), (7500, "2 h 5 min")],
)
def test_durations_are_said_in_the_largest_units_that_matter(seconds, said):
    assert formatting.format_duration(seconds) == said


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (7.9, "0:07"), (750, "12:30"), (3723, "1:02:03"), (-1, "0:00")])
def test_a_running_clock_counts_whole_seconds(seconds, shown):
    assert formatting.format_clock(seconds) == shown


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (812, "812 B"), (999_600, "1.0 MB"), (48_300_000, "48 MB"), (3_210_000_000, "3.2 GB"), (5e15, "5000 TB")],
)
def test_sizes_are_said_with_two_or_three_digits(count, said):
    assert formatting.format_size(int(count)) == said


def test_languages_have_english_names_and_nonsense_stays_itself():
    assert [formatting.format_language(tag) for tag in ("es", "pt-BR", "zz-nonsense!", None)] == [
        "Spanish",
        "Portuguese (Brazil)",
        "zz-nonsense!",
        "Unknown",
    ]


def stage_name(function: ast.FunctionDef) -> str | None:
    """The stored name of a stage: `@stage(name=...)`, else its function's; None for another function."""
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "stage":
            return next((ast.literal_eval(each.value) for each in mark.keywords if each.arg == "name"), function.name)
    return None


def test_every_stage_has_words():
    named = {
        name
        for path in Path(inspect.getfile(stages)).parent.rglob("*.py")
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(function, ast.FunctionDef) and (name := stage_name(function))
    }
    assert "fit" in named and named <= set(formatting.STAGE_LABELS)


def test_a_stage_without_words_shows_its_name():
    assert formatting.format_stage("clone_voices") == "Clone voices"


def test_a_moment_carries_its_zone_for_machines():
    assert str(formatting.format_time(NOON)) == '<time datetime="2026-11-23T12:00:00Z">2026-11-23 12:00 UTC</time>'
