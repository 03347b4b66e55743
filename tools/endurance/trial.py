"""The service under test in a temporary folder, and requests to it that survive its restarts."""

import logging
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.service import process as services
from pipeline import settings_loader
from pipeline.errors import DubarrError
from pipeline.settings import Settings
from serve.runtime import state_file
from tools.endurance.processes import Process, kill_all, list_processes

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

Json = dict[str, Any]

USER, PASSWORD = "dubarr", "for this trial only"  # of made-up films, on loopback
RETRY_LIMIT_S = 150.0  # s that a request is sent again and again
ANSWER_LIMIT_S = 8.0  # s for one answer; a killed replica gives none
POLL_INTERVAL_S = 0.2  # s between looks


@dataclass(frozen=True, slots=True)
class Trial:
    """The service of one trial: `home` holds all its files, `library` the films, `mark` is in its processes' environment."""

    home: Path
    settings: Settings
    given: dict[str, str]
    mark: str

    @property
    def library(self) -> Path:
        """The folder of its films."""
        return self.home / "library"

    def start(self) -> None:
        """Start it and wait until it answers. DubarrError where it does not come up."""
        services.start_service(self.settings, self.given)

    def keep_up(self) -> bool:
        """Start it again where its process is gone, as init would. Whether it had to be; false while it cannot be yet."""
        if state_file.find_service(self.settings) is not None:
            return False
        try:
            self.start()
        except DubarrError as error:
            log.info("the service does not start yet: %s", error)  # what it left behind still holds the port, or the store
            return False
        return True

    def stop(self) -> None:
        """End it in good order."""
        if found := state_file.find_service(self.settings):
            services.stop_service(found)

    def processes(self) -> tuple[Process, ...]:
        """Its processes, now."""
        return list_processes(self.mark)

    def wait_until(self, holds: Callable[[], bool], *, limit: float) -> bool:
        """Wait until something holds; false after `limit` seconds."""
        deadline = time.monotonic() + limit
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_INTERVAL_S)
        return True

    # -- asking

    def health(self) -> Json | None:
        """The answer of /health; None without one, or with an error status."""
        try:
            answer = self._request_once("GET", "/health")
        except DubarrError:
            return None
        return dict(answer.json()) if answer.status_code == 200 else None

    def task(self, task_id: int) -> Json:
        """A task, as the API tells it."""
        return dict(self._request("GET", f"/api/tasks/{task_id}").json())

    def tasks(self, status: str) -> list[Json]:
        """The tasks in a state, the newest first."""
        return list(self._request("GET", "/api/tasks", params={"status": status, "limit": 500}).json()["tasks"])

    def offer(self, film: Path, languages: Sequence[str]) -> int:
        """Queue a film. The id that the service acknowledged; what was not acknowledged is offered again."""
        self._request("POST", "/webhook", json={"path": str(film), "target_langs": list(languages)})
        (task,) = self._request("GET", "/api/tasks", params={"path": str(film)}).json()["tasks"]
        return int(task["id"])

    def _request(self, method: str, path: str, **parts: Any) -> "httpx.Response":
        """The answer, asked for until there is one that is no failure of the service's."""
        deadline = time.monotonic() + RETRY_LIMIT_S
        while True:
            try:
                answer = self._request_once(method, path, **parts)
            except DubarrError:
                if time.monotonic() > deadline:
                    raise
            else:
                if answer.status_code < 400:
                    return answer
                if answer.status_code < 500 or time.monotonic() > deadline:
                    raise DubarrError(f"{method} {path} was answered {answer.status_code}: {answer.text[:300]}")
            self.keep_up()
            time.sleep(POLL_INTERVAL_S)

    def _request_once(self, method: str, path: str, **parts: Any) -> "httpx.Response":
        import httpx

        try:
            return httpx.request(
                method, self.settings.url + path, auth=(USER, PASSWORD), timeout=ANSWER_LIMIT_S, trust_env=False, **parts
            )
        except httpx.TransportError as error:
            raise DubarrError(f"{method} {path} was not answered: {str(error) or type(error).__name__}") from error


@contextmanager
def start_trial_service() -> Iterator[Trial]:
    """A service with the engines that need no models, whatever else runs here. Nothing of it is left."""
    with tempfile.TemporaryDirectory(prefix="dubarr-trial-", ignore_cleanup_errors=True) as folder:  # Ray's logs grow to the end
        home = Path(folder).resolve()
        library, temporary = home / "library", home / "left"
        given = {
            "DUBARR_HOME": str(home),
            "DATA_DIR": f"{home}/data",
            "VIDEOS_DIR": f"{home}/videos",
            "LOGS_DIR": f"{home}/logs",
            "LIBRARY_ROOTS": str(library),
            "PORT": str(services.find_free_port("127.0.0.1")),
            "PROFILE": "draft",
            "API_USER": USER,
            "API_PASS": PASSWORD,
            "TMPDIR": str(temporary),  # so that what is left there is the service's
            "RAY_TMPDIR": str(home),
        }
        library.mkdir()
        temporary.mkdir()
        trial = Trial(home, settings_loader.load_settings(given, folder=home), given, f"DATA_DIR={home}/data")
        with _exit_on_sigterm():
            try:
                trial.start()
                yield trial
                trial.stop()
            finally:
                kill_all(trial.mark)


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the block like an exception, so that nothing of the service stays behind."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
