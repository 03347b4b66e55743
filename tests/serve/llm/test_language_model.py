"""The language model beside the service: what vLLM is told, who may ask it, and how its failure is told."""

import json
import logging
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from running_applications import two_applications

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.auth import llm_api_key
from serve.llm import language_model
from serve.llm.language_model import (
    Plan,
    find_access,
    find_failure_reason,
    find_language_model,
    ingress_options,
    llm_config,
    llm_status,
)
from serve.llm.llm_launcher import LlmLauncher, error_file, interpreter
from serve.profile import LanguageModel, Scaling

ROOT = Path(__file__).parents[3]
SHARED_CARD = LanguageModel(model="owner/small", revision="abc123", num_gpus=0.4, memory=0.38, calls=16)
PROFILE = """
transcriber: {engine: pocketsphinx}
diarizer: {engine: ge2e}
translator: {engine: %s}
synthesizer: {engine: espeak}
language_model: {model: owner/small, revision: abc123, num_gpus: 0.4, memory: 0.38}
"""


def settings_with(folder: Path, translator: str = "llm", **given: Any) -> Settings:
    """Settings whose profile has a language model, in a folder of their own."""
    profile = folder / "profile.yaml"
    profile.write_text(PROFILE % translator)
    given = {"data_dir": folder / "data", "logs_dir": folder / "logs", **given}
    return Settings(profile=str(profile), **given)


@pytest.fixture
def llm_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry with an `llm` translator, whether or not this checkout's has one."""
    from pipeline.engines.registry import engine_classes

    monkeypatch.setitem(engine_classes.ENGINES["translator"], "llm", "translator_apertium:ApertiumTranslator")


def plan_of(model: LanguageModel = SHARED_CARD, **given: Any) -> Plan:
    return Plan(**{"language_model": model, "digest": "0" * 64, "python": "/opt/llm/bin/python", **given})


# What vLLM and Serve are told


def test_a_share_of_a_card_is_the_bundle_and_vllms_memory_stays_within_it() -> None:
    config = llm_config(SHARED_CARD, python="/opt/llm/bin/python")
    assert config["placement_group_config"]["bundle_per_worker"] == {"CPU": 1, "GPU": 0.4}
    assert config["engine_kwargs"]["gpu_memory_utilization"] == 0.38
    assert config["engine_kwargs"]["tensor_parallel_size"] == 1
    assert config["deployment_config"]["ray_actor_options"] == {"num_cpus": 0}, "the replica works in its first bundle"


def test_a_share_that_is_smaller_than_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="more of the card than num_gpus"):
        LanguageModel(model="owner/small", num_gpus=0.4, memory=0.5)


def test_several_cards_are_one_bundle_each_on_one_machine() -> None:
    config = llm_config(LanguageModel(model="owner/big", num_gpus=4), python="python")
    assert config["engine_kwargs"]["tensor_parallel_size"] == 4
    assert config["placement_group_config"] == {"bundle_per_worker": {"CPU": 1, "GPU": 1.0}, "strategy": "STRICT_PACK"}


def test_custom_resources_pin_every_bundle() -> None:
    model = SHARED_CARD.model_copy(update={"resources": {"big-card": 0.01}})
    assert llm_config(model, python="python")["placement_group_config"]["bundle_per_worker"]["big-card"] == 0.01


def test_an_idle_model_may_leave_its_card_while_its_ingress_stays() -> None:
    model = SHARED_CARD.model_copy(update={"scaling": Scaling(least=0, most=3, idle=60)})
    scaling = llm_config(model, python="python")["deployment_config"]["autoscaling_config"]
    assert (scaling["min_replicas"], scaling["max_replicas"]) == (0, 3)
    assert scaling["downscale_delay_s"] == scaling["downscale_to_zero_delay_s"] == 60
    assert ingress_options(plan_of(model))["num_replicas"] == 1


def test_requests_are_bounded_everywhere() -> None:
    model = SHARED_CARD.model_copy(update={"scaling": Scaling(least=1, most=2)})
    config = llm_config(model, python="python")
    assert config["deployment_config"]["max_ongoing_requests"] == config["engine_kwargs"]["max_num_seqs"] == 16
    assert 0 < config["deployment_config"]["autoscaling_config"]["target_ongoing_requests"] <= 16
    assert ingress_options(plan_of(model))["max_ongoing_requests"] == 64


def test_one_call_at_a_time_still_asks_for_a_whole_request() -> None:
    model = SHARED_CARD.model_copy(update={"calls": 1})
    assert llm_config(model, python="python")["deployment_config"]["autoscaling_config"]["target_ongoing_requests"] == 1.0


def test_further_options_reach_vllm_and_win_over_our_habits() -> None:
    model = SHARED_CARD.model_copy(update={"options": {"enforce_eager": True, "seed": 7}})
    arguments = llm_config(model, python="python")["engine_kwargs"]
    assert (arguments["enforce_eager"], arguments["seed"], arguments["max_model_len"]) == (True, 7, 8192)


@pytest.mark.parametrize(
    ("option", "instead"), [("gpu_memory_utilization", "memory"), ("tensor_parallel_size", "num_gpus"), ("revision", "revision")]
)
def test_an_option_that_the_profile_says_elsewhere_is_refused_with_its_name(option: str, instead: str) -> None:
    model = SHARED_CARD.model_copy(update={"options": {option: 1}})
    with pytest.raises(SettingsError, match=f"{option}.*say it by {instead}"):
        llm_config(model, python="python")


def test_every_replica_runs_in_the_other_environment_and_tells_nobody() -> None:
    plan = plan_of(python="/opt/my llm/bin/python")
    for environment in (
        llm_config(plan.language_model, python=plan.python)["runtime_env"],
        ingress_options(plan)["ray_actor_options"]["runtime_env"],
    ):
        assert environment["py_executable"] == "'/opt/my llm/bin/python'", "Ray hands it to a shell"
        assert environment["env_vars"]["VLLM_NO_USAGE_STATS"] == "1"


def test_a_plan_travels_as_json_and_does_not_show_its_token(tmp_path: Path) -> None:
    plan = plan_of(models_dir=tmp_path, token="hf_secret")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert "hf_secret" not in repr(plan)
    assert (plan.hub.folder, plan.hub.token) == (tmp_path, "hf_secret")


# What the settings want


def test_the_profiles_model_is_wanted_and_the_translator_told_how_to_ask_it(tmp_path: Path, llm_known: None) -> None:
    settings = settings_with(tmp_path, port=8765)
    model = find_language_model(settings)
    assert model is not None
    assert (model.model, model.revision) == ("owner/small", "abc123")
    told = find_access(settings)
    assert told == {
        "url": "http://127.0.0.1:8765/llm/v1",
        "api_key": llm_api_key.load_llm_api_key(settings),
        "model": "owner/small",
    }
    assert language_model.plan(settings, model, python="python").digest == llm_api_key.digest_key(told["api_key"])


def test_translator_model_names_another_model_for_vllm_as_well(tmp_path: Path, llm_known: None) -> None:
    settings = settings_with(tmp_path, translator_model="other/model@def456")
    model = find_language_model(settings)
    assert model is not None
    assert (model.model, model.revision, model.num_gpus) == ("other/model", "def456", 0.4)
    assert find_access(settings)["model"] == "other/model"


@pytest.mark.parametrize("given", [{"llm_url": "http://elsewhere/v1"}, {"translator": "apertium"}])
def test_where_another_server_or_engine_translates_there_is_nothing_to_start(
    tmp_path: Path, llm_known: None, given: dict[str, str]
) -> None:
    settings = settings_with(tmp_path, **given)
    assert find_language_model(settings) is None
    assert find_access(settings) == {}
    assert LlmLauncher.for_settings(settings) is None
    assert not (tmp_path / "data" / "llm.key").exists()


# Its environment


def test_the_environment_is_named_or_lies_beside_ours(tmp_path: Path) -> None:
    python = tmp_path / "named" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    assert interpreter("gpu-24", {"DUBARR_LLM_VENV": str(tmp_path / "named")}) == python


def test_a_missing_environment_is_told_with_the_command_that_makes_it(tmp_path: Path, llm_known: None) -> None:
    with pytest.raises(
        SettingsError, match=r"needs an environment of its own, and .*nowhere is none; run ./dubarr setup --profile gpu-24"
    ):
        interpreter("gpu-24", {"DUBARR_LLM_VENV": str(tmp_path / "nowhere")})


def test_the_service_does_not_start_without_it(tmp_path: Path, llm_known: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBARR_LLM_VENV", str(tmp_path / "nowhere"))
    with pytest.raises(SettingsError, match="./dubarr setup --profile"):
        LlmLauncher.for_settings(settings_with(tmp_path))


def test_where_ray_serve_llm_is_missing_the_interpreter_is_named() -> None:
    code = textwrap.dedent("""
        import sys
        sys.modules["ray.serve.llm"] = None  # as where it is not installed
        from pipeline.errors import SettingsError
        from serve.llm.language_model import Plan, application
        try:
            application(Plan.model_validate_json(sys.argv[1]))
        except SettingsError as error:
            print(error)
    """)
    args = [sys.executable, "-c", code, plan_of().model_dump_json()]
    ran = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{sys.executable} has no ray.serve.llm" in ran.stdout
    assert "./dubarr setup --profile" in ran.stdout


def test_importing_it_loads_neither_ray_nor_vllm() -> None:
    code = "import sys, serve.llm.language_model, serve.llm.llm_launcher; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"ray", "vllm", "torch", "duckdb", "fastapi"} & set(loaded)


# The program that deploys it


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
    assert not error_file(settings).exists()


def test_its_failure_is_told_with_its_last_words_and_harms_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another test may have configured our packages' logs.
    monkeypatch.setattr(logging.getLogger("serve"), "propagate", True)
    settings = deployed(tmp_path, "echo one >&2; echo 'ValueError: no such model' >&2; exit 3")
    assert "exit code 3: ValueError: no such model" in error_file(settings).read_text()
    (record,) = [record for record in caplog.records if record.name == "serve.llm.llm_launcher"]
    assert record.levelname == "ERROR"
    assert str(tmp_path / "llm.log") in record.getMessage()


def test_an_interpreter_that_is_gone_is_a_failure_like_any_other(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, logs_dir=tmp_path)
    one = LlmLauncher(settings, plan_of(python=str(tmp_path / "gone")))
    one._deploy("127.0.0.1:1", "dubarr")
    assert "gone is not installed" in error_file(settings).read_text()


def test_stopping_the_service_ends_the_deploying_and_complains_of_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, logs_dir=tmp_path)
    one = LlmLauncher(settings, plan_of(python=fake_python(tmp_path, f"echo $$ > {tmp_path}/pid; exec sleep 600")))
    one.start(address="127.0.0.1:1", namespace="dubarr")
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().strip())
    one.stop()
    assert one._thread is not None and not one._thread.is_alive()
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()
    assert not error_file(settings).exists()


def test_an_old_failure_is_forgotten_at_the_next_start(tmp_path: Path, llm_known: None) -> None:
    settings = settings_with(tmp_path, translator="apertium")
    settings.data_dir.mkdir()
    error_file(settings).write_text("old")
    LlmLauncher.for_settings(settings)
    assert not error_file(settings).exists()


# How it is


def served(status: str, *, vllm: str = "HEALTHY", running: int = 0, ingress: int = 1, message: str = "") -> dict[str, Any]:
    """The applications as Serve's status describes them."""
    deployments = {
        "vllm": SimpleNamespace(status=vllm, replica_states={"RUNNING": running} if running else {}, message=message),
        "ingress": SimpleNamespace(status="HEALTHY", replica_states={"RUNNING": ingress} if ingress else {}, message=""),
    }
    return {"dubarr": None, "dubarr-llm": SimpleNamespace(status=status, message="", deployments=deployments)}


@pytest.mark.parametrize(
    ("applications", "expected"),
    [
        ({"dubarr": None}, "LOADING"),
        (served("DEPLOYING", vllm="UPDATING"), "LOADING"),
        (served("DEPLOYING", vllm="HEALTHY", running=1, ingress=0), "LOADING"),
        (served("RUNNING", running=1), "READY"),
        (served("RUNNING", vllm="UPSCALING", running=1), "READY"),
        (served("RUNNING"), "IDLE"),
        (served("RUNNING", vllm="UPSCALING"), "LOADING"),
        (served("RUNNING", vllm="DOWNSCALING"), "IDLE"),
        (served("DEPLOY_FAILED", vllm="DEPLOY_FAILED"), "ERROR"),
        (served("UNHEALTHY", vllm="UNHEALTHY", running=1), "ERROR"),
    ],
)
def test_health_says_how_the_model_is(applications: dict[str, Any], expected: str) -> None:
    assert llm_status(applications) == expected


@pytest.mark.parametrize(
    ("shell", "expected"), [("READY", "IDLE"), ("IDLE", "IDLE"), ("LOADING", "LOADING"), ("ERROR", "ERROR"), ("OFF", "OFF")]
)
def test_the_worse_of_translator_and_model_counts(shell: str, expected: str) -> None:
    assert llm_status(served("RUNNING"), shell=shell) == expected


def test_what_could_not_even_be_deployed_is_an_error() -> None:
    assert llm_status({}, failed=True) == "ERROR"
    assert llm_status(served("RUNNING", running=1), failed=False) == "READY"


def test_the_cause_of_a_failure_is_the_last_thing_said() -> None:
    told = find_failure_reason(served("DEPLOY_FAILED", message="failed 3 times\nRuntimeError: no card\n"))
    assert told.splitlines()[-1] == "RuntimeError: no card"
    assert find_failure_reason({}) == "Serve gave no reason"


def test_serves_own_words_are_those_we_know() -> None:
    from ray.serve.schema import ApplicationStatus
    from ray.serve._private.common import DeploymentStatus, ReplicaState  # isort: skip

    assert {"DEPLOY_FAILED", "UNHEALTHY"} < {each.value for each in ApplicationStatus}
    assert {"HEALTHY", "DOWNSCALING"} < {each.value for each in DeploymentStatus}
    assert "RUNNING" in {each.value for each in ReplicaState}


# Behind HAProxy, with real Ray


def until(holds: Any, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def status(url: str, path: str, headers: dict[str, str] | None = None) -> int:
    return httpx.get(url + path, headers=headers, timeout=30).status_code


@pytest.mark.slow
def test_a_second_application_on_our_port_answers_only_to_the_key(tmp_path: Path) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    with two_applications(tmp_path, "gate") as (url, key):
        until(lambda: status(url, "/llm/v1/models") == 401)
        assert status(url, "/llm/v1/models") == 401
        assert status(url, "/llm/v1/models", {"authorization": "Bearer wrong"}) == 401
        assert status(url, "/llm/docs") == status(url, "/llm/openapi.json") == status(url, "/llm") == 401
        assert httpx.get(f"{url}/llm/v1/models", headers=key, timeout=30).json() == {"object": "list"}
        assert httpx.get(f"{url}/llmx", timeout=30).text == "page /llmx"
        assert httpx.get(f"{url}/health", timeout=30).text == "page /health"
        live = url.replace("http", "ws") + "/llm/v1/live"
        with pytest.raises(InvalidStatus, match="401"), connect(live):
            pass
        with connect(live, additional_headers=key) as socket:
            assert socket.recv() == "ours"


@pytest.mark.slow
def test_ray_serve_llm_deploys_what_we_tell_it_behind_the_gate(tmp_path: Path) -> None:
    try:
        interpreter("test")
    except SettingsError:
        pytest.skip("no environment with ray.serve.llm: DUBARR_LLM_VENV is not set and there is no .venv-llm")
    with two_applications(tmp_path, "vllm") as (url, key):
        assert not error_file(Settings(data_dir=tmp_path / "data")).exists(), (tmp_path / "logs" / "llm.log").read_text()[-3000:]
        assert status(url, "/llm/v1/models") == status(url, "/llm/docs") == 401
        (model,) = httpx.get(f"{url}/llm/v1/models", headers=key, timeout=30).json()["data"]
        assert model["id"] == "owner/tiny"
        assert status(url, "/llm/v1/models/owner/tiny", key) == 200
        asked = httpx.post(f"{url}/llm/v1/chat/completions", headers=key, json={"model": "other", "messages": []}, timeout=30)
        assert asked.status_code == 404
        assert httpx.post(f"{url}/llm/v1/embeddings", headers=key, json={}, timeout=30).status_code == 404
        assert httpx.get(f"{url}/health", timeout=30).text == "page /health"
