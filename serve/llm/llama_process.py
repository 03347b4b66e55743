"""Process of llama.cpp's server: started, called over a UNIX socket of its owner, and ended with its owner.

Other users of the machine reach neither the socket, which lies in a private folder, nor the key, which is made at each start and
passes through a pipe.
"""

import json
import os
import secrets
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ModelMissing, ProgramError, SettingsError
from pipeline.models.model_hub import Hub
from pipeline.processes import resident_process
from serve.profile import LanguageModel
from serve.runtime.private_folders import make_temporary_folder

LLAMA_PROGRAM = Path(__file__).with_name("llama_program.py")
MODEL_SETTING = "LANGUAGE_MODEL"
GGUF_MAGIC = b"GGUF"
START_LIMIT_S = 300.0  # gigabytes from a slow disk
# Threads that wait for each other sleep: spinning costs five times the time where other programs want the same cores.
PASSIVE_WAIT = {"OMP_WAIT_POLICY": "passive"}


class LlamaError(ProgramError):
    """llama.cpp's server did not start, or ended."""

    def __init__(self, reason: str) -> None:
        super().__init__("llama.cpp", -1, reason)


def require_gguf(path: Path, *, named: str) -> None:
    """Require a readable GGUF file. SettingsError."""
    try:
        with path.open("rb") as file:
            magic = file.read(len(GGUF_MAGIC))
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror or type(error).__name__
        raise SettingsError(MODEL_SETTING, named, f"{reason}; give the path of a GGUF file, or leave it unset") from error
    if magic != GGUF_MAGIC:
        raise SettingsError(MODEL_SETTING, named, "that is no GGUF file, which llama.cpp wants; give another, or leave it unset")


def find_model_file(model: LanguageModel, hub: Hub) -> Path:
    """Find the GGUF file of a model: the file itself, or the one in the model's folder. SettingsError, ModelMissing."""
    path = Path(model.model)
    if model.is_file:
        require_gguf(path, named=model.model)
        return path
    folder = hub.fetch_folder(model.model, engine="llama.cpp", setting=MODEL_SETTING, revision=model.revision)
    found = sorted(folder.glob("*.gguf"))
    if len(found) != 1:
        count = "no GGUF file" if not found else f"{len(found)} GGUF files"
        raise ModelMissing("llama.cpp", f"{folder} holds {count}; name one file in {MODEL_SETTING}")
    return found[0]


@dataclass(frozen=True, slots=True)
class LlamaServer:
    """A running server of llama.cpp. `socket`: the UNIX socket on which it listens; `key`: its bearer token; closing it ends the process."""

    socket: Path
    key: str
    process: resident_process.ResidentProcess

    @classmethod
    def start(cls, model: LanguageModel, file: Path, *, python: str, folder: Path | None = None) -> "LlamaServer":
        """Start it and wait until the model is loaded. LlamaError, ProgramMissing.

        `folder`: for the socket, open to its owner alone.
        """
        folder = folder or make_temporary_folder(f"dubarr-llama-{os.getuid()}")
        socket, key = folder / f"{secrets.token_hex(4)}.sock", secrets.token_urlsafe(32)
        process = resident_process.ResidentProcess([[python, "-I", str(LLAMA_PROGRAM)]], env={**os.environ, **PASSIVE_WAIT})
        server = cls(socket, key, process)
        plan = {
            "model": str(file),
            "alias": model.alias,
            "socket": str(socket),
            "key": key,
            "window": model.window,
            "slots": model.calls,
            "threads": model.threads,
        }
        with ExitStack() as on_failure:
            on_failure.callback(server.close)
            try:
                answer = _parse_answer(process.ask(json.dumps(plan).encode() + b"\n", until=b"\n", timeout=START_LIMIT_S))
            except ProgramError as error:
                raise LlamaError(f"it did not start with {file.name}: {error}") from error
            if "ready" not in answer:
                raise LlamaError(f"it cannot load {file.name}: {answer.get('error', 'it gave no reason')}")
            on_failure.pop_all()
        return server

    def require_alive(self) -> None:
        """Require that the process runs. LlamaError."""
        if not self.process.is_alive:
            raise LlamaError("the language model's process ended; it is started again")

    def close(self) -> None:
        """End the process and remove its socket. Harmless when repeated."""
        self.process.close()
        self.socket.unlink(missing_ok=True)


def _parse_answer(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"error": line.decode("utf-8", "replace")[:300]}
