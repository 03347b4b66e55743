"""Language model by llama.cpp as a Serve application: a replica owns the process, and speaks OpenAI's protocol before it."""

import logging
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from ray import serve

from serve.auth.llm_api_key import BearerAuth
from serve.llm.llama_process import LlamaServer, find_model_file
from serve.llm.llm_plan import LLAMA_DEPLOYMENT, Plan
from serve.runtime import cpu_priorities
from serve.runtime.ray_patches import adapt_replica

log = logging.getLogger(__name__)

ANSWER_LIMIT_S = 3_600.0  # s; the translator has its own, shorter one
MAX_QUESTION_BYTES = 4 << 20  # bytes of a question


class LlamaReplica:
    """Replica with one process of llama.cpp. One whose process ended fails its next health check, and Serve starts another."""

    def __init__(self, plan: Plan) -> None:
        """Load the model. DubarrError where it cannot be loaded."""
        adapt_replica()
        cpu_priorities.yield_to_answers()
        model = plan.language_model
        self._server = LlamaServer.start(model, find_model_file(model, plan.hub), python=plan.python)
        log.info("llama.cpp serves %s, %d tokens, %d threads", model.alias, model.window, model.threads)
        transport = httpx.AsyncHTTPTransport(uds=str(self._server.socket))
        self._client = httpx.AsyncClient(
            transport=transport,
            base_url="http://llama",
            headers={"authorization": f"Bearer {self._server.key}"},
            timeout=ANSWER_LIMIT_S,
        )

    async def forward(self, method: str, path: str, body: bytes | None) -> Response:
        """Forward a request to the server. 503, after which a client asks again, where it gives no answer."""
        try:
            answer = await self._client.request(method, path, content=body, headers={"content-type": "application/json"})
        except httpx.HTTPError as error:
            log.warning("llama.cpp gave no answer: %s", type(error).__name__)
            return Response(
                '{"error": {"message": "the language model is being started again"}}', 503, media_type="application/json"
            )
        return Response(answer.content, answer.status_code, media_type="application/json")

    async def check_health(self) -> None:
        """Raise where the process ended."""
        self._server.require_alive()

    def __del__(self) -> None:
        """End the process with its replica."""
        if server := getattr(self, "_server", None):
            server.close()


def create_ingress(digest: str) -> FastAPI:
    """Create the FastAPI app with the part of OpenAI's protocol that a translator calls. The rest of llama.cpp's server stays closed."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/v1/models")
    async def models() -> Response:
        return await _find_replica().forward("GET", "/v1/models", None)

    @app.post("/v1/chat/completions")
    async def chat(request: Request) -> Response:
        body = await request.body()
        if len(body) > MAX_QUESTION_BYTES:
            return Response('{"error": {"message": "the question is too long"}}', 413, media_type="application/json")
        return await _find_replica().forward("POST", "/v1/chat/completions", body)

    app.add_middleware(BearerAuth, known=digest)
    return app


def _find_replica() -> LlamaReplica:
    replica: LlamaReplica = serve.get_replica_context().servable_object
    return replica


def build_deployment_options(plan: Plan) -> dict[str, Any]:
    """Build the options of the deployment. Its CPUs count for little with Ray's scheduler; its threads are the profile's `threads`."""
    model = plan.language_model
    return {
        "name": LLAMA_DEPLOYMENT,
        "max_ongoing_requests": 8 * model.calls,  # those beyond `calls` wait in llama.cpp's own queue
        "ray_actor_options": {"num_cpus": model.num_cpus, "resources": model.resources},
        "autoscaling_config": {
            "min_replicas": model.scaling.least,
            "max_replicas": model.scaling.most,
            "target_ongoing_requests": 8 * model.calls,
            "downscale_delay_s": model.scaling.idle,
            "downscale_to_zero_delay_s": model.scaling.idle,
        },
        "max_constructor_retry_count": 3,
        "health_check_period_s": 2,
        "health_check_timeout_s": 30,
        "graceful_shutdown_timeout_s": 10,
    }


def bind_application(plan: Plan) -> serve.Application:
    """Bind the application, with authentication before all of its routes."""
    return (
        serve.deployment(serve.ingress(create_ingress(plan.digest))(LlamaReplica))
        .options(**build_deployment_options(plan))
        .bind(plan)
    )
