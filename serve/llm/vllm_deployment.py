"""Replicas of the language model by vLLM. Imports ray.serve.llm, so only `.venv-llm` can import this module."""

import asyncio
from importlib import metadata
from typing import Any

from ray import serve
from ray.llm._internal.serve.core.configs.openai_api_models import to_model_metadata
from ray.llm._internal.serve.core.ingress.ingress import init
from ray.serve.llm import LLMConfig, build_llm_deployment
from ray.serve.llm.deployment import LLMServer
from ray.serve.llm.ingress import OpenAiIngress, make_fastapi_ingress

from pipeline.errors import SettingsError
from pipeline.models.model_hub import Hub
from serve.auth.llm_api_key import BearerAuth
from serve.llm.language_model import DEPLOYMENT, Plan, ingress_options, llm_config
from serve.runtime import cpu_priorities
from serve.runtime.ray_patches import TRIED_WITH, adapt_replica

# What a translator asks, and what tells that it asks the right model. The rest of the protocol stays closed.
ENDPOINTS = {
    "models": lambda app: app.get("/v1/models"),
    "model_data": lambda app: app.get("/v1/models/{model:path}"),
    "chat": lambda app: app.post("/v1/chat/completions"),
    "completions": lambda app: app.post("/v1/completions"),
}


class Server(LLMServer):  # type: ignore[misc]  # ray's types are not read
    """One vLLM engine. It finds the model as our other engines do: MODELS_DIR first, then the hub, at the revision named."""

    async def __init__(self, llm_config: LLMConfig, *, hub: Hub, revision: str | None) -> None:  # type: ignore[misc]  # Serve awaits it
        adapt_replica()
        cpu_priorities.yield_to_answers()
        model = llm_config.model_id
        folder = await asyncio.to_thread(hub.fetch_folder, model, engine="vllm", setting="TRANSLATOR_MODEL", revision=revision)
        llm_config.get_engine_config().hf_model_id = str(folder)  # as ray.serve.llm does after a download of its own
        await super().__init__(llm_config)


class Ingress(OpenAiIngress):  # type: ignore[misc]  # ray's types are not read
    """OpenAI's protocol before the engine, in a replica whose queue is bounded."""

    def __init__(self, **given: Any) -> None:
        adapt_replica()
        super().__init__(**given)


def bound(plan: Plan) -> serve.Application:
    """The application, as `ray.serve.llm.build_openai_app` would bind it, with our gate before all of its routes."""
    if not metadata.version("ray").startswith(TRIED_WITH):
        version = metadata.version("ray")
        raise SettingsError("PROFILE", version, f"ray.serve.llm of ray {version} was not tried; install ray[llm]=={TRIED_WITH}*")
    try:
        config = LLMConfig(**llm_config(plan.language_model, python=plan.python))
        engine = build_llm_deployment(
            config,
            deployment_cls=Server,
            bind_kwargs={"hub": plan.hub, "revision": plan.language_model.revision},
            override_serve_options={"name": DEPLOYMENT},
        )
    except ValueError as error:  # an option that vLLM does not know, among others
        raise SettingsError("PROFILE", plan.language_model.model, f"mend language_model: {error}") from error
    app = init()
    app.add_middleware(BearerAuth, known=plan.digest)  # added last, so that it comes first
    ingress = make_fastapi_ingress(Ingress, app=app, endpoint_map=ENDPOINTS)
    name = config.model_id
    return serve.deployment(ingress, **ingress_options(plan)).bind(
        llm_deployments={name: engine}, model_cards={name: to_model_metadata(name, config)}, lora_paths={}
    )
