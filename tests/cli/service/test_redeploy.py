"""`./dubarr redeploy` as far as it goes without a service; tests/end_to_end/test_faults.py has the rest."""

import json
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from cli.service import redeploy as command
from pipeline.errors import NotPossible
from pipeline.settings import Settings
from serve.runtime import state_file


def test_without_a_service_there_is_nothing_to_replace(tmp_path: Path) -> None:
    done = CliRunner().invoke(command.redeploy, env={"DUBARR_HOME": str(tmp_path), "DATA_DIR": str(tmp_path)})
    assert "no service runs here" in str(done.exception)


def test_a_service_that_moved_to_another_port_wants_a_start(tmp_path: Path) -> None:
    state_file.write_state(Settings(data_dir=tmp_path, port=8123), ready=True, ray="127.0.0.1:1")
    environment = {"DUBARR_HOME": str(tmp_path), "DATA_DIR": str(tmp_path), "PORT": "8124"}
    done = CliRunner().invoke(command.redeploy, ["--inside"], env=environment)
    assert isinstance(done.exception, NotPossible)
    assert ":8123, and its settings say http://127.0.0.1:8124 now: ./dubarr stop, then serve" in str(done.exception)


def test_a_service_that_only_starts_anew_just_now_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as supervisor:  # that has no host
        state_file.write_state(Settings(data_dir=tmp_path), ready=True, pid=supervisor.pid, ray="127.0.0.1:1")
        done = CliRunner().invoke(command.redeploy, env={"DUBARR_HOME": str(tmp_path), "DATA_DIR": str(tmp_path)})
        supervisor.communicate(b"\n")
    assert "is restarting" in str(done.exception)


def test_a_service_whose_modules_lay_elsewhere_cannot_be_replaced_piece_by_piece(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    state_file.write_state(settings, ready=True, ray="127.0.0.1:1")
    state = json.loads(state_file.find_state_file(settings).read_text())
    del state["layout"]  # a service before layouts were told
    state_file.find_state_file(settings).write_text(json.dumps(state))
    done = CliRunner().invoke(command.redeploy, env={"DUBARR_HOME": str(tmp_path), "DATA_DIR": str(tmp_path)})
    assert isinstance(done.exception, NotPossible)
    assert "cannot be replaced piece by piece: ./dubarr stop, then serve" in str(done.exception)


def test_the_environment_and_folder_of_a_process_are_those_it_was_started_with(tmp_path: Path) -> None:
    code = "import os; os.environ['LATER'] = '1'; print(flush=True); input()"
    given = {"ONE": "a=b\nc", "TWO": ""}
    with subprocess.Popen(
        [sys.executable, "-c", code], env=given, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = command.read_service_environment(process.pid)
        process.communicate(b"\n")
    assert found == (given, tmp_path)
