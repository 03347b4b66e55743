"""HAProxy under our configuration: silence is ended, floods are bounded, what flows is not cut."""

import asyncio
import resource
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from haproxy_configuration import served

from cli.service.process import find_free_port
from serve.runtime.haproxy import (
    MAX_CONNECTIONS,
    MAX_CONNECTIONS_PER_ADDRESS,
    Limits,
    UnknownConfiguration,
    add_limits,
    build_socket_path,
    compute_limits,
)
from serve.runtime.ray_environment import _find_haproxy_program

LIMITS = compute_limits(65_536)
FEW = Limits(connections=64, per_address=8, per_network=40, crowded=48, when_crowded=4, full=60)


def section(configuration: str, name: str) -> list[str]:
    """The lines of one section."""
    lines = configuration.splitlines()
    start = lines.index(name) + 1
    end = next((n for n in range(start, len(lines)) if lines[n][:1].isalpha()), len(lines))
    return [line.strip() for line in lines[start:end]]


def test_the_listeners_without_a_password_are_gone_and_ours_is_the_only_one() -> None:
    hardened = add_limits(served(), LIMITS)
    assert [line.strip() for line in hardened.splitlines() if "bind" in line] == ["bind 127.0.0.1:18999 proto h1"]
    assert "stats enable" not in hardened
    assert "mode 666" not in hardened, "the socket that commands HAProxy is ours alone"


def test_every_wait_of_the_listener_has_an_end_of_30_seconds_at_most() -> None:
    front = section(add_limits(served(), LIMITS), "frontend http_frontend")
    waits = {words[1]: int(words[2].removesuffix("s")) for line in front if (words := line.split())[0] == "timeout"}
    assert set(waits) == {"http-request", "client", "client-fin", "http-keep-alive"}
    assert all(10 <= wait <= 30 for wait in waits.values())


def test_rules_of_ours_come_before_those_that_answer_without_a_password() -> None:
    front = section(add_limits(served(), LIMITS), "frontend http_frontend")
    ours = next(n for n, line in enumerate(front) if line.startswith("http-request return status 404"))
    assert all(n > ours for n, line in enumerate(front) if "status 200" in line)


def test_rewriting_twice_is_rewriting_once() -> None:
    hardened = add_limits(served(), LIMITS)
    assert add_limits(hardened, LIMITS) == hardened


@pytest.mark.parametrize("missing", ["    maxconn 4096\n", "    bind 127.0.0.1:18999\n"])
def test_a_configuration_of_another_form_is_refused(missing: str) -> None:
    with pytest.raises(UnknownConfiguration):
        add_limits(served().replace(missing, ""), LIMITS)


def test_no_query_is_logged_for_it_may_hold_a_key(tmp_path: Path) -> None:
    """HAProxy itself accepts the format, and the request line and its variants that have the query are not in it."""
    front = section(add_limits(served(tmp_path), LIMITS), "frontend http_frontend")
    (form,) = [line for line in front if line.startswith("log-format ")]
    assert "%HPO" in form
    assert not {"%r", "%HU", "%HP", "%HQ", "%hr", "%hs"} & set(form.replace('"', " ").split())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log, socket.socket() as free:
        log.bind(str(tmp_path / "log"))
        log.settimeout(10)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        text = add_limits(served(tmp_path, port=port), LIMITS).replace(
            "log 127.0.0.1:9 local0 info", f"log {tmp_path}/log local0 info"
        )
        text = text.replace("    mode http\n", "    mode http\n    log global\n    option httplog\n", 1)
        (tmp_path / "haproxy.cfg").write_text(text)
        with subprocess.Popen([_find_haproxy_program(), "-db", "-f", tmp_path / "haproxy.cfg"], stderr=subprocess.PIPE) as proxy:
            try:
                for _ in range(100):
                    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5) as asked:
                        asked.sendall(
                            b"POST /webhook?apikey=dubarr_secret HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n"
                        )
                        asked.recv(100)
                        break
                    time.sleep(0.05)
                lines = [log.recv(4_096).decode()]
                while "POST" not in lines[-1]:
                    lines.append(log.recv(4_096).decode())
            finally:
                proxy.terminate()
    assert "POST /webhook HTTP/1.1" in lines[-1]
    assert "secret" not in "".join(lines)


def test_servers_are_reached_by_their_socket_where_they_have_one(tmp_path: Path) -> None:
    build_socket_path(tmp_path, 20_003).touch()
    backend = section(add_limits(served(), LIMITS, tmp_path), "backend http-dubarr")
    assert f"server SERVE_REPLICA unix@{tmp_path}/server-20003.sock" in [line.strip() for line in backend]
    assert "server SERVE_PROXY_ACTOR 127.0.0.1:9 backup" in backend


def test_a_browser_stays_with_one_of_several_servers_and_one_server_needs_no_cookie() -> None:
    assert "cookie" not in add_limits(served(), LIMITS)
    second = "    server SERVE_REPLICA 127.0.0.1:20003\n    server SERVE_REPLICA_2 127.0.0.1:20004\n"
    several = add_limits(served().replace("    server SERVE_REPLICA 127.0.0.1:20003\n", second), LIMITS)
    backend = section(several, "backend http-dubarr")
    assert backend[0] == "cookie dubarr-replica insert indirect nocache httponly attr SameSite=Lax"
    names = [line.split(" cookie ")[1] for line in backend if line.startswith("server SERVE_REPLICA")]
    assert len(set(names)) == 2
    assert [line for line in backend if "backup" in line] == ["server SERVE_PROXY_ACTOR 127.0.0.1:9 backup"]
    assert add_limits(several, LIMITS) == several


def test_serve_writes_what_is_rewritten() -> None:
    from ray.serve._private.haproxy_templates import HAPROXY_CONFIG_TEMPLATE

    for part in (
        "    maxconn {",
        "defaults\n",
        "frontend http_frontend\n    bind {",
        "mode 666",
        "    server {{ server.name }} {",
    ):
        assert part in HAPROXY_CONFIG_TEMPLATE


@pytest.mark.parametrize("files", [1_024, 4_096, 20_000, 1_048_576, resource.RLIM_INFINITY])
def test_the_limits_keep_within_the_open_files_and_leave_room_for_others(files: int) -> None:
    limits = compute_limits(files)
    assert limits.connections <= MAX_CONNECTIONS
    assert files == resource.RLIM_INFINITY or limits.connections * 2.5 + 100 < files
    assert limits.per_address <= limits.connections / 4
    assert limits.per_address <= limits.per_network < limits.crowded < limits.full < limits.connections
    assert files < 8_192 or limits.per_address == MAX_CONNECTIONS_PER_ADDRESS


class Server:
    """A server behind HAProxy: answers at once, late, never read, or as it is told by the path."""

    def __init__(self, path: Path) -> None:
        self.path, self.lost = path, 0
        self.heads: list[bytes] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(asyncio.start_unix_server(self._serve, path), self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.heads.append(head)
            path = head.split()[1]
            if path == b"/late":
                await asyncio.sleep(5)
            if path == b"/read":
                await reader.readexactly(100_000)
            if path == b"/socket":
                writer.write(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n")
                await asyncio.sleep(5)
                writer.write(b"late word")
            elif path == b"/large":
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 50000000\r\n\r\n" + bytes(50_000_000))
            else:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            self.lost += 1
        finally:
            writer.close()


QUICK = {" 15s": " 1s", " 30s": " 2s"}  # the waits of these tests
HOST = b"host: localhost\r\n"


class Front:
    """HAProxy at an address of this machine."""

    def __init__(self, port: int, server: Server) -> None:
        self.port, self.server = port, server

    def connect(self, sent: bytes = b"", *, source: str = "127.0.0.1", buffer: int | None = None) -> socket.socket:
        connection = socket.socket()
        connection.settimeout(15)
        if buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.bind((source, 0))
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(sent)
        return connection

    def flood(self, sources: Sequence[str], held: ExitStack) -> list[socket.socket]:
        """The silent connections of these addresses that are still open a moment later."""
        opened = []
        for source in sources:
            with suppress(ConnectionResetError):  # refused at once
                opened.append(held.enter_context(self.connect(source=source)))
        time.sleep(0.3)
        return [each for each in opened if not is_closed(each)]

    def ask(self, path: str, more: bytes = b"", **given: str) -> bytes:
        with self.connect(f"GET {path} HTTP/1.1\r\n".encode() + HOST + more + b"connection: close\r\n\r\n", **given) as asked:
            return everything(asked)


def everything(connection: socket.socket) -> bytes:
    """All bytes until the connection is closed."""
    came = b""
    try:
        while piece := connection.recv(1 << 20):
            came += piece
    except ConnectionResetError:
        pass
    return came


@contextmanager
def fronted(folder: Path, limits: Limits, change: Callable[[str], str] = lambda text: text) -> Iterator[Front]:
    """HAProxy with our configuration, at a tenth of its waits, before one server."""
    port, server = find_free_port("127.0.0.1"), Server(build_socket_path(folder, 20_003))
    configuration = change(add_limits(served(folder, port), limits, folder))
    for long, short in QUICK.items():
        configuration = configuration.replace(long, short)
    (folder / "haproxy.cfg").write_text(configuration)
    process = subprocess.Popen([_find_haproxy_program(), "-db", "-f", folder / "haproxy.cfg"], stderr=subprocess.DEVNULL)
    try:
        front = Front(port, server)
        deadline = time.monotonic() + 10
        while True:
            try:
                front.connect().close()
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        yield front
    finally:
        process.terminate()
        process.wait()
        server.close()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("f")
    with fronted(folder, LIMITS) as running:
        yield running
    shutil.rmtree(folder)


POST = b"POST /read HTTP/1.1\r\n" + HOST + b"content-length: 100000\r\n\r\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [b"", b"GET / HTTP/1.1\r\nhost: lo", POST, POST + b"x" * 50_000, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"],
    ids=["silent", "half a header", "no body", "half a body", "kept alive"],
)
def test_a_connection_that_falls_silent_is_closed(front: Front, sent: bytes) -> None:
    begun = time.monotonic()
    with front.connect(sent) as silent:
        everything(silent)  # times out where it stays open
    assert time.monotonic() - begun < 10


@pytest.mark.slow
def test_a_header_that_trickles_in_is_closed(front: Front) -> None:
    with front.connect(b"GET / HTTP/1.1\r\n") as slow, pytest.raises(OSError):
        for _ in range(50):
            slow.sendall(b"x: y\r\n")
            time.sleep(0.2)


@pytest.mark.slow
def test_an_answer_that_is_not_read_is_given_up_and_one_that_is_read_slowly_is_not(front: Front) -> None:
    asked = b"GET /large HTTP/1.1\r\n" + HOST + b"\r\n"
    lost = front.server.lost
    with front.connect(asked, buffer=8_192) as stalled, front.connect(asked, buffer=8_192) as slow:
        came, begun = 0, time.monotonic()
        while time.monotonic() - begun < 6:  # three times the wait
            came += len(slow.recv(100_000))
            time.sleep(0.1)
        assert front.server.lost == lost + 1
        while came < 50_000_000 and (piece := slow.recv(1 << 20)):
            came += len(piece)
        assert came >= 50_000_000
        assert len(everything(stalled)) < 5_000_000


@pytest.mark.slow
def test_an_answer_that_comes_late_is_waited_for(front: Front) -> None:
    assert front.ask("/late").endswith(b"ok"), "the waits are for the client, not for us"


@pytest.mark.slow
def test_an_upload_that_flows_is_not_cut(front: Front) -> None:
    with front.connect(POST) as upload:
        for _ in range(40):
            upload.sendall(b"x" * 2_500)
            time.sleep(0.1)
        assert upload.recv(4_096).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
def test_a_quiet_websocket_stays(front: Front) -> None:
    with front.connect(b"GET /socket HTTP/1.1\r\n" + HOST + b"upgrade: echo\r\nconnection: upgrade\r\n\r\n") as quiet:
        assert everything(quiet).endswith(b"late word")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/-/routes", "/-/healthz", "/-/ROUTES", "/%2d/routes", "/-%2froutes", "/-/routes?x"])
def test_serves_own_routes_answer_nobody(front: Front, path: str) -> None:
    answer = front.ask(path)
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"tells" not in answer


@pytest.mark.slow
def test_the_server_is_told_the_clients_address_and_none_of_its_tales(front: Front) -> None:
    more = b"x-forwarded-for: 192.0.2.1\r\nX-Request-Disconnect-Disabled: ?1\r\nx-request-timeout-seconds: 9\r\n"
    front.ask("/told", more, source="127.0.0.3")
    head = front.server.heads[-1].lower()
    assert head.count(b"x-forwarded-for: 127.0.0.3\r\n") == head.count(b"x-forwarded-for") == 1
    assert b"x-request" not in head


@pytest.mark.slow
@pytest.mark.parametrize("length", [b"content-length: 2", b"transfer-encoding: chunked"])
def test_the_server_reads_bodies_by_itself_so_that_uploads_wait_in_the_kernel(front: Front, length: bytes) -> None:
    front.ask("/told", length + b"\r\n\r\n2\r\nab\r\n0\r\n")
    assert front.server.heads[-1].lower().count(b"x-request-disconnect-disabled: ?1\r\n") == 1


@pytest.mark.slow
def test_http_2_is_not_spoken_so_that_a_connection_is_one_request_at_a_time(front: Front) -> None:
    with front.connect(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)) as other:
        assert everything(other).startswith(b"HTTP/1.1 4")


@pytest.mark.slow
def test_one_address_gets_so_many_connections_and_another_is_served(tmp_path: Path) -> None:
    with fronted(tmp_path, FEW) as front, ExitStack() as open_ones:
        flood = front.flood(["127.0.0.1"] * 30, open_ones)
        assert len(flood) == FEW.per_address
        assert front.ask("/", source="127.0.0.2").endswith(b"ok")
        time.sleep(2)  # the wait for a header
        assert all(is_closed(each) for each in flood)
        assert front.ask("/").endswith(b"ok")


@pytest.mark.slow
def test_many_addresses_together_leave_room_for_one_that_has_few(tmp_path: Path) -> None:
    far = replace(FEW, per_network=FEW.connections)  # these tests have the addresses of one network only
    with fronted(tmp_path, far) as front, ExitStack() as open_ones:
        front.flood([f"127.0.0.{number}" for number in range(10, 20) for _ in range(20)], open_ones)
        assert front.ask("/", source="127.0.0.2").endswith(b"ok")


@pytest.mark.slow
def test_the_addresses_of_one_network_together_are_bounded(tmp_path: Path) -> None:
    with fronted(tmp_path, FEW) as front, ExitStack() as open_ones:
        assert len(front.flood([f"127.0.{n}.1" for n in range(10) for _ in range(8)], open_ones)) <= FEW.per_network


def is_closed(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
