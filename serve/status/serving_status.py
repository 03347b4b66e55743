"""Serving status: deployments, cluster resources and engine reports, read from Serve, Ray and the store actor."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pipeline.settings import Settings
from pipeline.values.service_status import Cluster
from serve.llm import llm_launcher, llm_plan, llm_status
from serve.profile import Profile
from serve.status.health import map_engine_statuses
from serve.status.system_status import DeploymentStatus, ServingStatus
from serve.store.remote_store import RemoteStore

SERVING_TTL_S = 1.0  # a read takes up to 0.1 s of Serve's controller


def read_serving_status(settings: Settings, profile: Profile, application: str, store: RemoteStore) -> ServingStatus:
    """Read deployments, cluster resources and engine reports from Serve, Ray and the store actor. Blocks for some milliseconds."""
    from ray import serve

    reports, applications = store.list_engine_reports(), serve.status().applications
    serves = {
        name: _summarize_deployment(overview, reports[name].trouble if name in reports else None)
        for name, overview in applications[application].deployments.items()
    }
    serving = ServingStatus(serves, map_engine_statuses(profile, serves), _count_cluster(), store.count_inflight_calls())
    return _add_language_model(serving, applications, _read_model_trouble(settings)) if profile.language_model else serving


def _add_language_model(serving: ServingStatus, applications: Mapping[str, Any], trouble: str | None) -> ServingStatus:
    """Add the language model's deployment; the translator's status depends on it."""
    found, failed = applications.get(llm_plan.APPLICATION), trouble is not None
    overview = llm_status.find_model_overview(found) if found else None
    translator = llm_status.compute_llm_status(applications, shell=serving.statuses["llm"], failed=failed)
    return replace(
        serving,
        statuses={**serving.statuses, "llm": translator},
        model=_summarize_deployment(overview, trouble) if overview else DeploymentStatus("UPDATING", running=0, trouble=trouble),
        model_status=llm_status.compute_llm_status(applications, failed=failed),
    )


def _summarize_deployment(overview: Any, trouble: str | None) -> DeploymentStatus:
    return DeploymentStatus(
        overview.status.value,
        running=_count_replicas(overview.replica_states, "RUNNING"),
        starting=_count_replicas(overview.replica_states, "STARTING", "UPDATING", "RECOVERING"),
        stopping=_count_replicas(overview.replica_states, "STOPPING"),
        trouble=trouble,
    )


def _read_model_trouble(settings: Settings) -> str | None:
    """Read the error of the language model's deployment; None where there is none."""
    try:
        return llm_launcher.find_error_file(settings).read_text("utf-8", "replace").strip()
    except FileNotFoundError:
        return None


def _count_cluster() -> Cluster:
    """Count nodes, CPUs and GPUs of the Ray cluster."""
    import ray

    total, free = ray.cluster_resources(), ray.available_resources()
    return Cluster(
        nodes=sum(node["Alive"] for node in ray.nodes()),
        cpus=total.get("CPU", 0.0),
        cpus_free=free.get("CPU", 0.0),
        gpus=total.get("GPU", 0.0),
        gpus_free=free.get("GPU", 0.0),
    )


def _count_replicas(states: Mapping[Any, int], *names: str) -> int:
    return sum(count for state, count in states.items() if getattr(state, "value", state) in names)
