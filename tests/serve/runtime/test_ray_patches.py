"""Patches of Ray's private parts: each fits the Ray that is installed, and fails here on a version that it was not tried with."""

import importlib
import inspect
import logging
import re
import subprocess
import sys
from importlib import metadata
from operator import attrgetter
from pathlib import Path

import pytest
import ray

from serve.runtime import ray_patches
from serve.runtime.ray_patches import PATCHES, Patch, adapt_replica

SOURCES = Path(__file__).parents[3]
PRIVATE_IMPORT = re.compile(r"^\s*(from|import) ray(\.\w+)*( import |\.)_(private|internal)\b", re.M)


def find_private_part(patch: Patch) -> object:
    """Import what a patch names: the longest prefix that is a module, then its attributes."""
    names = patch.private_part.split(".")
    for length in range(len(names) - 1, 0, -1):
        try:
            module = importlib.import_module(".".join(names[:length]))
        except ModuleNotFoundError:
            continue
        return attrgetter(".".join(names[length:]))(module)
    raise AssertionError(f"no module of {patch.private_part}")


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.private_part)
def test_each_patch_was_tried_with_the_ray_that_is_installed(patch: Patch) -> None:
    version = metadata.version("ray")
    assert patch.is_tried_with(version), (
        f"ray {version} is new to the patch of {patch.private_part}: read {patch.upstream}; remove the patch if {patch.needless_when}, "
        "else try it and move its bound"
    )


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.private_part)
def test_each_private_part_is_where_its_patch_looks_for_it(patch: Patch) -> None:
    if patch.private_part.startswith("ray.llm."):  # its imports work in the language model's own environment only
        module, _, function = patch.private_part.rpartition(".")
        source = Path(ray.__file__).parents[1] / f"{module.replace('.', '/')}.py"
        assert f"def {function}(" in source.read_text("utf-8")
        return
    assert find_private_part(patch) is not None


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.private_part)
def test_each_patch_names_its_upstream_thread(patch: Patch) -> None:
    assert re.fullmatch(r"https://github\.com/ray-project/ray/(issues|pull)/\d+", patch.upstream)
    assert patch.needless_when


@pytest.mark.parametrize(
    ("version", "tried"), [("2.60.0", True), ("2.60.3", True), ("2.59.9", False), ("2.61.0", False), ("3.0.0rc1", False)]
)
def test_a_version_outside_the_bounds_is_unknown(version: str, tried: bool) -> None:
    assert ray_patches.INTERNAL_SERVER.is_tried_with(version) is tried


def test_an_unknown_version_is_left_as_it_is_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from ray.serve._private import replica

    monkeypatch.setattr(logging.getLogger("serve"), "propagate", True)  # another test may have configured our packages' logs
    monkeypatch.setattr(metadata, "version", lambda _: "2.61.0")
    before = replica.add_port_to_grpc_server
    adapt_replica()
    assert replica.add_port_to_grpc_server is before
    assert "ray 2.61.0 was not tried with" in caplog.text


def test_private_parts_of_ray_are_imported_in_one_module_only() -> None:
    packages = ("pipeline", "dashboard", "serve", "cli", "evaluation", "tools")
    naming = {
        path.relative_to(SOURCES).as_posix()
        for package in packages
        for path in (SOURCES / package).rglob("*.py")
        if PRIVATE_IMPORT.search(path.read_text("utf-8"))
    }
    assert naming == {"serve/runtime/ray_patches.py"}


def test_serve_leaves_a_body_to_the_app_by_the_header_that_haproxy_sets() -> None:
    from ray.serve._private.http_util import parse_disconnect_disabled_header

    assert parse_disconnect_disabled_header({b"x-request-disconnect-disabled": b"?1"})


def test_the_names_in_ray_that_we_replace_are_there() -> None:
    from ray.serve._private import replica

    assert callable(replica.add_port_to_grpc_server)


def test_the_sections_that_are_taken_out_are_those_that_serve_writes() -> None:
    from ray.serve._private.haproxy_templates import HAPROXY_CONFIG_TEMPLATE

    binds = [line.strip() for line in HAPROXY_CONFIG_TEMPLATE.splitlines() if line.strip().startswith("bind ")]
    assert [bind.split(":")[0].rstrip() for bind in binds] == [
        "bind",
        "bind {{ config.frontend_host }}",
        "bind {{ config.grpc_frontend_host }}",
        "bind *",
    ]
    assert "\nfrontend prometheus\n" in HAPROXY_CONFIG_TEMPLATE
    assert "\nlisten stats\n" in HAPROXY_CONFIG_TEMPLATE


def test_serves_own_function_is_replaced_for_whoever_holds_it(tmp_path: Path) -> None:
    """In a process of its own: nothing here puts Serve's function back."""
    script = f"""
import asyncio, os
from types import SimpleNamespace
from ray.serve._private.http_util import start_asgi_http_server as held
from serve.runtime import ray_patches, unix_sockets
os.environ[unix_sockets.FOLDER_VARIABLE] = {str(tmp_path)!r}
assert ray_patches.adapt_http_server() == []
options = SimpleNamespace(middlewares=[], port=20003, root_path="", keep_alive_timeout_s=5, host="127.0.0.1")
async def serve():
    task, server = await held(None, options, event_loop=asyncio.get_running_loop(), enable_so_reuseport=True)
    server.should_exit = True
    await task
asyncio.run(serve())
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[3]
    )
    assert ran.returncode == 0, ran.stderr


def test_serves_function_has_the_form_that_is_replaced() -> None:
    from ray.serve._private import http_util

    theirs = inspect.signature(http_util.start_asgi_http_server)
    assert list(theirs.parameters) == list(inspect.signature(ray_patches._start_asgi_http_server).parameters)
    assert http_util.start_asgi_http_server.__code__.co_freevars == ()
