"""The set-up's steps as they run: what is shown, what is logged, what stays when one fails."""

import os
import sys
from pathlib import Path

import pytest

from cli.install import engine_environments, setup
from cli.install.engine_environments import LLM, MODELS, Environment, is_up_to_date
from cli.install.environment_pins import Kind, read_stamp
from cli.install.install_steps import Step, list_install_steps
from pipeline.errors import DubarrError

ALL = frozenset(MODELS)

# Plays an environment's python: writes down what it is asked, and fails where FAILS is among it.
PYTHON = """#!/bin/bash
echo "$*" >> "$CALLS"
echo "PYTHONPATH=$PYTHONPATH HF_HUB_OFFLINE=$HF_HUB_OFFLINE"
if [[ -n ${FAILS:-} && $* == *"$FAILS"* ]]; then echo "no such version" >&2; exit 1; fi
"""


@pytest.fixture
def log(tmp_path):
    with (tmp_path / "setup.log").open("a+b", buffering=0) as said:
        yield said


@pytest.fixture
def environment(tmp_path, monkeypatch) -> Environment:
    made = Environment(tmp_path / "env", Kind.CPU, ALL)
    made.python.parent.mkdir(parents=True)
    made.python.write_text(PYTHON)
    made.python.chmod(0o755)
    (made.folder / "pyvenv.cfg").touch()
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return made


def calls(tmp_path: Path) -> list[str]:
    path = tmp_path / "calls"
    return path.read_text().splitlines() if path.exists() else []


def test_every_step_is_taken_and_the_environment_is_made(environment, log, tmp_path):
    setup.make_environment(environment, log)
    assert calls(tmp_path) == [" ".join(step.args[1:]) for step in list_install_steps(environment)]
    assert is_up_to_date(environment)


def test_a_step_is_named_on_the_terminal_and_what_it_says_is_logged(log, capsys, tmp_path):
    setup.run_step(
        Step("counting", (sys.executable, "-c", "import sys; print('one', flush=True); print('two', file=sys.stderr)")), log
    )
    assert capsys.readouterr().err.startswith("dubarr: counting … ")
    assert (tmp_path / "setup.log").read_text().splitlines() == ["── counting", "one", "two"]


def test_a_step_that_fails_shows_its_own_last_lines_and_the_log(log, tmp_path):
    log.write(b"what an earlier set-up said\n")
    lines = "; ".join(f"print('line {number}')" for number in range(40))
    with pytest.raises(DubarrError) as error:
        setup.run_step(Step("counting", (sys.executable, "-c", f"{lines}; raise SystemExit('enough')")), log)
    words = str(error.value)
    assert "line 39" in words and "enough" in words and "line 3\n" not in words and "earlier" not in words
    assert words.endswith(f'the set-up stopped at "counting"; all it said is in {tmp_path / "setup.log"}')


def test_a_program_that_is_missing_is_told(log):
    with pytest.raises(DubarrError, match='stopped at "trying"'):
        setup.run_step(Step("trying", ("/no/such/program",)), log)


def test_what_failed_is_tried_again(environment, log, tmp_path, monkeypatch):
    monkeypatch.setenv("FAILS", "whisperx torchcodec")
    with pytest.raises(DubarrError, match="no such version"):
        setup.make_environment(environment, log)
    assert not is_up_to_date(environment)
    assert read_stamp(environment.folder).kind is Kind.CPU, "the wrapper must know whose pins to spare"
    monkeypatch.delenv("FAILS")
    setup.make_environment(environment, log)
    assert is_up_to_date(environment)


def test_steps_see_neither_our_pythonpath_nor_a_network(environment, log, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    setup.make_environment(environment, log)
    assert "PYTHONPATH= HF_HUB_OFFLINE=1" in (tmp_path / "setup.log").read_text()
    assert os.environ["PYTHONPATH"] == "/somewhere"


def test_a_folder_with_something_else_is_left_alone(tmp_path, log):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").touch()
    with pytest.raises(DubarrError, match="something else than a virtual environment; give DUBARR_LLM_VENV another folder"):
        setup.make_environment(Environment(tmp_path / "photos", Kind.LLM, frozenset({LLM})), log)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["me.jpg"]


@pytest.mark.parametrize(("kind", "needed"), [(Kind.CPU, 4), (Kind.GPU, 10), (Kind.LLM, 15)])
def test_too_small_a_disk_is_refused_beforehand(tmp_path, kind, needed):
    environment = Environment(tmp_path / "env", kind, ALL)
    setup.require_room(environment, needed + 0.1)
    with pytest.raises(DubarrError, match=rf"needs {needed} GB, and its disk has 1\.5 GB free; make room there, or .*DUBARR_"):
        setup.require_room(environment, 1.5)


def test_what_is_there_already_needs_no_room_again(environment):
    engine_environments.record_installation(environment, finished=False)
    with (environment.folder / "torch").open("wb") as big:
        big.truncate(3 * 10**9)  # a sparse file
    setup.require_room(environment, 2.5)
    with pytest.raises(DubarrError, match="needs 2 GB"):
        setup.require_room(environment, 1.5)
