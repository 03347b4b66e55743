"""Language model by vLLM as a Serve application. It imports ray.serve.llm, so only `.venv-llm` can import this module."""

import asyncio
from importlib import metadata
from typing import Any

from ray import serve
from ray.serve.llm import LLMConfig, build_llm_deployment
from ray.serve.llm.deployment import LLMServer
from ray.serve.llm.ingress import OpenAiIngress, make_fastapi_ingress

from pipeline.errors import SettingsError
from pipeline.models.model_hub import Hub
from serve.auth.llm_api_key import BearerAuth
from serve.llm.llm_plan import VLLM_DEPLOYMENT, Plan
from serve.llm.vllm_options import build_ingress_options, build_llm_config
from serve.runtime import cpu_priorities, ray_patches

# The endpoints that a translator calls, and those by which it checks the model's name. The rest of the protocol stays closed.
ENDPOINTS = {
    "models": lambda app: app.get("/v1/models"),
    "model_data": lambda app: app.get("/v1/models/{model:path}"),
    "chat": lambda app: app.post("/v1/chat/completions"),
    "completions": lambda app: app.post("/v1/completions"),
}


class Server(LLMServer):  # type: ignore[misc]  # ray's types are not read
    """Replica of one vLLM engine. It finds the model as our other engines do: MODELS_DIR first, then the hub, at the revision named."""

    async def __init__(self, llm_config: LLMConfig, *, hub: Hub, revision: str | None) -> None:  # type: ignore[misc]  # Serve awaits it
        ray_patches.adapt_replica()
        cpu_priorities.yield_to_answers()
        model = llm_config.model_id
        folder = await asyncio.to_thread(hub.fetch_folder, model, engine="vllm", setting="TRANSLATOR_MODEL", revision=revision)
        llm_config.get_engine_config().hf_model_id = str(folder)  # as ray.serve.llm does after a download of its own
        await super().__init__(llm_config)


class Ingress(OpenAiIngress):  # type: ignore[misc]  # ray's types are not read
    """Replica of OpenAI's protocol before the engine, with a bounded request queue."""

    def __init__(self, **given: Any) -> None:
        ray_patches.adapt_replica()
        super().__init__(**given)


def bind_application(plan: Plan) -> serve.Application:
    """Bind the application, as `ray.serve.llm.build_openai_app` would, with authentication before all of its routes."""
    version = metadata.version("ray")
    if not ray_patches.LLM_INGRESS.is_tried_with(version):
        tried_with = ".".join(map(str, ray_patches.LLM_INGRESS.highest))
        raise SettingsError("PROFILE", version, f"ray.serve.llm of ray {version} was not tried; install ray[llm]=={tried_with}.*")
    try:
        config = LLMConfig(**build_llm_config(plan.language_model, python=plan.python))
        engine = build_llm_deployment(
            config,
            deployment_cls=Server,
            bind_kwargs={"hub": plan.hub, "revision": plan.language_model.revision},
            override_serve_options={"name": VLLM_DEPLOYMENT},
        )
    except ValueError as error:  # an option that vLLM does not know, among others
        raise SettingsError("PROFILE", plan.language_model.model, f"mend language_model: {error}") from error
    app = ray_patches.create_llm_app()
    app.add_middleware(BearerAuth, known=plan.digest)  # added last, so that it comes first
    ingress = make_fastapi_ingress(Ingress, app=app, endpoint_map=ENDPOINTS)
    name = config.model_id
    return serve.deployment(ingress, **build_ingress_options(plan)).bind(
        llm_deployments={name: engine}, model_cards={name: ray_patches.make_model_card(name, config)}, lora_paths={}
    )
