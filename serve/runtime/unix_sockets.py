"""UNIX sockets for Ray Serve's own HTTP servers: HAProxy alone reaches them.

Serve's ingress replicas and its fallback proxy listen on TCP ports of this machine, without limits on connections or idle time:
any user of the machine could hold thousands of connections there, and call Serve's own routes without a password. Here they listen on
sockets in the service's private folder instead (`serve.runtime.ray_patches` starts them so); `serve.runtime.haproxy` names those
in HAProxy's configuration.
"""

import asyncio
import os
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn

FOLDER_VARIABLE = "DUBARR_SOCKETS"  # the environment variable that names the folder
START_POLL_INTERVAL_S = 0.01


def find_folder() -> Path:
    """Find the private folder for sockets: that of the service, else a temporary one of this process, as in a Ray that others started."""
    return Path(os.environ.get(FOLDER_VARIABLE) or tempfile.mkdtemp(prefix="dubarr-"))


_servers: "weakref.WeakSet[uvicorn.Server]" = weakref.WeakSet()  # of this process


def is_draining() -> bool:
    """Return True once a server of this process is told to stop: it takes no new connections, and waits for open ones."""
    return any(server.should_exit for server in _servers)


async def start_server(
    app: Any, path: Path, *, root_path: str, keep_alive_s: int, event_loop: asyncio.AbstractEventLoop
) -> "tuple[asyncio.Task[None], uvicorn.Server]":
    """Start a uvicorn server of an ASGI app on a UNIX socket, and wait until it listens. RuntimeError where it cannot."""
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            lambda: app,
            factory=True,
            uds=str(path),
            root_path=root_path,
            timeout_keep_alive=keep_alive_s,
            loop=event_loop,  # type: ignore[arg-type]  # Serve passes the running one as well
            lifespan="off",
            access_log=False,
            log_level=None,
            log_config=None,
            forwarded_allow_ips="*",  # HAProxy alone can connect, and sets X-Forwarded-For itself
        )
    )
    _servers.add(server)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # Serve runs it in its own event loop
    task = event_loop.create_task(server.serve())
    while not server.started and not task.done():  # noqa: ASYNC110 -- uvicorn has only an attribute for it
        await asyncio.sleep(START_POLL_INTERVAL_S)
    if not server.started:
        raise RuntimeError(f"Serve's HTTP server cannot listen on {path}")
    return task, server
