"""The service as a process: start it detached, wait until it is ready, stop it, open a client."""

import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import DubarrError, NotPossible
from pipeline.processes import subprocesses
from pipeline.settings import Settings
from serve.runtime import orphans
from serve.runtime.data_folders import make_private_folder
from serve.runtime.state_file import Service, find_service, find_start_time

if TYPE_CHECKING:
    import subprocess

    from serve.client.client import Client

ROOT = Path(__file__).parents[2]
START_LIMIT_S = 240.0  # s; the host gives up by itself after 180 s
STOP_LIMIT_S = 60.0  # s; a worker hands its lease back within 15
LOG_TAIL_LINES = 15  # lines shown when the service does not come up


def find_log_file(settings: Settings) -> Path:
    """The file of a detached service's stdout and stderr: output of Ray and Python outside the service's own log."""
    return settings.logs_dir / "service.log"


def refuse_second(settings: Settings) -> None:
    """NotPossible where a service of this DATA_DIR runs already, or something else has the port."""
    if service := find_service(settings):
        raise NotPossible(f"a service runs already at {service.url} (process {service.pid}); ./dubarr stop ends it")
    orphans.end_orphans(settings)
    if error := find_bind_error(settings.host, settings.port):
        raise NotPossible(_word_bind_error(settings.host, settings.port, error))


def is_port_free(host: str, port: int) -> bool:
    """True where a server could listen there."""
    return find_bind_error(host, port) is None


def find_bind_error(host: str, port: int) -> OSError | None:
    """The error of a server that would listen there; None where it could. `port` 0: any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
        return None


def _word_bind_error(host: str, port: int, error: OSError) -> str:
    """The reason for which a server cannot listen there, with the way out."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program; give --port, or set PORT"
    if error.errno == errno.EACCES:
        return f"port {port} is for the superuser alone; give --port from 1024, or set PORT"
    return f"{host} is no address of this machine ({error.strerror or error}); give --host, or set HOST: 127.0.0.1, or 0.0.0.0 for all"


def find_free_port(host: str) -> int:
    """A port that nobody listens on, chosen by the system. NotPossible where the host is no address of this machine."""
    if error := find_bind_error(host, 0):
        raise NotPossible(_word_bind_error(host, 0, error))
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port = probe.getsockname()[1]
    return int(port)


def start_service(settings: Settings, overrides: Mapping[str, str]) -> Service:
    """Start the service in a session of its own and wait until it answers. `overrides`: settings over our own environment.

    DubarrError, with the end of its log, where it does not come up.
    """
    refuse_second(settings)
    make_private_folder(settings.logs_dir)
    find_log_file(settings).touch(mode=0o600)
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])  # ours first, also for Ray's workers
    environment = {**os.environ, "PYTHONPATH": paths, **overrides}
    process = subprocesses.start_detached(
        [sys.executable, "-P", "-m", "cli", "serve"], log=find_log_file(settings), env=environment
    )
    with ExitStack() as on_failure:
        on_failure.callback(_terminate, process)
        service = _wait_for_start(settings, process)
        on_failure.pop_all()
    return service


def _terminate(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)


def _wait_for_start(settings: Settings, process: "subprocess.Popen[bytes]") -> Service:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        service = find_service(settings)
        if service and service.ready and service.pid == process.pid:
            return service
        time.sleep(0.1)
    end = read_log_end(find_log_file(settings))
    why = "ended" if process.poll() is not None else f"did not answer within {START_LIMIT_S:g} s"
    raise DubarrError(f"{end}\nthe service {why} before it was ready; its log is {find_log_file(settings)}")


def read_log_end(path: Path) -> str:
    """The last lines of a service's log, without the frames of tracebacks: they are in the log, and their last lines are here."""
    lines = path.read_text("utf-8", "replace").splitlines()
    told = [line for line in lines if line.strip() and not line[0].isspace() and not line.startswith("Traceback (")]
    return "\n".join(told[-LOG_TAIL_LINES:])


def wait_ready(settings: Settings, service: Service) -> Service:
    """Wait for a service that somebody else is starting."""
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        now = find_service(settings)
        if now is None or now.pid != service.pid:
            raise DubarrError(f"the service that was starting ended; its log is {find_log_file(settings)}")
        if now.ready:
            return now
        time.sleep(0.1)
    raise DubarrError(f"the service at {service.url} does not answer; ./dubarr stop ends it")


def stop_service(service: Service) -> None:
    """End a service in good order and wait for it; after a minute, with all its processes at once."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if find_start_time(service.pid) != service.started:
            return
        if number is signal.SIGKILL and os.getpgid(service.pid) == service.pid:
            os.killpg(service.pid, number)
        else:
            os.kill(service.pid, number)
        deadline = time.monotonic() + STOP_LIMIT_S
        while find_start_time(service.pid) == service.started and time.monotonic() < deadline:
            time.sleep(0.1)


@contextmanager
def open_client(settings: Settings, service: Service) -> Iterator["Client"]:
    """The HTTP client of a service on this machine, with the password that lies in DATA_DIR."""
    from serve.auth.credentials import load_credentials
    from serve.client.client import Client

    who = load_credentials(settings)
    with Client(service.url, who.user, who.password) as asked:
        yield asked
