"""Two Serve applications behind one HAProxy, in a cluster of their own, for as long as stdin is open.

`python two_applications.py HOME PORT gate`: the second one is a small application behind our gate.
`python two_applications.py HOME PORT vllm`: it is the language model's, deployed by the companion and scaled to zero; `llama`:
the same behind llama.cpp.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from pipeline import logs
from pipeline.settings import Settings
from serve.auth import llm_api_key
from serve.runtime.ray_environment import build_environment, make_service_folder

home, port, kind = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
settings = Settings(
    data_dir=home / "data",
    logs_dir=home / "logs",
    videos_dir=home / "videos",
    models_dir=home / "models",
    port=port,
    profile="draft",
)
logs.configure_logging(settings.processing_log)
os.environ.pop("RAY_ADDRESS", None)
os.environ.update(build_environment(settings))  # before Ray is imported

import ray  # noqa: E402 -- Serve reads the environment at import
from fastapi import FastAPI, WebSocket  # noqa: E402
from ray import serve  # noqa: E402
from ray.serve.config import HTTPOptions  # noqa: E402


class Page:
    """The service's own application, which takes all that nobody else wants."""

    def __call__(self, request):
        return f"page {request.url.path}"


def gated() -> serve.Application:
    app = FastAPI()
    app.add_middleware(llm_api_key.BearerAuth, known=llm_api_key.digest_key(llm_api_key.load_llm_api_key(settings)))

    @app.get("/v1/models")
    def models() -> dict[str, str]:
        return {"object": "list"}

    @app.websocket("/v1/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("ours")
        await socket.close()

    return serve.deployment(serve.ingress(app)(type("Second", (), {}))).options(name="vllm", num_replicas=1).bind()


def run_language_model() -> None:
    from serve.llm import llm_plan, llm_status
    from serve.llm.llm_launcher import LlmLauncher, find_error_file, find_interpreter
    from serve.profile import LanguageModel
    from serve.replica_profiles import Scaling

    scaling = Scaling(least=0)
    if kind == "llama":
        model = LanguageModel(model="tiny", server="llama.cpp", num_cpus=0.1, scaling=scaling)
    else:
        model = LanguageModel(model="owner/tiny", num_gpus=0.4, memory=0.38, scaling=scaling)
    python = str(find_interpreter("test", server=model.server))
    companion = LlmLauncher(settings, llm_plan.make_plan(settings, model, python=python))
    companion.start(address=ray.get_runtime_context().gcs_address, namespace="two")
    while llm_status.compute_llm_status(serve.status().applications, failed=find_error_file(settings).exists()) == "LOADING":
        time.sleep(0.5)


ray.init(
    address="local",
    namespace="two",
    num_cpus=4,
    num_gpus=1,
    include_dashboard=False,
    object_store_memory=150 << 20,
    log_to_driver=False,
    logging_level="ERROR",
)
serve.start(http_options=HTTPOptions(host="127.0.0.1", port=port))
serve.run(serve.deployment(Page).bind(), name="dubarr", route_prefix="/", blocking=False)
if kind in {"vllm", "llama"}:
    run_language_model()
else:
    serve.run(gated(), name="dubarr-llm", route_prefix="/llm", blocking=False)
print("ready", flush=True)
sys.stdin.read()
serve.shutdown()
ray.shutdown()
shutil.rmtree(make_service_folder(settings))
