"""Program that serves a GGUF language model by llama.cpp, in the environment `.venv-llama`. Started by its path.

It reads one line of JSON on stdin, loads the model, listens on a UNIX socket, and says one line of JSON on stdout:
`{"ready": true}`, or `{"error": …}`. It ends at the end of stdin, so that it never outlives the process that started it. It needs
xllamacpp alone: none of our packages is installed in its environment.
"""

import importlib
import json
import os
import sys
from typing import Any


def build_common_params(library: Any, plan: dict[str, Any]) -> Any:
    """Build llama.cpp's parameters for a plan: `model`, `alias`, `socket`, `key`, `window`, `slots`, `threads`."""
    params = library.CommonParams()
    params.model.path = plan["model"]
    params.model_alias = {plan["alias"]}
    params.hostnames = [plan["socket"]]
    params.api_keys = [plan["key"]]
    params.n_ctx = plan["window"] * plan["slots"]
    params.n_parallel = plan["slots"]
    params.cpuparams.n_threads = plan["threads"]
    params.cpuparams_batch.n_threads = plan["threads"]
    params.n_threads_http = plan["slots"] + 1
    params.cache_prompt = True  # the rules that all questions begin with are read once
    params.cache_ram_mib = 0  # no store of old prompts beside the slots' own
    params.fit_params = False  # the window is ours to choose, whatever memory is free now
    params.offline = True
    params.ui = False
    params.endpoint_slots = False  # it would show prompts
    params.verbosity = 1  # errors
    return params


def main() -> None:
    """Serve until the end of stdin."""
    plan = json.loads(sys.stdin.readline())
    os.umask(0o077)  # the socket is its owner's
    try:
        library = importlib.import_module("xllamacpp")
        server = library.Server(build_common_params(library, plan))
    except (ImportError, AttributeError, OSError, RuntimeError, TypeError, ValueError) as error:
        _write_answer({"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    _write_answer({"ready": True})
    sys.stdin.read()
    del server
    os._exit(0)  # llama.cpp's threads may still wait for work


def _write_answer(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
