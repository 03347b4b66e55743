"""Names of others' making on a terminal: shown, never acting."""

import ast
from pathlib import Path

import pytest
from hostile_names import HOSTILE_NAMES, is_harmless

import cli
from cli import console
from cli.library.display import Tally, build_plan_table, format_summary
from cli.progress import create_progress_bars
from cli.tasks.status import build_tasks_table
from cli.tasks.status import format_task as task_summary

MARKUP = "[red]film[bold] [link=example.org]here.mkv"
NAMES = {**HOSTILE_NAMES, "markup": MARKUP}
hostile = pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)

ROOT = Path(cli.__file__).parent
WRITES = {"echo", "secho", "print", "prompt"}  # of click
MAY_WRITE = {"console.py", "main.py"}


def task(path: str, *, error: str | None = None) -> dict:
    return {
        "id": 7, "path": path, "status": "ERROR", "source_lang": "en", "target_langs": ["es"], "duration": 75.0,
        "progress": {"done": 1, "total": 2, "stage": "mix"}, "error": error, "output": path, "outputs": [path] if path else [],
        "audio_track": None, "subtitle_track": None, "preview": None, "warnings": 0, "notes": [], "scripts": [],
    }  # fmt: skip


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    return out + err


@hostile
def test_a_sentence_is_harmless(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.say(f"{console.escape_line(name)}: it is no film")
    assert is_harmless(text := shown(capsys)) and text.endswith("it is no film\n")


@hostile
def test_a_result_is_one_harmless_line(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.write_result(Path("/films") / name)
    assert is_harmless(text := shown(capsys)) and text.startswith("/films/")


@hostile
def test_status_lists_a_task_in_one_harmless_row(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.create_stdout_console().print(build_tasks_table([task(f"/films/{name}")]))
    head, row = shown(capsys).rstrip("\n").split("\n")
    assert is_harmless(head) and is_harmless(row)
    assert console.escape_line(name) in row  # markup too stands as it is


@hostile
def test_status_tells_of_one_task_in_its_own_lines(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.create_stdout_console().print(console.escape_lines(*task_summary(task(f"/films/{name}", error=f"{name} is no film"))))
    lines = shown(capsys).rstrip("\n").split("\n")
    assert len(lines) == 4 and all(map(is_harmless, lines))
    assert all(console.escape_line(name) in line for line in (lines[0], lines[2], lines[3]))


@hostile
def test_a_librarys_plan_has_one_harmless_row_a_film(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"path": f"/films/{name}", "targets": ["es"], "language": "en", "duration": 75.0, "verdict": "dub", "reason": name}
    console.create_stdout_console().print(build_plan_table([row], Path("/films")))
    lines = shown(capsys).rstrip("\n").split("\n")
    assert len(lines) == 2 and all(map(is_harmless, lines))
    assert lines[1].count(console.escape_line(name)) == 2


@hostile
def test_a_librarys_failures_are_harmless(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.say(format_summary(Tally(1, failures=[(name, f"{name} is no film")])))
    lines = shown(capsys).rstrip("\n").split("\n")
    assert len(lines) == 2 and all(map(is_harmless, lines))


@hostile
def test_progress_bars_and_spinners_are_harmless(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with create_progress_bars() as bars:
        bars.add_task(console.escape_line(name), total=None, stage="")
    with console.show_spinner(console.escape_line(name)):
        pass
    assert not {"\x07", "\x9b", "\u202e", "\udcff"} & set(shown(capsys))


def test_commands_write_through_the_screen_alone() -> None:
    """`screen` escapes what it writes; `main` says how a command ended."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in ROOT.rglob("*.py")
        if path.name not in MAY_WRITE
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr in WRITES
        and isinstance(node.value, ast.Name)
        and node.value.id == "click"
    ]
    assert not found
