"""The language model as an application: light imports, and authentication before its routes behind HAProxy, with real Ray."""

import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from language_models import plan_of
from running_applications import two_applications

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.llm.llm_launcher import find_error_file, find_interpreter

ROOT = Path(__file__).parents[3]


def until(holds: Any, limit: float = 60.0) -> None:
    deadline = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_where_ray_serve_llm_is_missing_the_interpreter_is_named() -> None:
    code = textwrap.dedent("""
        import sys
        sys.modules["ray.serve.llm"] = None  # as where it is not installed
        from pipeline.errors import SettingsError
        from serve.llm.language_model import application
        from serve.llm.llm_plan import Plan
        try:
            application(Plan.model_validate_json(sys.argv[1]))
        except SettingsError as error:
            print(error)
    """)
    args = [sys.executable, "-c", code, plan_of().model_dump_json()]
    ran = subprocess.run(args, cwd=ROOT, capture_output=True, text=True, check=True)
    assert f"{sys.executable} has no ray.serve.llm" in ran.stdout
    assert "./dubarr setup --profile" in ran.stdout


def test_importing_it_loads_neither_ray_nor_vllm() -> None:
    code = "import sys, serve.llm.language_model, serve.llm.llm_launcher; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"ray", "vllm", "torch", "duckdb", "fastapi"} & set(loaded)


def status(url: str, path: str, headers: dict[str, str] | None = None) -> int:
    return httpx.get(url + path, headers=headers, timeout=30).status_code


@pytest.mark.slow
def test_a_second_application_on_our_port_answers_only_to_the_key(tmp_path: Path) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    with two_applications(tmp_path, "gate") as (url, key):
        until(lambda: status(url, "/llm/v1/models") == 401)
        assert status(url, "/llm/v1/models") == 401
        assert status(url, "/llm/v1/models", {"authorization": "Bearer wrong"}) == 401
        assert status(url, "/llm/docs") == status(url, "/llm/openapi.json") == status(url, "/llm") == 401
        assert httpx.get(f"{url}/llm/v1/models", headers=key, timeout=30).json() == {"object": "list"}
        assert httpx.get(f"{url}/llmx", timeout=30).text == "page /llmx"
        assert httpx.get(f"{url}/health", timeout=30).text == "page /health"
        live = url.replace("http", "ws") + "/llm/v1/live"
        with pytest.raises(InvalidStatus, match="401"), connect(live):
            pass
        with connect(live, additional_headers=key) as socket:
            assert socket.recv() == "ours"


@pytest.mark.slow
def test_ray_serve_llm_deploys_what_we_tell_it_behind_the_gate(tmp_path: Path) -> None:
    try:
        find_interpreter("test")
    except SettingsError:
        pytest.skip("no environment with ray.serve.llm: DUBARR_LLM_VENV is not set and there is no .venv-llm")
    with two_applications(tmp_path, "vllm") as (url, key):
        assert not find_error_file(Settings(data_dir=tmp_path / "data")).exists(), (tmp_path / "logs" / "llm.log").read_text()[
            -3000:
        ]
        assert status(url, "/llm/v1/models") == status(url, "/llm/docs") == 401
        (model,) = httpx.get(f"{url}/llm/v1/models", headers=key, timeout=30).json()["data"]
        assert model["id"] == "owner/tiny"
        assert status(url, "/llm/v1/models/owner/tiny", key) == 200
        asked = httpx.post(f"{url}/llm/v1/chat/completions", headers=key, json={"model": "other", "messages": []}, timeout=30)
        assert asked.status_code == 404
        assert httpx.post(f"{url}/llm/v1/embeddings", headers=key, json={}, timeout=30).status_code == 404
        assert httpx.get(f"{url}/health", timeout=30).text == "page /health"
