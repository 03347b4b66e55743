"""Status of the language model: health of its Serve application and its deployments, and the reason of a failed deployment."""

from collections.abc import Mapping
from typing import Any

from serve.llm.llm_plan import APPLICATION, LLAMA_DEPLOYMENT, VLLM_DEPLOYMENT

STATUSES_BY_SEVERITY = ("READY", "IDLE", "LOADING", "ERROR", "OFF")  # the best first


def compute_llm_status(applications: Mapping[str, Any], *, shell: str = "READY", failed: bool = False) -> str:
    """Health status of the translator when a model beside the service answers for it: the worse of the two.

    `applications`: `ray.serve.status().applications`. `shell`: our word for the translator's own deployment. `failed`: it
    could not even be deployed. IDLE: scaled to zero, the next question loads it.
    """
    found = applications.get(APPLICATION)
    served = ("ERROR" if failed else "LOADING") if found is None else _map_application_status(found)
    return max(shell, served, key=STATUSES_BY_SEVERITY.index)


def find_model_overview(application: Any) -> Any:
    """Find Serve's overview of the deployment that the model runs in; None where there is none yet."""
    deployments = application.deployments
    return deployments.get(VLLM_DEPLOYMENT) or deployments.get(LLAMA_DEPLOYMENT)


def find_failure_reason(applications: Mapping[str, Any]) -> str:
    """Find the reason why the application failed: the messages of all its deployments, the cause in the last line."""
    found = applications.get(APPLICATION)
    messages = [each.message.strip() for each in found.deployments.values() if each.message] if found else []
    return "\n".join(messages) or (found.message if found else "") or "Serve gave no reason"


def _map_application_status(application: Any) -> str:
    """Map an application, as Serve describes it (`ApplicationStatusOverview`), to our word."""
    if application.status in {"DEPLOY_FAILED", "UNHEALTHY"}:
        return "ERROR"
    model = find_model_overview(application)
    others = [each for each in application.deployments.values() if each is not model]
    if model is None or any(not each.replica_states.get("RUNNING", 0) for each in others):
        return "LOADING"  # it is being deployed, or its ingress is on the way back
    if model.replica_states.get("RUNNING", 0):
        return "READY"
    return "IDLE" if model.status in {"HEALTHY", "DOWNSCALING"} else "LOADING"
