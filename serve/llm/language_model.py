"""Language model as a Serve application of its own: vLLM by ray.serve.llm in `.venv-llm`, or llama.cpp in `.venv-llama`.

It shares the cluster, the cards and the port with the service, and nothing else: vLLM and our other engines need different
builds of the same libraries, and llama.cpp is a process of a replica (`llama_deployment`). This module is light in both
environments; ray.serve.llm is imported where the application is built, which only `.venv-llm` can. A Serve config may name
`serve.llm.language_model:build` as well, with that environment's interpreter as the application's `py_executable`.
"""

import argparse
import logging
import sys
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from pipeline.errors import SettingsError
from serve.llm.llm_plan import APPLICATION, ROUTE, Plan, find_language_model, make_plan
from serve.llm.llm_status import find_failure_reason
from serve.profile import LLAMA_CPP

if TYPE_CHECKING:
    from ray import serve

log = logging.getLogger(__name__)


class Args(BaseModel):
    """Arguments of a Serve config, under `args`; everything else comes from the environment and `.env`."""

    model_config = ConfigDict(extra="forbid")

    profile: str | None = None


def application(plan: Plan) -> "serve.Application":
    """Build the Serve application: authentication and OpenAI's protocol before the model. SettingsError where ray.serve.llm is missing."""
    if plan.language_model.server == LLAMA_CPP:
        from serve.llm import llama_deployment

        return llama_deployment.bind_application(plan)
    try:
        from serve.llm import vllm_deployment
    except ImportError as error:
        advice = f"{sys.executable} has no ray.serve.llm ({error}); ./dubarr setup --profile makes an environment that has"
        raise SettingsError("PROFILE", plan.language_model.model, advice) from error

    return vllm_deployment.bind_application(plan)


def build(args: Args) -> "serve.Application":
    """Serve's typed builder, for a Serve config: settings from the environment and `.env`. SettingsError."""
    from dataclasses import replace

    from pipeline import settings_loader

    settings = settings_loader.load_settings()
    settings = replace(settings, profile=args.profile) if args.profile else settings
    model = find_language_model(settings)
    if model is None:
        raise SettingsError("PROFILE", settings.profile, "it has no language_model to serve, or LLM_URL names a server already")
    if model.server == LLAMA_CPP:
        raise SettingsError(
            "PROFILE", settings.profile, "its language model is started with the service; it needs no application"
        )
    return application(make_plan(settings, model, python=sys.executable))


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
    except RuntimeError:  # it names the deployment only: its replicas' messages stand in Serve's status
        sys.exit(find_failure_reason(serve.status().applications))
    log.info("%s serves %s", APPLICATION, plan.language_model.model)


if __name__ == "__main__":
    main()
