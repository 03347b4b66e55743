"""UNIX sockets for Ray Serve's own HTTP servers: HAProxy alone reaches them.

Serve's ingress replicas and its fallback proxy listen on TCP ports of this machine, without limits on connections or idle time:
any user of the machine could hold thousands of connections there, and ask Serve's own routes without a password. Here they listen on
sockets in the service's private folder instead; `serve.runtime.haproxy` names those in HAProxy's configuration.
"""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serve.runtime.haproxy import socket_path

if TYPE_CHECKING:
    import uvicorn

CALLBACK = "serve.runtime.unix_sockets.adapt_servers"  # what RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH names
FOLDER = "DUBARR_SOCKETS"  # the variable that names the folder


def adapt_servers() -> list[Any]:
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
    """The code that Serve's function of this name gets; it runs among Serve's globals."""
    from serve.runtime import unix_sockets  # noqa: PLW0406 -- its globals are Serve's

    return await unix_sockets.start_server(app, http_options, event_loop=event_loop)


async def start_server(
    app: Any, http_options: Any, *, event_loop: asyncio.AbstractEventLoop
) -> "tuple[asyncio.Task[None], uvicorn.Server]":
    """Serve's `start_asgi_http_server`, on a socket named for the port. RuntimeError, as Serve expects it."""
    import uvicorn
    from ray.serve._private.http_util import _apply_middlewares

    app = _apply_middlewares(app, http_options.middlewares)
    path = socket_path(Path(os.environ[FOLDER]), http_options.port)
    server = uvicorn.Server(
        uvicorn.Config(
            lambda: app,
            factory=True,
            uds=str(path),
            root_path=http_options.root_path,
            timeout_keep_alive=http_options.keep_alive_timeout_s,
            loop=event_loop,  # type: ignore[arg-type]  # Serve passes the running one as well
            lifespan="off",
            access_log=False,
            log_level=None,
            log_config=None,
            forwarded_allow_ips="*",  # HAProxy alone can connect, and sets X-Forwarded-For itself
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # Serve runs it in its own event loop
    task = event_loop.create_task(server.serve())
    while not server.started and not task.done():  # noqa: ASYNC110 -- uvicorn tells by an attribute
        await asyncio.sleep(0.01)
    if not server.started:
        raise RuntimeError(f"Serve's HTTP server cannot listen on {path}")
    return task, server
