"""The language model as a Serve application of its own: vLLM by ray.serve.llm in `.venv-llm`, or llama.cpp in `.venv-llama`.

It shares the cluster, the cards and the port with the service, and nothing else: vLLM and our other engines want
different builds of the same libraries, and llama.cpp is a process of a replica (llama_deployment). This module is light in both environments; ray.serve.llm is imported where the
application is built, which only `.venv-llm` can. A Serve config may name `serve.llm.language_model:build` as well, with that
environment's interpreter as the application's `py_executable`.
"""

import argparse
import logging
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import SettingsError
from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from serve import profile as profiles
from serve.auth import llm_api_key
from serve.profile import LLAMA_CPP, LanguageModel

if TYPE_CHECKING:
    from ray import serve

log = logging.getLogger(__name__)

APPLICATION = "dubarr-llm"
ROUTE = "/llm"
DEPLOYMENT = "vllm"
LLAMA_DEPLOYMENT = "llama"
SEED = 0
ATTEMPTS = 3  # at a start: a neighbour that loads at the same moment can upset how vLLM measures the card
UPSCALE_DELAY = 10.0  # s of more work than the replicas like before another one is started
BUSY = 0.75  # of the requests a replica takes: more than that on average asks for another replica

# Said elsewhere in the profile, where they are checked against the share of the card, or decided by Serve.
TAKEN = {
    "model": "model",
    "served_model_name": "model",
    "revision": "revision",
    "gpu_memory_utilization": "memory",
    "max_model_len": "window",
    "max_num_seqs": "calls",
    "tensor_parallel_size": "num_gpus",
    "pipeline_parallel_size": "num_gpus",
    "data_parallel_size": "scaling",
    "distributed_executor_backend": "num_gpus",
}
QUIET = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
SEVERITY = ("READY", "IDLE", "LOADING", "ERROR", "OFF")


class Plan(BaseModel):
    """All that the application is built from. `digest`: of the key; `python`: the environment's interpreter, on every node."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language_model: LanguageModel
    digest: str
    python: str
    models_dir: Path | None = None
    token: str | None = Field(default=None, repr=False)

    @property
    def hub(self) -> Hub:
        """Model hub from which the replicas get the model."""
        return Hub(self.models_dir, self.token)


class Args(BaseModel):
    """Arguments of a Serve config, under `args`; everything else comes from the environment and `.env`."""

    model_config = ConfigDict(extra="forbid")

    profile: str | None = None


def find_language_model(settings: Settings) -> LanguageModel | None:
    """Find the language model that these settings want us to serve; None where their profile has none or LLM_URL names a server. SettingsError."""
    model = profiles.load_profile(settings).language_model
    if settings.language_model is not None:
        return _with_file(settings, model, settings.language_model)
    named, _, revision = (settings.translator_model or "").partition("@")
    return model.model_copy(update={"model": named, "revision": revision or None}) if model and named else model


def _with_file(settings: Settings, model: LanguageModel | None, file: Path) -> LanguageModel:
    """The profile's model with the file of LANGUAGE_MODEL in its place. SettingsError where it cannot be served."""
    from serve.llm.llama_process import require_gguf

    if model is None or model.server != LLAMA_CPP:
        advice = f"profile {settings.profile} serves no GGUF file; choose PROFILE=embedded-llm, or leave it unset"
        raise SettingsError("LANGUAGE_MODEL", str(file), advice)
    require_gguf(file, named=str(file))
    return model.model_copy(update={"model": str(file), "revision": None})


def plan(settings: Settings, model: LanguageModel, *, python: str) -> Plan:
    """All that the application is built from, with the service's own key."""
    return Plan(
        language_model=model,
        digest=llm_api_key.digest_key(llm_api_key.load_llm_api_key(settings)),
        python=python,
        models_dir=settings.models_dir,
        token=settings.hf_token,
    )


def find_access(settings: Settings) -> dict[str, str]:
    """Access of the translator to the model: its options `url`, `api_key` and `model`, and of a GGUF file the `revision` by its
    content. Empty where there is no model of ours.
    """
    model = find_language_model(settings)
    if model is None:
        return {}
    given = {"url": f"{settings.url}{ROUTE}/v1", "api_key": llm_api_key.load_llm_api_key(settings), "model": model.alias}
    return given | ({"revision": _content(settings, model)} if model.server == LLAMA_CPP else {})


def _content(settings: Settings, model: LanguageModel) -> str:
    """Content digest that tells a GGUF model's weights from others of the same name; "" where they are not here."""
    from pipeline.models.model_identity import identify_weights
    from pipeline.values.media import compute_sampled_digest

    path = Path(model.model)
    if model.is_file:
        return compute_sampled_digest(path, path.stat().st_size)[:12]
    folder = Hub(settings.models_dir, settings.hf_token).find_folder(model.model)
    return identify_weights(folder) if folder else ""


def llm_config(model: LanguageModel, *, python: str) -> dict[str, Any]:
    """Arguments of `ray.serve.llm.LLMConfig`. SettingsError where `options` say what the profile says elsewhere."""
    for name in sorted(model.options.keys() & TAKEN.keys()):
        raise SettingsError("PROFILE", name, f"take it out of language_model's options and say it by {TAKEN[name]}")
    cards = max(1, int(model.num_gpus))
    return {
        "model_loading_config": {"model_id": model.model, "model_source": model.model},
        "engine_kwargs": {
            "max_model_len": model.window,
            "gpu_memory_utilization": model.memory,
            "tensor_parallel_size": cards,
            "max_num_seqs": model.calls,
            "seed": SEED,
            "generation_config": "vllm",  # a request says how to sample; a model's own habits do not
            **model.options,
        },
        # One bundle a card, all on one machine. The replica itself asks for nothing more: it works in the first bundle.
        "placement_group_config": {
            "bundle_per_worker": {"CPU": 1, "GPU": model.num_gpus / cards, **model.resources},
            "strategy": "STRICT_PACK",
        },
        "deployment_config": _deployment_config(model),
        "runtime_env": runtime_env(python),
    }


def _deployment_config(model: LanguageModel) -> dict[str, Any]:
    return {
        "autoscaling_config": {
            "min_replicas": model.scaling.least,
            "max_replicas": model.scaling.most,
            "target_ongoing_requests": max(1.0, model.calls * BUSY),
            "upscale_delay_s": UPSCALE_DELAY,
            "downscale_delay_s": model.scaling.idle,
            "downscale_to_zero_delay_s": model.scaling.idle,
        },
        "max_ongoing_requests": model.calls,  # ray.serve.llm's own limit is 1e9
        "ray_actor_options": {"num_cpus": 0},
        "max_constructor_retry_count": ATTEMPTS,
        "health_check_period_s": 10,
        "health_check_timeout_s": 30,
        "graceful_shutdown_timeout_s": 30,  # s that a translation under way may take to end
    }


def runtime_env(python: str) -> dict[str, Any]:
    """Runtime environment that makes a replica run in the other virtual environment. Ray hands the interpreter to a shell: it is quoted for that."""
    return {"py_executable": shlex.quote(python), "env_vars": dict(QUIET)}


def ingress_options(plan: Plan) -> dict[str, Any]:
    """The options of the deployment before vLLM. It stays when the model leaves its card: an answer then waits for it."""
    model = plan.language_model
    return {
        "name": "ingress",
        "num_replicas": 1,
        "max_ongoing_requests": 2 * model.calls * model.scaling.most,  # as many again may wait for their turn
        "ray_actor_options": {"num_cpus": 0.1, "runtime_env": runtime_env(plan.python)},
        "health_check_period_s": 2,
        "health_check_timeout_s": 10,
    }


def application(plan: Plan) -> "serve.Application":
    """The Serve application: our gate and OpenAI's protocol before the model. SettingsError where ray.serve.llm is missing."""
    if plan.language_model.server == LLAMA_CPP:
        from serve.llm import llama_deployment

        return llama_deployment.bound(plan)
    try:
        from serve.llm.vllm_deployment import bound
    except ImportError as error:
        advice = f"{sys.executable} has no ray.serve.llm ({error}); ./dubarr setup --profile makes an environment that has"
        raise SettingsError("PROFILE", plan.language_model.model, advice) from error

    return bound(plan)


def build(args: Args) -> "serve.Application":
    """Serve's typed builder, for a Serve config: settings from the environment and `.env`. SettingsError."""
    from dataclasses import replace

    from pipeline import settings as settings_of

    settings = settings_of.load_settings()
    settings = replace(settings, profile=args.profile) if args.profile else settings
    model = find_language_model(settings)
    if model is None:
        raise SettingsError("PROFILE", settings.profile, "it has no language_model to serve, or LLM_URL names a server already")
    if model.server == LLAMA_CPP:
        raise SettingsError(
            "PROFILE", settings.profile, "its language model is started with the service; it needs no application"
        )
    return application(plan(settings, model, python=sys.executable))


def main() -> None:
    """Deploy the plan on stdin into a running cluster, and stay until the model is up or has failed."""
    parser = argparse.ArgumentParser(prog="serve.llm.language_model", description=main.__doc__)
    parser.add_argument("--address", required=True, help="the cluster's, host:port")
    parser.add_argument("--namespace", required=True, help="the service's")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    plan = Plan.model_validate_json(sys.stdin.buffer.read())

    import ray
    from ray import serve

    ray.init(address=given.address, namespace=given.namespace, log_to_driver=False)
    try:
        serve.run(application(plan), name=APPLICATION, route_prefix=ROUTE, blocking=False)
    except RuntimeError:  # it names the deployment only: what its replica said stands in Serve's status
        sys.exit(find_failure_reason(serve.status().applications))
    log.info("%s serves %s", APPLICATION, plan.language_model.model)


def find_failure_reason(applications: Mapping[str, Any]) -> str:
    """Find the reason why the application failed: all that its replicas said, the cause in the last line."""
    found = applications.get(APPLICATION)
    said = [each.message.strip() for each in found.deployments.values() if each.message] if found else []
    return "\n".join(said) or (found.message if found else "") or "Serve gave no reason"


def deployment_of(model: LanguageModel) -> str:
    """The name of the deployment that a model runs in."""
    return LLAMA_DEPLOYMENT if model.server == LLAMA_CPP else DEPLOYMENT


def engine_overview(application: Any) -> Any:
    """Serve's overview of the deployment that the model runs in; None where there is none yet."""
    found = application.deployments
    return found.get(DEPLOYMENT) or found.get(LLAMA_DEPLOYMENT)


def llm_status(applications: Mapping[str, Any], *, shell: str = "READY", failed: bool = False) -> str:
    """Health status of the translator when a model beside the service answers for it: the worse of the two.

    `applications`: `ray.serve.status().applications`. `shell`: our word for the translator's own deployment. `failed`: it
    could not even be deployed. IDLE: scaled to zero, the next question loads it.
    """
    found = applications.get(APPLICATION)
    served = ("ERROR" if failed else "LOADING") if found is None else _map_application_status(found)
    return max(shell, served, key=SEVERITY.index)


def _map_application_status(application: Any) -> str:
    """Our word for an application as Serve describes it (`ApplicationStatusOverview`)."""
    if application.status in {"DEPLOY_FAILED", "UNHEALTHY"}:
        return "ERROR"
    engine = engine_overview(application)
    others = [each for each in application.deployments.values() if each is not engine]
    if engine is None or any(not each.replica_states.get("RUNNING", 0) for each in others):
        return "LOADING"  # it is being deployed, or its ingress is on the way back
    if engine.replica_states.get("RUNNING", 0):
        return "READY"
    return "IDLE" if engine.status in {"HEALTHY", "DOWNSCALING"} else "LOADING"


if __name__ == "__main__":
    main()
