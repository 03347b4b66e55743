"""The table of engines, over the real registry."""

import sys

import pytest
from rich.console import Console

from cli import engines
from pipeline.engines.registry import engine_classes
from pipeline.settings import Settings
from serve import profile_loader


def shown(role: str, chosen: Settings = Settings()) -> list[str]:  # noqa: B008 -- a frozen value
    console = Console(width=300, markup=False, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(engines.build_engines_table(role, profile_loader.load_profile(chosen)))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize("role", engines.ROLES)
def test_every_engine_has_a_row(role):
    rows = shown(role)[1:]
    assert {row[2:].split()[0] for row in rows} >= set(engine_classes.engine_names(role))


@pytest.mark.parametrize("role", engines.ROLES)
def test_a_star_marks_the_one_of_the_profile(role):
    starred = [row.split()[1] for row in shown(role)[1:] if row.startswith("*")]
    assert set(starred) == set(profile_loader.load_profile(Settings()).engines(role))
    chosen = engine_classes.engine_names(role)[-1]
    starred = [row.split()[1] for row in shown(role, Settings(**{role: chosen}))[1:] if row.startswith("*")]
    assert starred == [chosen]


def test_a_missing_library_comes_with_the_command_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "whisperx", None)
    assert engines.build_engine_row("transcriber", "whisperx", is_chosen=False)[-1] == "no: TRANSCRIBER=whisperx ./dubarr setup"
    assert engines.build_engine_row("transcriber", "pocketsphinx", is_chosen=True)[-1] == "yes"


def test_languages_are_counted():
    assert engines.count_languages("transcriber", "pocketsphinx") == "1"
    assert engines.count_languages("translator", "apertium").endswith(" pairs")
    assert engines.count_languages("translator", "llm") == "any"
    assert engines.count_languages("diarizer", "ge2e") == "any"


def test_the_engines_of_a_list_are_numbered_by_preference():
    rows = shown("synthesizer", Settings(profile="draft", synthesizer="xtts,espeak"))
    assert {row[: row.index(".)") + 2] for row in rows if row.startswith("*")} == {"* xtts (1.)", "* espeak (2.)"}
