"""Serve's HTTP servers on UNIX sockets: reached there, by the address that HAProxy tells, and nowhere else."""

import asyncio
import socket
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from serve.runtime import ray_patches, unix_sockets
from serve.runtime.haproxy import build_socket_path

OPTIONS = SimpleNamespace(middlewares=[], port=20_003, root_path="", keep_alive_timeout_s=5, host="127.0.0.1")


async def tell_client(scope: Any, receive: Any, send: Any) -> None:
    """An app that answers with the client's address."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(scope["client"]).encode()})


async def ask(path: Path) -> str:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 192.0.2.7\r\nconnection: close\r\n\r\n")
    answer = (await reader.read()).decode()
    writer.close()
    return answer


def test_a_server_listens_on_a_socket_named_for_its_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(unix_sockets.FOLDER_VARIABLE, str(tmp_path))
    path = build_socket_path(tmp_path, OPTIONS.port)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))  # of a server that was killed

    async def serve() -> str:
        task, server = await ray_patches.start_http_server(tell_client, OPTIONS, event_loop=asyncio.get_running_loop())
        answer = await ask(path)
        server.should_exit = True
        await task
        return answer

    assert "('192.0.2.7', 0)" in asyncio.run(serve())


def test_sockets_lie_in_the_services_folder_or_in_a_private_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(unix_sockets.FOLDER_VARIABLE, str(tmp_path))
    assert unix_sockets.find_folder() == tmp_path
    monkeypatch.delenv(unix_sockets.FOLDER_VARIABLE)  # in a Ray that somebody else started
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert unix_sockets.find_folder().parent == tmp_path
    assert unix_sockets.find_folder().stat().st_mode & 0o077 == 0
