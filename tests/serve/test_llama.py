"""The language model behind llama.cpp: its process, who reaches it, how it ends, and what of a GGUF file is refused."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from llama_stand_in import make_gguf, make_interpreter
from pydantic import ValidationError
from running_applications import two_applications

from pipeline.errors import ModelMissing, SettingsError
from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from pipeline.settings_loader import load_settings
from serve.llm import llama_program, llm_launcher, llm_plan
from serve.llm.llama_process import LlamaError, LlamaServer, find_model_file
from serve.llm.llm_launcher import LlmLauncher, find_interpreter
from serve.profile import EngineProfile, LanguageModel, Profile

ROOT = Path(__file__).parents[2]
MODEL = LanguageModel(model="small", server="llama.cpp", window=2048)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LlamaServer]:
    folder = tmp_path / "s"
    folder.mkdir(mode=0o700)
    one = LlamaServer.start(MODEL, make_gguf(tmp_path), python=make_interpreter(tmp_path), folder=folder)
    yield one
    one.close()


def ask(server: LlamaServer, key: str) -> httpx.Response:
    client = httpx.Client(transport=httpx.HTTPTransport(uds=str(server.socket)), base_url="http://llama")
    return client.get("/v1/models", headers={"authorization": f"Bearer {key}"})


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(holds: Any, limit: float = 30.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# The process


def test_it_answers_its_owner_on_a_socket_that_others_cannot_open(server: LlamaServer) -> None:
    answer = ask(server, server.key)
    assert answer.json()["data"] == [{"id": "small", "meta": {"n_ctx": 2048}}]
    assert ask(server, "another").status_code == 401
    assert server.socket.stat().st_mode & 0o077 == 0
    assert len(server.key) >= 40


def test_closing_it_ends_the_process_and_removes_the_socket(server: LlamaServer) -> None:
    server.require_alive()
    server.close()
    server.close()
    assert not server.socket.exists()
    with pytest.raises(LlamaError, match="process ended"):
        server.require_alive()


def test_a_process_that_died_is_told(server: LlamaServer) -> None:
    (process,) = server.process._processes
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    with pytest.raises(LlamaError, match="process ended; it is started again"):
        server.require_alive()


def test_two_servers_have_keys_and_sockets_of_their_own(server: LlamaServer, tmp_path: Path) -> None:
    other = LlamaServer.start(MODEL, make_gguf(tmp_path), python=make_interpreter(tmp_path), folder=server.socket.parent)
    try:
        assert other.key != server.key and other.socket != server.socket
        assert ask(other, server.key).status_code == 401
    finally:
        other.close()


def test_it_ends_with_whoever_started_it_even_if_that_is_killed(tmp_path: Path) -> None:
    python, file = make_interpreter(tmp_path), make_gguf(tmp_path)
    code = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from serve.llm.llama_process import LlamaServer
        from serve.profile import LanguageModel
        one = LlamaServer.start(LanguageModel(model="small", server="llama.cpp"), Path({str(file)!r}), python={python!r}, folder=Path({str(tmp_path)!r}))
        print(one.process._processes[0].pid, flush=True)
        sys.stdin.read()
    """)
    owner = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout is not None and owner.stdin is not None
    pid = int(owner.stdout.readline())
    assert is_alive(pid)
    owner.kill()
    owner.wait(10)
    until(lambda: not is_alive(pid))
    owner.stdin.close()
    owner.stdout.close()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("broken.gguf", "cannot load broken.gguf: RuntimeError: its tensors are missing"),
        ("mute.gguf", "did not start with mute.gguf"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_told_by_its_file(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(LlamaError, match=reason):
        LlamaServer.start(MODEL, make_gguf(tmp_path, name), python=make_interpreter(tmp_path), folder=tmp_path)
    assert not list(tmp_path.glob("*.sock"))


def test_without_the_library_the_program_says_so(tmp_path: Path) -> None:
    with pytest.raises(LlamaError, match="ModuleNotFoundError: No module named 'xllamacpp'"):
        LlamaServer.start(MODEL, make_gguf(tmp_path), python=sys.executable, folder=tmp_path)


def test_llama_cpp_is_told_all_that_bounds_it() -> None:
    class Params(SimpleNamespace):
        def __init__(self) -> None:
            super().__init__(model=SimpleNamespace(), cpuparams=SimpleNamespace(), cpuparams_batch=SimpleNamespace())

    plan = {"model": "/m/x.gguf", "alias": "x", "socket": "/s/x.sock", "key": "k", "window": 2048, "slots": 2, "threads": 3}
    params = llama_program.build_common_params(SimpleNamespace(CommonParams=Params), plan)
    assert (params.model.path, params.model_alias, params.hostnames, params.api_keys) == (
        "/m/x.gguf",
        {"x"},
        ["/s/x.sock"],
        ["k"],
    )
    assert (params.n_ctx, params.n_parallel, params.cpuparams.n_threads, params.cpuparams_batch.n_threads) == (4096, 2, 3, 3)
    assert params.cache_prompt and not params.ui and not params.endpoint_slots and params.offline


# The model's file


def test_the_file_of_a_folder_is_found_and_two_are_refused(tmp_path: Path) -> None:
    file = make_gguf(tmp_path / "small", "a.gguf")
    hub = Hub(tmp_path)
    assert find_model_file(MODEL, hub) == file
    make_gguf(tmp_path / "small", "b.gguf")
    with pytest.raises(ModelMissing, match=r"holds 2 GGUF files; name one file in LANGUAGE_MODEL"):
        find_model_file(MODEL, hub)


def settings_with(folder: Path, **given: Any) -> Settings:
    return Settings(profile="embedded-llm", data_dir=folder / "data", logs_dir=folder / "logs", **given)


def test_language_model_names_a_file_that_takes_the_place_of_the_profiles(tmp_path: Path) -> None:
    file = make_gguf(tmp_path, "mine.gguf")
    settings = settings_with(tmp_path, language_model=file)
    model = llm_plan.find_language_model(settings)
    assert model is not None
    assert (model.model, model.alias, model.server) == (str(file), "mine.gguf", "llama.cpp")
    before = llm_plan.find_access(settings)
    assert before["model"] == "mine.gguf" and before["url"].endswith("/llm/v1")
    file.write_bytes(b"GGUF and other weights")
    assert llm_plan.find_access(settings)["revision"] != before["revision"], (
        "another model of the same name is another fingerprint"
    )


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "there is no such file; give the path of a GGUF file"), (b"PK\3\4", "that is no GGUF file")]
)
def test_a_file_that_cannot_be_served_is_refused_before_anything_starts(
    tmp_path: Path, content: bytes | None, reason: str
) -> None:
    file = tmp_path / "mine.gguf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"LANGUAGE_MODEL.*{reason}"):
        LlmLauncher.for_settings(settings_with(tmp_path, language_model=file))


def test_language_model_wants_a_profile_that_serves_one(tmp_path: Path) -> None:
    settings = Settings(profile="draft", data_dir=tmp_path, logs_dir=tmp_path, language_model=make_gguf(tmp_path))
    with pytest.raises(SettingsError, match="serves no GGUF file; choose PROFILE=embedded-llm"):
        LlmLauncher.for_settings(settings)


def test_language_model_is_a_path_beside_env(tmp_path: Path) -> None:
    assert (
        load_settings({"LANGUAGE_MODEL": "models/mine.gguf"}, folder=tmp_path).language_model == tmp_path / "models" / "mine.gguf"
    )


# The profile


def test_a_model_by_llama_cpp_takes_no_card_and_leaves_when_idle() -> None:
    assert (MODEL.num_gpus, MODEL.calls, MODEL.scaling.least, MODEL.scaling.most) == (0.0, 1, 0, 1)
    roles = {role: EngineProfile(engine="x", num_cpus=0) for role in ("transcriber", "diarizer", "translator", "synthesizer")}
    profile = Profile(language_model=MODEL, **roles)  # type: ignore[arg-type]
    assert profile.gpus == 0.0


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"server": "llama.cpp", "num_gpus": 0.5, "memory": 0.4}, "llama.cpp runs on the CPU here"),
        ({"server": "llama.cpp", "options": {"seed": 1}}, "llama.cpp runs on the CPU here"),
        ({"num_gpus": 0}, "vLLM needs num_gpus; on a CPU say server: llama.cpp"),
        ({"server": "ollama"}, "server"),
    ],
)
def test_what_does_not_go_together_is_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        LanguageModel(model="small", **given)


def test_its_environment_lies_beside_ours_or_where_the_variable_says(tmp_path: Path) -> None:
    python = make_interpreter(tmp_path)
    assert str(find_interpreter("embedded-llm", {"DUBARR_LLAMA_VENV": str(tmp_path)}, server="llama.cpp")) == python
    with pytest.raises(SettingsError, match=r"run ./dubarr setup --profile embedded-llm"):
        find_interpreter("embedded-llm", {"DUBARR_LLAMA_VENV": str(tmp_path / "none")}, server="llama.cpp")


# Behind Serve, with real Ray


@pytest.mark.slow
def test_serve_answers_only_to_the_key_and_replaces_a_process_that_died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUBARR_LLAMA_VENV", str(tmp_path / "llama"))
    make_interpreter(tmp_path / "llama")
    make_gguf(tmp_path / "models" / "tiny")
    with two_applications(tmp_path, "llama") as (url, key):
        assert not llm_launcher.find_error_file(Settings(data_dir=tmp_path / "data")).exists(), (
            tmp_path / "logs" / "llm.log"
        ).read_text()[-3000:]
        until(lambda: httpx.get(f"{url}/llm/v1/models", timeout=30).status_code == 401)  # HAProxy learns the route a moment later
        assert httpx.get(f"{url}/llm/v1/models", headers=key, timeout=60).json()["data"][0]["id"] == "tiny"
        assert httpx.get(f"{url}/llm/docs", headers=key, timeout=30).status_code == 404
        pid = process_of(url, key)
        os.kill(pid, signal.SIGKILL)
        until(lambda: process_of(url, key) not in {pid, 0}, limit=60)
    until(lambda: not is_alive(pid))


def process_of(url: str, key: dict[str, str]) -> int:
    body = {"messages": [{"role": "user", "content": "hello"}]}
    try:
        answer = httpx.post(f"{url}/llm/v1/chat/completions", headers=key, json=body, timeout=30)
    except httpx.HTTPError:
        return 0
    if answer.status_code != 200:
        return 0
    said = json.loads(answer.json()["choices"][0]["message"]["content"])
    assert said["asked"] == "hello"
    return int(said["pid"])
