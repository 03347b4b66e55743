"""The launcher of the language model: its environment, its program, and the report of its failure."""

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from language_models import plan_of, settings_with

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.llm.llm_launcher import LlmLauncher, find_error_file, find_interpreter


def until(holds: Any, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_environment_is_named_or_lies_beside_ours(tmp_path: Path) -> None:
    python = tmp_path / "named" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert find_interpreter("gpu-24", {"DUBARR_LLM_VENV": str(tmp_path / "named")}) == python


def test_a_missing_environment_is_told_with_the_command_that_makes_it(tmp_path: Path, llm_known: None) -> None:
    with pytest.raises(
        SettingsError, match=r"needs an environment of its own, and .*nowhere is none; run ./dubarr setup --profile gpu-24"
    ):
        find_interpreter("gpu-24", {"DUBARR_LLM_VENV": str(tmp_path / "nowhere")})


def test_the_service_does_not_start_without_it(tmp_path: Path, llm_known: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBARR_LLM_VENV", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="./dubarr setup --profile"):
        LlmLauncher.for_settings(settings_with(tmp_path))


def fake_python(folder: Path, script: str) -> str:
    """An interpreter that runs this shell script instead."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def deployed(folder: Path, script: str) -> Settings:
    settings = Settings(data_dir=folder, logs_dir=folder)
    one = LlmLauncher(settings, plan_of(python=fake_python(folder, script), token="hf_secret"))
    one.start(address="127.0.0.1:6379", namespace="dubarr")
    assert one._thread is not None
    one._thread.join(60)
    return settings


def test_the_program_is_told_where_and_gets_its_plan_where_nobody_reads_along(tmp_path: Path) -> None:
    settings = deployed(tmp_path, f'echo "$@" > {tmp_path}/args; cat > {tmp_path}/plan; echo out; echo err >&2')
    args = (tmp_path / "args").read_text()
    assert args.split() == ["-P", "-m", "serve.llm.language_model", "--address", "127.0.0.1:6379", "--namespace", "dubarr"]
    assert json.loads((tmp_path / "plan").read_text())["token"] == "hf_secret"
    assert (tmp_path / "llm.log").read_text() == "out\nerr\n"
    assert (tmp_path / "llm.log").stat().st_mode & 0o077 == 0
    assert not find_error_file(settings).exists()


def test_its_failure_is_told_with_its_last_words_and_harms_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another test may have configured our packages' logs.
    monkeypatch.setattr(logging.getLogger("serve"), "propagate", True)
    settings = deployed(tmp_path, "echo one >&2; echo 'ValueError: no such model' >&2; exit 3")
    assert "exit code 3: ValueError: no such model" in find_error_file(settings).read_text()
    (record,) = [record for record in caplog.records if record.name == "serve.llm.llm_launcher"]
    assert record.levelname == "ERROR"
    assert str(tmp_path / "llm.log") in record.getMessage()


def test_an_interpreter_that_is_gone_is_a_failure_like_any_other(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, logs_dir=tmp_path)
    one = LlmLauncher(settings, plan_of(python=str(tmp_path / "gone")))
    one._deploy("127.0.0.1:1", "dubarr")
    assert "gone is not installed" in find_error_file(settings).read_text()


def test_stopping_the_service_ends_the_deploying_and_complains_of_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, logs_dir=tmp_path)
    one = LlmLauncher(settings, plan_of(python=fake_python(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")))
    one.start(address="127.0.0.1:1", namespace="dubarr")
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    one.stop()
    assert one._thread is not None and not one._thread.is_alive()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
    assert not find_error_file(settings).exists()


def test_an_old_failure_is_forgotten_at_the_next_start(tmp_path: Path, llm_known: None) -> None:
    settings = settings_with(tmp_path, translator="apertium")
    settings.data_dir.mkdir()
    find_error_file(settings).write_text("old")
    LlmLauncher.for_settings(settings)
    assert not find_error_file(settings).exists()
