"""Uploads of the client over a poor network: they arrive whole, and go on where they broke off, also after the client was killed."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from breaking_proxy import breaking_proxy
from in_process_service import AUTH
from listening import Listening, listening

from pipeline.errors import NotPossible
from serve.client import resumable_upload
from serve.client.client import Client
from serve.client.client_errors import Refused, ServiceUnavailable

PART_BYTES = 64 << 10
VOID = b"\xec\x01" + (600_000).to_bytes(7, "big")  # a Matroska element that players skip


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(resumable_upload, "PART_BYTES", PART_BYTES)
    monkeypatch.setattr(resumable_upload, "FIRST_DELAY_S", 0.02)


@pytest.fixture
def film(films: Path, tmp_path: Path) -> Path:
    """A film of about ten parts."""
    path = tmp_path / "long.mkv"
    path.write_bytes((films / "english.mkv").read_bytes() + VOID + os.urandom(600_000))
    return path


def remembered(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "cache" / "dubarr" / "uploads"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_film_arrives_whole_over_a_connection_that_breaks(live: Listening, film: Path, tmp_path: Path) -> None:
    breaks = [100_000 * number for number in range(1, 7)]
    with breaking_proxy(live.url, breaks) as proxy, Client(proxy.url, *AUTH) as client:
        task = client.upload(film, ["es"])
    assert proxy.broken == len(breaks)
    assert Path(task["path"]).read_bytes() == film.read_bytes()
    assert proxy.sent < film.stat().st_size + (len(breaks) + 1) * (PART_BYTES + 20_000), (
        "only parts that broke off are sent again"
    )
    assert remembered(tmp_path) == []


def test_an_upload_of_a_killed_client_goes_on_from_there(live: Listening, film: Path, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def kill(done: int, total: int) -> None:
        if done > total // 2:
            raise Killed

    film.with_suffix(".en.srt").write_text("1\n00:00:00,100 --> 00:00:00,900\nHello.\n")
    steps: list[int] = []
    with Client(live.url, *AUTH) as client:
        with pytest.raises(Killed):
            client.upload(film, ["es"], glossary="es: Ñu = Ñu", progress=kill)
        assert len(remembered(tmp_path)) == 1
        task = client.upload(film, ["es"], glossary="es: Ñu = Ñu", progress=lambda done, total: steps.append(done))
    assert steps[0] > film.stat().st_size // 2 - PART_BYTES
    assert Path(task["path"]).read_bytes() == film.read_bytes()
    assert Path(task["path"]).with_suffix(".en.srt").exists()
    assert remembered(tmp_path) == []


def test_an_upload_that_the_service_no_longer_has_begins_again(live: Listening, film: Path, tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with Client(live.url, *AUTH) as client:
        with pytest.raises(KeyboardInterrupt):
            client.upload(film, progress=stop)
        (known,) = remembered(tmp_path)
        client._http.delete(known.read_text(), headers=resumable_upload.VERSION).raise_for_status()
        assert Path(client.upload(film)["path"]).read_bytes() == film.read_bytes()


def test_a_film_that_is_written_to_while_it_is_uploaded_is_not_sent_in_halves(
    live: Listening, film: Path, tmp_path: Path
) -> None:
    def write(done: int, total: int) -> None:
        with film.open("ab") as file:
            file.write(b"x")

    with Client(live.url, *AUTH) as client, pytest.raises(NotPossible, match="was changed while it was uploaded"):
        client.upload(film, progress=write)
    assert remembered(tmp_path) == []
    assert list((live.inner.settings.videos_dir / ".uploads").glob("*.part")) == []


def test_a_refusal_is_told_and_forgotten(live: Listening, tmp_path: Path) -> None:
    text = tmp_path / "text.mkv"
    text.write_text("no film " * 50_000)
    with Client(live.url, *AUTH) as client, pytest.raises(Refused, match="not a film"):
        client.upload(text)
    assert remembered(tmp_path) == []


def test_a_service_that_is_gone_is_told_when_its_time_is_over(
    live: Listening, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resumable_upload, "RETRY_LIMIT_S", 0.1)
    with breaking_proxy(live.url, [100_000, *range(100_001, 100_040)]) as proxy, Client(proxy.url, *AUTH) as client:
        with pytest.raises(ServiceUnavailable, match="send the film again to resume it"):
            client.upload(film)
        assert len(remembered(tmp_path)) == 1
