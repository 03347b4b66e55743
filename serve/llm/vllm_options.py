"""Options of vLLM and of its Serve deployments: arguments of `ray.serve.llm.LLMConfig`, autoscaling, the ingress, the environment.

Light in every environment: plain dictionaries, without Ray.
"""

import shlex
from typing import Any

from pipeline.errors import SettingsError
from serve.llm.llm_plan import Plan
from serve.profile import LanguageModel

SAMPLING_SEED = 0
MAX_START_ATTEMPTS = 3  # at a start: a neighbour that loads at the same moment can upset how vLLM measures the card
UPSCALE_DELAY_S = 10.0  # s of more work than the replicas like before another one is started
TARGET_LOAD = 0.75  # of the requests a replica takes: more than that on average asks for another replica

# vLLM's options that have a name of their own in the profile, where they are checked against the share of the card, or that Serve decides.
PROFILE_NAMES = {
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
NO_TELEMETRY = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}


def build_llm_config(model: LanguageModel, *, python: str) -> dict[str, Any]:
    """Build the arguments of `ray.serve.llm.LLMConfig`. SettingsError where `options` say what the profile says elsewhere."""
    for name in sorted(model.options.keys() & PROFILE_NAMES.keys()):
        raise SettingsError("PROFILE", name, f"take it out of language_model's options and say it by {PROFILE_NAMES[name]}")
    cards = max(1, int(model.num_gpus))
    return {
        "model_loading_config": {"model_id": model.model, "model_source": model.model},
        "engine_kwargs": {
            "max_model_len": model.window,
            "gpu_memory_utilization": model.memory,
            "tensor_parallel_size": cards,
            "max_num_seqs": model.calls,
            "seed": SAMPLING_SEED,
            "generation_config": "vllm",  # a request says how to sample; a model's own habits do not
            **model.options,
        },
        # One bundle a card, all on one machine. The replica itself asks for nothing more: it works in the first bundle.
        "placement_group_config": {
            "bundle_per_worker": {"CPU": 1, "GPU": model.num_gpus / cards, **model.resources},
            "strategy": "STRICT_PACK",
        },
        "deployment_config": _build_deployment_config(model),
        "runtime_env": build_runtime_env(python),
    }


def _build_deployment_config(model: LanguageModel) -> dict[str, Any]:
    return {
        "autoscaling_config": {
            "min_replicas": model.scaling.least,
            "max_replicas": model.scaling.most,
            "target_ongoing_requests": max(1.0, model.calls * TARGET_LOAD),
            "upscale_delay_s": UPSCALE_DELAY_S,
            "downscale_delay_s": model.scaling.idle,
            "downscale_to_zero_delay_s": model.scaling.idle,
        },
        "max_ongoing_requests": model.calls,  # ray.serve.llm's own limit is 1e9
        "ray_actor_options": {"num_cpus": 0},
        "max_constructor_retry_count": MAX_START_ATTEMPTS,
        "health_check_period_s": 10,
        "health_check_timeout_s": 30,
        "graceful_shutdown_timeout_s": 30,  # s that a translation under way may take to end
    }


def build_runtime_env(python: str) -> dict[str, Any]:
    """Build the runtime environment in which a replica runs in the other virtual environment. Ray hands the interpreter to a shell: it is quoted."""
    return {"py_executable": shlex.quote(python), "env_vars": dict(NO_TELEMETRY)}


def build_ingress_options(plan: Plan) -> dict[str, Any]:
    """Build the options of the deployment before vLLM. It stays when the model leaves its card: an answer then waits for it."""
    model = plan.language_model
    return {
        "name": "ingress",
        "num_replicas": 1,
        "max_ongoing_requests": 2 * model.calls * model.scaling.most,  # as many again may wait for their turn
        "ray_actor_options": {"num_cpus": 0.1, "runtime_env": build_runtime_env(plan.python)},
        "health_check_period_s": 2,
        "health_check_timeout_s": 10,
    }
