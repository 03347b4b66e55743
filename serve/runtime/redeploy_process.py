"""Redeployment from within the service: a detached process runs `./dubarr redeploy`, and its log tells how it went."""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.control_characters import escape_control_characters
from pipeline.errors import NotPossible
from pipeline.processes import subprocesses
from serve.runtime.supervisor import build_command

LOG_NAME = "redeploy.log"
EXIT_MARK = "exit="
LOST_AFTER_S = 1_800.0  # without a line, after which a redeployment counts as lost
MAX_LOG_BYTES = 65_536
# A child of this process would be killed with it when it is replaced: the shell leaves it to the system and ends.
IN_BACKGROUND = ("sh", "-c", f'( "$@"; echo "{EXIT_MARK}$?" ) &', "dubarr")

RedeployState = Literal["none", "running", "done", "failed"]
_starting = threading.Lock()


@dataclass(frozen=True, slots=True)
class RedeployStatus:
    """Status of the last redeployment that was started here. `message`: its last line."""

    state: RedeployState
    message: str = ""


@dataclass(frozen=True, slots=True)
class RedeployProcess:
    """Starter of redeployments of the service in `folder`."""

    folder: Path
    logs: Path
    command: tuple[str, ...] = build_command("redeploy")

    def start(self) -> RedeployStatus:
        """Start one. NotPossible while one runs."""
        with _starting:
            if self.read_status().state == "running":
                raise NotPossible("a redeployment runs already; wait until it ends")
            self.logs.mkdir(parents=True, exist_ok=True)
            self._log.write_text("starting …\n", encoding="utf-8")
            root = str(Path(__file__).parents[2])
            path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
            environment = {**os.environ, "DUBARR_HOME": str(self.folder), "PYTHONPATH": path}
            subprocesses.start_detached((*IN_BACKGROUND, *self.command), log=self._log, env=environment).wait()
        return self.read_status()

    def read_status(self) -> RedeployStatus:
        """Read the status of the last one."""
        try:
            with self._log.open("rb") as file:
                file.seek(max(0, self._log.stat().st_size - MAX_LOG_BYTES))
                text = file.read().decode("utf-8", "replace")
            age = time.time() - self._log.stat().st_mtime
        except FileNotFoundError:
            return RedeployStatus("none")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        said = escape_control_characters(next((line for line in reversed(lines) if not line.startswith(EXIT_MARK)), ""))
        if lines and lines[-1].startswith(EXIT_MARK):
            return RedeployStatus("done" if lines[-1] == f"{EXIT_MARK}0" else "failed", said)
        return RedeployStatus("running" if age < LOST_AFTER_S else "failed", said)

    @property
    def _log(self) -> Path:
        return self.logs / LOG_NAME
