"""Patches of Ray's private parts, all in this module, each with the versions of Ray that it was tried with and its upstream thread.

A release of Ray outside the bounds of a patch fails `tests/serve/runtime/test_ray_patches.py`: try the patch with it, or remove
it where the upstream thread made it needless, then move the bound. Replicas on such a release are left as Ray made them, with
a warning in the log; the HTTP servers are moved to UNIX sockets on every release, since they would be open to all users otherwise.
"""

import asyncio
import logging
import os
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serve.runtime import private_folders, unix_sockets
from serve.runtime.haproxy import build_socket_path

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI
    from ray.serve.handle import DeploymentHandle

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patch:
    """One dependence on a private part of Ray, by its dotted name.

    `lowest`, `highest`: minor versions of Ray between which it was tried, both included. `upstream`: the thread at
    github.com/ray-project/ray in which the public way is asked for or the private part was made; `needless_when`: the change
    after which the patch can go.
    """

    private_part: str
    upstream: str
    needless_when: str
    lowest: tuple[int, int] = (2, 60)
    highest: tuple[int, int] = (2, 60)

    def is_tried_with(self, version: str) -> bool:
        """True if a version of Ray, such as "2.60.0", lies within the bounds."""
        major, minor, *_ = version.split(".")
        return self.lowest <= (int(major), int(minor)) <= self.highest


INTERNAL_SERVER = Patch(
    "ray.serve._private.replica.add_port_to_grpc_server",
    "https://github.com/ray-project/ray/pull/64623",  # its port becomes an option; Ray's core binds its own since pull request 59852
    "a replica's gRPC server binds to the address of its node",
)
HTTP_SERVER = Patch(
    "ray.serve._private.http_util.start_asgi_http_server",
    "https://github.com/ray-project/ray/issues/42882",
    "Serve's HTTP servers can listen on a UNIX socket, or be replaced",
)
HTTP_MIDDLEWARES = Patch("ray.serve._private.http_util._apply_middlewares", HTTP_SERVER.upstream, "HTTP_SERVER is needless")
LOCAL_ROUTING = Patch(
    "ray.serve.handle.DeploymentHandle._init",
    "https://github.com/ray-project/ray/issues/59929",
    "a deployment or a handle has a public option for routing to its own node",
)
HAPROXY_CONFIGURATION = Patch(  # rewritten by serve.runtime.haproxy
    "ray.serve._private.haproxy_templates.HAPROXY_CONFIG_TEMPLATE",
    "https://github.com/ray-project/ray/issues/62976",
    "HAProxy's limits, timeouts and listeners are options of Serve",
)
LLM_INGRESS = Patch(
    "ray.llm._internal.serve.core.ingress.ingress.init",
    "https://github.com/ray-project/ray/issues/59578",
    "ray.serve.llm takes middleware, or an API key, by its public builder",
)
LLM_MODEL_CARDS = Patch(
    "ray.llm._internal.serve.core.configs.openai_api_models.to_model_metadata", LLM_INGRESS.upstream, "LLM_INGRESS is needless"
)
WORKER_MESSAGES = Patch(
    "ray._private.worker.print_to_stdstream",
    "https://github.com/ray-project/ray/pull/3892",
    "`log_to_driver=False` covers Ray's messages about processes that ended",
)
PATCHES = (
    INTERNAL_SERVER,
    HTTP_SERVER,
    HTTP_MIDDLEWARES,
    LOCAL_ROUTING,
    HAPROXY_CONFIGURATION,
    LLM_INGRESS,
    LLM_MODEL_CARDS,
    WORKER_MESSAGES,
)

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
HTTP_SERVER_CALLBACK = "serve.runtime.ray_patches.adapt_http_server"  # what RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH names


def adapt_replica() -> None:
    """Patch this replica's process: its internal server on its own address.

    Call it first in every deployment's constructor. Another version of Ray is left as it is.
    """
    private_folders.restrict_umask()  # on a node whose Ray was started by hand, it is not inherited
    version = metadata.version("ray")
    if not INTERNAL_SERVER.is_tried_with(version):
        log.warning("ray %s was not tried with: replicas may listen on every address; see serve/runtime/ray_patches.py", version)
        return
    _keep_internal_server_local()


def _keep_internal_server_local() -> None:
    """Bind the replica's gRPC server to loopback where Ray's own address is; Serve binds it to every address."""
    import ray
    from ray.serve._private import replica

    if ray.util.get_node_ip_address() not in LOOPBACK or getattr(replica.add_port_to_grpc_server, "local", False):
        return
    bind = replica.add_port_to_grpc_server

    def bind_here(server: object, address: str) -> int:
        return int(bind(server, address.replace("[::]", "127.0.0.1")))

    bind_here.local = True  # type: ignore[attr-defined]  # a mark, so that it is done once
    replica.add_port_to_grpc_server = bind_here


def adapt_http_server() -> list[Any]:
    """Make the HTTP server that Serve is about to start in this process listen on a UNIX socket. Returns no middleware.

    Serve calls it in each process that serves HTTP, before it starts the server. Its proxy is an actor whose class travels by
    value, with a reference to Serve's function among its own globals: so the function's code is replaced, not a name for it.
    """
    from ray.serve._private import http_util

    http_util.start_asgi_http_server.__code__ = _start_asgi_http_server.__code__
    return []


async def _start_asgi_http_server(
    app: Any,
    http_options: Any,
    *,
    event_loop: asyncio.AbstractEventLoop,
    enable_so_reuseport: bool = False,  # noqa: ARG001 -- Serve passes it
) -> "tuple[asyncio.Task[None], uvicorn.Server]":
    """Start a server as Serve's function of this name does, by code that runs among Serve's globals."""
    from serve.runtime import ray_patches  # noqa: PLW0406 -- its globals are Serve's

    return await ray_patches.start_http_server(app, http_options, event_loop=event_loop)


async def start_http_server(
    app: Any, http_options: Any, *, event_loop: asyncio.AbstractEventLoop
) -> "tuple[asyncio.Task[None], uvicorn.Server]":
    """Start Serve's HTTP server on the socket named for its port, in place of TCP. RuntimeError, as Serve expects it."""
    from ray.serve._private.http_util import _apply_middlewares

    app = _apply_middlewares(app, http_options.middlewares)
    path = build_socket_path(Path(os.environ[unix_sockets.FOLDER_VARIABLE]), http_options.port)
    return await unix_sockets.start_server(
        app,
        path,
        root_path=http_options.root_path,
        keep_alive_s=http_options.keep_alive_timeout_s,
        event_loop=event_loop,
    )


def prefer_own_machine(handle: "DeploymentHandle[Any]") -> None:
    """Send a handle's calls to replicas on the caller's machine while one of them has room. Call it before the handle's first call."""
    handle._init(_prefer_local_routing=True)


def create_llm_app() -> "FastAPI":
    """Create the app of ray.serve.llm's OpenAI ingress, with its error handlers and middleware, for middleware of ours."""
    from ray.llm._internal.serve.core.ingress.ingress import init

    app: FastAPI = init()
    return app


def make_model_card(name: str, config: Any) -> Any:
    """Make the entry of a model in the list of models. `config`: `ray.serve.llm.LLMConfig`."""
    from ray.llm._internal.serve.core.configs.openai_api_models import to_model_metadata

    return to_model_metadata(name, config)


def silence_messages_of_workers() -> None:
    """Silence Ray's messages about other processes, which it prints to a driver's standard output: that is for a command's result."""
    from ray._private import worker

    worker.print_to_stdstream = lambda *_, **__: None
