"""Connection of a worker to its engines: those of the profile, and those that a rule chooses from the profile's lists."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from ray.serve.handle import DeploymentHandle

from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_builder
from serve.engine_preferences import describe_lost_choices, narrow_profile
from serve.engines.inflight_calls import InflightCalls
from serve.engines.remote_engines import connect_engines
from serve.intake.supported_languages import require_targets
from serve.profile import Profile
from serve.worker.task_execution import WorkerEngines


def connect_worker_engines(profile: Profile, handles: Mapping[Role, DeploymentHandle]) -> WorkerEngines:
    """Connect the engines of a worker, also those that a rule chooses from the profile's lists."""
    inflight = InflightCalls()
    engines = connect_engines(profile, handles, inflight)
    tools = WorkerEngines(
        engines,
        engine_builder.build_detector(),
        inflight.count_by_deployment,
        inflight.cancel_all,
        partial(require_targets, profile),
        engine_builder.build_voice_embedder(),
        names=list_engine_names(profile),
    )

    def choose(pairs: Sequence[tuple[str, str]]) -> WorkerEngines:
        narrowed = narrow_profile(profile, pairs)
        return replace(
            tools,
            engines=connect_engines(profile, handles, inflight, chosen=pairs),
            require=partial(require_targets, narrowed),
            notes=describe_lost_choices(profile, pairs),
            names=list_engine_names(narrowed),
        )

    return replace(tools, choose=choose)


def list_engine_names(profile: Profile) -> dict[str, str]:
    """Role → name of its engine, or names of a list."""
    return {role: share.engine for role, share in profile.roles().items()}
