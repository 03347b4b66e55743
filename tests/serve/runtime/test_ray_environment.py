"""Environment of Ray and Serve: names that Ray reads, one service's folder and ports, HAProxy's launcher."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from haproxy_configuration import served

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.runtime import ray_environment, unix_sockets
from serve.runtime.ray_environment import build_environment, make_service_folder, require_free_port

Make = Callable[..., Settings]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("RAY_SERVE_", "RAY_ADDRESS", "RAY_ENABLE_", "RAY_TMPDIR"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Settings]]:
    """Make settings whose private folder goes with the test."""
    made: list[Settings] = []

    def settings(name: str = "data", **given: Any) -> Settings:
        made.append(Settings(data_dir=tmp_path / name, **given))
        return made[-1]

    yield settings
    for each in made:
        shutil.rmtree(make_service_folder(each))


def test_every_name_that_is_set_is_one_that_ray_reads(make: Make) -> None:
    import ray

    package = Path(ray.__file__).parent
    read = "".join(
        (package / name).read_text()
        for name in (
            "serve/_private/constants.py",
            "_private/ray_constants.py",
            "_private/log_monitor.py",
            "_common/utils.py",
            "autoscaler/_private/constants.py",
            "dashboard/consts.py",
            "dashboard/modules/event/event_consts.py",
            "dashboard/modules/reporter/reporter_consts.py",
        )
    )
    core = (package / "core/src/ray/raylet/raylet").read_bytes()  # its own settings have RAY_ before their names
    given = build_environment(make()).keys() - {unix_sockets.FOLDER_VARIABLE}
    unread = [name for name in given if f'"{name}"' not in read and name.removeprefix("RAY_").encode() + b"\0" not in core]
    assert unread == list(ray_environment.NO_TELEMETRY)


def test_onnxruntime_reads_the_name_that_keeps_it_from_reporting() -> None:
    from importlib.util import find_spec

    package = Path(str(find_spec("onnxruntime").origin)).parent  # type: ignore[union-attr]
    libraries = b"".join(path.read_bytes() for path in (package / "capi").glob("*.so*"))
    assert all(name.encode() + b"\0" in libraries for name in ray_environment.NO_TELEMETRY)


def test_two_services_share_neither_folder_nor_ports(make: Make) -> None:
    one = build_environment(make("one", port=8000))
    other = build_environment(make("two", port=8001))
    apart = {name for name in one if "_PORT" in name and not name.endswith(("MAX_HTTP_PORT", "METRIC_PORT"))}
    apart |= {
        name
        for name in one
        if "HAPROXY" in name and ("SOCKET" in name or "STATE" in name or "CONFIG" in name or "BINARY" in name)
    }
    assert all(one[name] != other[name] for name in apart)
    assert int(one["RAY_SERVE_DIRECT_INGRESS_MAX_HTTP_PORT"]) <= int(other["RAY_SERVE_FALLBACK_PROXY_HTTP_PORT"])
    ports = [int(value) for each in (one, other) for name, value in each.items() if "_PORT" in name and "METRIC" not in name]
    assert all(1024 < port < 32_768 for port in ports)


def test_the_folder_is_ours_alone_the_same_again_and_short_enough_for_a_socket(make: Make) -> None:
    settings = make("long" * 30)
    folder = make_service_folder(settings)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert make_service_folder(settings) == folder
    assert len(str(folder / ("0" * 56) / "admin.sock.1234567.tmp")) <= 107
    folder.chmod(0o755)
    try:
        with pytest.raises(SettingsError, match="remove it"):
            make_service_folder(settings)
    finally:
        folder.chmod(0o700)


def test_what_earlier_runs_left_is_cleared_and_a_living_ones_socket_is_not(make: Make) -> None:
    settings = make()
    folder = make_service_folder(settings)
    for name in ("dead", "alive"):
        (folder / name).mkdir()
    with socket.socket(socket.AF_UNIX) as living, socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as dead:
        living.bind(str(folder / "alive" / "admin.sock"))
        living.listen()
        server.bind(str(folder / "server-1.sock"))
        server.listen()
        dead.bind(str(folder / "server-2.sock"))
        dead.close()
        build_environment(settings)
        assert sorted(path.name for path in folder.iterdir()) == ["alive", "haproxy", "server-1.sock"]


def test_rays_metrics_servers_cannot_start(make: Make) -> None:
    """Their ports would tell every user of the machine what it does. One that cannot listen is a line in Ray's own log."""
    given = build_environment(make())
    assert given["RAY_enable_metrics_collection"] == "0"
    for name in ("AUTOSCALER_METRIC_PORT", "DASHBOARD_METRIC_PORT"):
        with socket.socket() as server, pytest.raises(OverflowError):
            server.bind(("127.0.0.1", int(given[name])))


def test_haproxy_gets_no_listener_but_ours_and_accepts_the_rest(make: Make, tmp_path: Path) -> None:
    given = build_environment(make())
    config = tmp_path / "haproxy.cfg"
    config.write_text(served(make_service_folder(make())))
    ran = subprocess.run([given["RAY_SERVE_HAPROXY_BINARY_PATH"], "-c", "-f", str(config)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert [line.strip() for line in config.read_text().splitlines() if "bind" in line] == ["bind 127.0.0.1:18999 proto h1"]
    config.write_text("global\n")
    ran = subprocess.run([given["RAY_SERVE_HAPROXY_BINARY_PATH"], "-c", "-f", str(config)], capture_output=True, text=True)
    assert ran.returncode == 1, "a configuration of another form is served without limits"
    assert "install the pinned version" in ran.stderr


def test_what_somebody_set_is_kept(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_SERVE_HAPROXY_NBTHREAD", "7")
    assert build_environment(make())["RAY_SERVE_HAPROXY_NBTHREAD"] == "7"


def test_ray_keeps_to_loopback_unless_a_cluster_is_joined(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
    assert build_environment(make())[name] == "0"
    assert name not in build_environment(make(), cluster=True)
    monkeypatch.setenv("RAY_ADDRESS", "192.0.2.7:6379")
    assert name not in build_environment(make())


def test_rays_logs_and_statistics_go_on_in_a_cluster_where_others_may_read_them(make: Make) -> None:
    names = {"REPORTER_UPDATE_INTERVAL_MS", "LOG_NAME_UPDATE_INTERVAL_S", "RAY_LOG_MONITOR_MANY_FILES_THRESHOLD"}
    assert names <= build_environment(make(), cluster=False).keys()
    assert not names & build_environment(make(), cluster=True).keys()


def test_the_machines_of_a_cluster_know_each_other_by_a_token(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    assert "RAY_AUTH_MODE" not in build_environment(make())
    assert build_environment(make(), cluster=True)["RAY_AUTH_MODE"] == "token"
    monkeypatch.setenv("RAY_AUTH_MODE", "k8s")
    assert build_environment(make(), cluster=True)["RAY_AUTH_MODE"] == "k8s"


def test_a_taken_port_is_told_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port}"):
            require_free_port(Settings(port=port))
    require_free_port(Settings(port=port))
