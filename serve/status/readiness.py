"""Readiness check: the store answers, a worker lives, DATA_DIR is writable and has free space.

Each check runs in a thread of its own with a timeout. One that hangs (a network share that is gone) is not started again until it
returns, so that hanging checks cost a thread each at most. Reasons name no paths and no addresses: the answer is public.
"""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DubarrError
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.tasks import Health
from serve.intake.upload_disk_space import MIN_FREE_BYTES
from serve.store.remote_store import RemoteStore

log = logging.getLogger(__name__)

CHECK_TIMEOUT_S = 1.0


class NotReady(Exception):
    """Failed readiness check, with its reason."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check. `reason`: why it failed, None where it succeeded."""

    name: str
    reason: str | None


class ReadinessCheck:
    """Readiness check of the service. `check` runs all checks at once, and takes `timeout_s` at most."""

    def __init__(
        self,
        store: Store | RemoteStore,
        health: Callable[[], Health],
        settings: Callable[[], Settings],
        *,
        timeout_s: float = CHECK_TIMEOUT_S,
    ) -> None:
        self._timeout_s = timeout_s
        self._checks: Mapping[str, Callable[[], object]] = {
            "store": store.tasks.count_by_status,
            "worker": lambda: require_worker(health()),
            "disk": lambda: require_writable(settings().data_dir),
        }
        self._threads = ThreadPoolExecutor(len(self._checks), thread_name_prefix="readiness")
        self._running: dict[str, asyncio.Future[object]] = {}

    async def check(self) -> tuple[CheckResult, ...]:
        """Run all checks. Never raises."""
        return tuple(await asyncio.gather(*(self._run_check(name) for name in self._checks)))

    def _run_check(self, name: str) -> Awaitable[CheckResult]:
        running = self._running.get(name)
        if running is None or running.done():
            running = self._running[name] = asyncio.get_running_loop().run_in_executor(self._threads, self._checks[name])
        return self._wait_for_check(name, running)

    async def _wait_for_check(self, name: str, running: "asyncio.Future[object]") -> CheckResult:
        done, _ = await asyncio.wait([running], timeout=self._timeout_s)
        if not done:
            return CheckResult(name, f"no answer within {self._timeout_s:g} s")
        error = running.exception()
        if error is None:
            return CheckResult(name, None)
        if isinstance(error, NotReady):
            return CheckResult(name, str(error))
        log.warning("readiness: check=%s failed: %r", name, error)
        return CheckResult(name, "an error; see the log" if isinstance(error, DubarrError) else "no answer; see the log")


def require_worker(health: Health) -> None:
    """Require a worker that lives. NotReady."""
    if not health.worker_alive:
        raise NotReady("no worker has sent a heartbeat lately")


def require_writable(folder: Path) -> None:
    """Require that a file can be written into DATA_DIR, which has free space. NotReady."""
    try:
        free = shutil.disk_usage(folder).free
        with tempfile.TemporaryFile(dir=folder) as file:  # without a name where the file system allows: nothing is left behind
            file.write(b"ready")
            file.flush()
    except OSError as error:
        raise NotReady(f"DATA_DIR cannot be written to ({error.strerror})") from error
    if free < MIN_FREE_BYTES:
        raise NotReady(f"DATA_DIR has less than {MIN_FREE_BYTES >> 20} MB of free space")
