"""The running service as others reach it: its ports, its websockets, and what an upload costs in memory."""

import base64
import contextlib
import itertools
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from breaking_proxy import breaking_proxy
from long_film import hash_file, write_long_film
from prometheus_client.parser import text_string_to_metric_families
from real_service import Running, real_service
from shown_films import noisy_film

from serve.client.client import Client
from serve.client.client_errors import Refused
from serve.runtime.haproxy import MAX_CONNECTIONS_PER_ADDRESS
from serve.store.metrics_reporter import REPORT_INTERVAL_S

pytestmark = pytest.mark.slow

LISTENING = "0A"  # as /proc/net/tcp says it
LOOPBACK = {"0100007F", "0" * 24 + "01000000", "0" * 16 + "FFFF0000" + "0100007F"}  # 127.0.0.1, ::1, ::ffff:127.0.0.1


def processes(running: Running) -> Iterator[Path]:
    """The /proc folders of the service: whatever inherited its DATA_DIR."""
    mark = f"DATA_DIR={running.settings.data_dir}\0".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                yield folder
        except OSError:
            continue  # it ended, or is another user's


def sockets(folder: Path) -> Iterator[str]:
    for handle in (folder / "fd").iterdir():
        try:
            target = str(handle.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def command(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""  # it ended


def peak(folder: Path) -> float:
    """The most memory a process has held, MB."""
    (line,) = [line for line in (folder / "status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def test_every_port_of_the_service_listens_on_loopback_only(running: Running) -> None:
    ours = {inode for folder in processes(running) for inode in sockets(folder)}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = {row[1] for row in rows if row[3] == LISTENING and row[9] in ours}
    ports = {int(address.split(":")[1], 16) for address in listening}
    assert running.settings.port in ports
    assert {address for address in listening if address.split(":")[0] not in LOOPBACK} == set()


def test_an_upload_waits_in_the_kernel_and_not_in_memory(running: Running, tmp_path: Path) -> None:
    large = tmp_path / "large.mkv"
    with large.open("wb") as file:
        file.truncate(300 << 20)
    before = {folder: peak(folder) for folder in processes(running)}
    credentials = (running.settings.api_user, running.password)
    with large.open("rb") as film:
        refused = httpx.post(f"{running.url}/upload", files={"file": film}, auth=credentials, timeout=60, trust_env=False)
    assert (refused.status_code, "not a film" in refused.json()["detail"]) == (422, True)
    with pytest.raises(Refused, match="not a film"):
        running.client.upload(large)
    grown = {command(folder): peak(folder) - held for folder, held in before.items() if folder.exists()}
    assert {name: more for name, more in grown.items() if more > 64} == {}
    assert list(running.settings.videos_dir.glob("large*")) == []


def test_an_upload_that_breaks_off_five_times_arrives_whole(running: Running, tmp_path: Path) -> None:
    film, size = write_long_film(tmp_path / "broken.mkv", 64 << 20), 64 << 20
    with (
        breaking_proxy(running.url, [size * part // 6 for part in range(1, 6)]) as proxy,
        Client(proxy.url, running.settings.api_user, running.password) as client,
    ):
        task = client.upload(film, ["es"], "en")
    assert proxy.broken == 5
    assert hash_file(Path(task["path"])) == hash_file(film)
    running.client.delete(task["id"])


def test_a_film_is_watched_through_serve_and_its_ffmpeg_ends_with_the_viewer(running: Running) -> None:
    film = noisy_film(running.library / "watched.mkv", seconds=60.0)
    task = running.client.submit_path(film, ["es"], "en")

    waveform = f"{running.url}/api/tasks/{task['id']}/waveform"
    deadline = time.monotonic() + 60
    while (
        measured := httpx.get(waveform, auth=(running.settings.api_user, running.password), trust_env=False)
    ).status_code == 202:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert measured.status_code == 200 and len(measured.content) >= 2 * 600, "10 pairs a second"

    def makers() -> list[Path]:
        return [folder for folder in processes(running) if b"frag_keyframe" in command(folder)]

    def settles(count: int) -> None:
        deadline = time.monotonic() + 60
        while len(makers()) != count:
            assert time.monotonic() < deadline
            time.sleep(0.05)

    url = f"{running.url}/api/tasks/{task['id']}/watch"
    with httpx.stream("GET", url, auth=(running.settings.api_user, running.password), timeout=60, trust_env=False) as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
        coming, seen = answer.iter_raw(), b""  # kept: httpx closes the connection of one that is dropped
        while seen.count(b"moof") < 3:
            seen += next(coming)
        settles(1)
        (encoder,) = makers()
        (parent,) = [line.split()[1] for line in (encoder / "status").read_text().splitlines() if line.startswith("PPid")]
        assert b"ServeReplica:dubarr:media" in command(Path("/proc") / parent)  # not the web server
    settles(0)
    ended = running.ended(task["id"])
    assert ended["status"] == "ERROR", "a film without a word cannot be dubbed"
    running.client.delete(task["id"])


def test_events_metrics_and_probes_tell_of_a_task_through_serve(running: Running) -> None:
    """No proxy holds an event back, and one scrape has what workers, engines and web servers count."""
    auth = (running.settings.api_user, running.password)
    with Client(running.url, *auth) as other:
        stream = other.events(types=["added", "status", "deleted"])
        assert next(stream).kind == "ready"
        film = running.client.submit_path(noisy_film(running.library / "events.mkv", seconds=2), source_lang="en")
        began = time.monotonic()
        seen = []
        for event in stream:
            if event.payload.get("task") == film["id"]:
                seen.append(event.payload["status"])
            if seen and seen[-1] in {"DONE", "ERROR", "SKIPPED"}:
                break
        assert seen[:2] == ["QUEUED", "PROCESSING"] and time.monotonic() - began < 120
    readiness = httpx.get(f"{running.url}/readyz", trust_env=False)
    assert (httpx.get(f"{running.url}/livez", trust_env=False).status_code, readiness.status_code) == (200, 200), readiness.text
    assert httpx.get(f"{running.url}/metrics", trust_env=False).status_code == 401
    time.sleep(2 * REPORT_INTERVAL_S)  # until the worker has reported
    text = httpx.get(f"{running.url}/metrics", auth=auth, trust_env=False).text
    families = {each.name: each for each in text_string_to_metric_families(text)}
    parts = {each.labels["part"] for each in families["dubarr_store_call_duration_seconds"].samples}
    assert {"leases", "stages"} <= parts, "parts that the worker alone asks"
    ended = {each.labels["status"]: each.value for each in families["dubarr_tasks_ended"].samples}
    assert ended[seen[-1].lower()] >= 1 and families["dubarr_store_up"].samples[0].value == 1


def test_a_websocket_without_the_password_gets_a_real_401_through_serve(running: Running) -> None:
    from websockets.exceptions import InvalidStatus
    from websockets.sync.client import connect

    with pytest.raises(InvalidStatus) as refused:
        connect(running.url.replace("http", "ws") + "/ws/logs", proxy=None)
    assert refused.value.response.status_code == 401


def test_the_log_is_followed_through_serve(running: Running) -> None:
    lines = running.client.logs()
    assert next(lines)
    lines.close()


def answered(port: int, path: str) -> int:
    """The status of a request without a password to a port of this machine; 0 where it speaks no HTTP."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=5, trust_env=False).status_code
    except httpx.HTTPError:
        return 0


def listening_ports(running: Running) -> set[int]:
    ours = {inode for folder in processes(running) for inode in sockets(folder)}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == LISTENING and row[9] in ours}


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/routes", "/-/healthz", "/%2d/routes", "/api/tasks", "/stats"])
def test_no_port_of_ray_or_serve_tells_anything_without_a_password(running: Running, path: str) -> None:
    told = {port: status for port in listening_ports(running) if (status := answered(port, path)) not in {0, 401, 403, 404, 405}}
    assert told == {}


def test_serves_replicas_take_no_calls_without_rays_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They unpickle what they are sent: whoever could call one would run code as the service. Other tests do without the token."""
    import grpc
    from ray.serve.generated import serve_pb2, serve_pb2_grpc

    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    monkeypatch.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    codes = set()
    with real_service(tmp_path) as guarded:
        for port in listening_ports(guarded):
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                call = serve_pb2_grpc.ASGIServiceStub(channel).HandleRequest
                with pytest.raises(grpc.RpcError) as refused:
                    call(serve_pb2.ASGIRequest(pickled_request_metadata=b"no pickle"), timeout=5)
                codes.add(refused.value.code())
    assert grpc.StatusCode.UNAUTHENTICATED in codes
    # Other servers know no such call, or speak no gRPC. UNKNOWN: it was unpickled.
    assert codes <= {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNAVAILABLE}


def test_an_address_that_floods_us_with_silence_costs_nobody_else_anything(running: Running) -> None:
    address = (running.settings.host, running.settings.port)
    credentials = base64.b64encode(f"{running.settings.api_user}:{running.password}".encode()).decode()
    head = f"POST /upload HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic {credentials}\r\ncontent-length: 100000\r\n"
    head += "content-type: multipart/form-data; boundary=x\r\n\r\n"
    part = '--x\r\ncontent-disposition: form-data; name="file"; filename="half.mkv"\r\n\r\n' + "x" * 30_000
    beginnings = itertools.cycle([b"", b"GET / HT", head.encode(), (head + part).encode()])
    held = []
    for _ in range(MAX_CONNECTIONS_PER_ADDRESS + 100):
        connection = socket.socket()
        connection.settimeout(60)
        connection.bind(("127.0.0.9", 0))
        try:
            connection.connect(address)
            connection.sendall(next(beginnings))
            held.append(connection)
        except OSError:  # refused: this address has enough
            connection.close()
    begun = time.monotonic()
    transport = httpx.HTTPTransport(local_address="127.0.0.8")
    with httpx.Client(transport=transport, auth=(running.settings.api_user, running.password), timeout=10) as other:
        for path in ("/health", "/", "/api/tasks"):
            assert other.get(running.url + path).status_code == 200
    assert len(held) > MAX_CONNECTIONS_PER_ADDRESS // 2
    for connection in held:
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(65_536):  # times out where it stays open
                pass
        connection.close()
    assert time.monotonic() - begun < 60
    assert list(running.settings.videos_dir.glob(".upload-*")) == []
    assert running.client.health()["worker_alive"]
