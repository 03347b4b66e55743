"""Status of the language model by Serve's overview of its application."""

from types import SimpleNamespace
from typing import Any

import pytest

from serve.llm.llm_status import compute_llm_status, find_failure_reason


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
    assert compute_llm_status(applications) == expected


@pytest.mark.parametrize(
    ("shell", "expected"), [("READY", "IDLE"), ("IDLE", "IDLE"), ("LOADING", "LOADING"), ("ERROR", "ERROR"), ("OFF", "OFF")]
)
def test_the_worse_of_translator_and_model_counts(shell: str, expected: str) -> None:
    assert compute_llm_status(served("RUNNING"), shell=shell) == expected


def test_what_could_not_even_be_deployed_is_an_error() -> None:
    assert compute_llm_status({}, failed=True) == "ERROR"
    assert compute_llm_status(served("RUNNING", running=1), failed=False) == "READY"


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
