"""Launcher of the language model: starts, watches and ends the program that deploys it beside the service."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ProgramError, SettingsError
from pipeline.processes import process_groups, subprocesses
from pipeline.settings import Settings
from serve.llm.llm_plan import ROUTE, Plan, find_language_model, make_plan
from serve.profile import LLAMA_CPP

log = logging.getLogger(__name__)

STOP_LIMIT_S = 10.0  # s
MAX_START_S = 6 * 3600.0  # s: the first one downloads the model
ENVIRONMENTS = {"vllm": ("DUBARR_LLM_VENV", ".venv-llm"), LLAMA_CPP: ("DUBARR_LLAMA_VENV", ".venv-llama")}


def find_interpreter(profile: str, environment: Mapping[str, str] | None = None, *, server: str = "vllm") -> Path:
    """Find the Python of the server's environment, `.venv-llm` or `.venv-llama`: in DUBARR_LLM_VENV or DUBARR_LLAMA_VENV,
    else beside our own. SettingsError where there is none.
    """
    variable, name = ENVIRONMENTS[server]
    named = (os.environ if environment is None else environment).get(variable)
    folder = Path(named or Path(sys.prefix).parent / name).absolute()
    python = folder / "bin" / "python"
    if not os.access(python, os.X_OK):
        advice = (
            f"its language model needs an environment of its own, and {folder} is none; run ./dubarr setup --profile {profile}"
        )
        raise SettingsError("PROFILE", profile, advice)
    return python


def find_error_file(settings: Settings) -> Path:
    """The file with the reason why the language model could not be deployed; absent as long as all is well."""
    return settings.data_dir / "llm.error"


@dataclass
class LlmLauncher:
    """One start of the language model. Its failure is reported in the log and in /health, and costs the service nothing else."""

    settings: Settings
    plan: Plan
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @classmethod
    def for_settings(cls, settings: Settings) -> "LlmLauncher | None":
        """Launcher for these settings, None where they name no model of ours. SettingsError where it cannot be had."""
        find_error_file(settings).unlink(missing_ok=True)
        model = find_language_model(settings)
        if model is None:
            return None
        python = find_interpreter(settings.profile, server=model.server)
        return cls(settings, make_plan(settings, model, python=str(python)))

    def start(self, *, address: str, namespace: str) -> None:
        """Deploy into the cluster at `address`, in the background."""
        self._thread = threading.Thread(target=self._deploy, args=(address, namespace), name="llm", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the deploying, if it is still under way; what is deployed ends with Serve."""
        self._stopped.set()
        deadline = time.monotonic() + STOP_LIMIT_S
        while self._thread is not None and self._thread.is_alive() and time.monotonic() < deadline:
            process_groups.kill_all()  # again and again: one that is only just being started is not among them yet
            self._thread.join(timeout=0.1)

    def _deploy(self, address: str, namespace: str) -> None:
        # ray.serve.llm is in the other environment alone; of llama.cpp only the process itself is.
        python = sys.executable if self.plan.language_model.server == LLAMA_CPP else self.plan.python
        args = [python, "-P", "-m", "serve.llm.language_model", "--address", address, "--namespace", namespace]
        path = self.settings.logs_dir / "llm.log"
        try:
            path.touch(mode=0o600)
            with (
                path.open("ab+") as file,
                subprocesses.start_process(
                    args, timeout=MAX_START_S, stdin=subprocess.PIPE, stdout=file.fileno(), log=file, env=_build_environment()
                ) as process,
            ):
                _send_plan(process, self.plan)
        except (ProgramError, OSError) as error:
            if not self._stopped.is_set():
                log.error("the language model could not be deployed: %s; its output is in %s", error, path)
                find_error_file(self.settings).write_text(f"{error}\n", encoding="utf-8")
        else:
            log.info("the language model %s is served at %s", self.plan.language_model.model, ROUTE)


def _send_plan(process: "subprocess.Popen[bytes]", plan: Plan) -> None:
    """Write the plan to the program's stdin: it names the hub's token, and every user can read a command line."""
    try:
        with process.stdin or nullcontext() as stdin:
            if stdin:
                stdin.write(plan.model_dump_json().encode())
    except BrokenPipeError:
        pass  # it ended before it read; the reason is in its exit code and its log


def _build_environment() -> dict[str, str]:
    """Build this process's environment with our packages on PYTHONPATH: the other virtual environment need not hold them."""
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])}
