"""What is read off a machine: nvidia-smi's words, versions, caches."""

import os
from pathlib import Path

import pytest

from cli import machine_probe
from cli.machine_probe import Card, Gpus
from pipeline.filesystem.disk_space import find_existing_folder


def program(folder: Path, name: str, says: str, code: int = 0) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/bash\ncat <<'END'\n{says}\nEND\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    """A folder first on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_cards_are_read_with_their_memory():
    told = "570.86.15, NVIDIA GeForce RTX 4090, 24564, 23028\n570.86.15, NVIDIA H200, 143771, 1024\n"
    assert machine_probe.parse_gpus(told) == Gpus(
        "570.86.15",
        (
            Card("NVIDIA GeForce RTX 4090", pytest.approx(23.99, abs=0.01), pytest.approx(22.49, abs=0.01)),
            Card("NVIDIA H200", pytest.approx(140.4, abs=0.01), 1.0),
        ),
    )


def test_memory_that_the_driver_does_not_tell_is_not_nought():
    (card,) = machine_probe.parse_gpus("580.1, NVIDIA GB10, [N/A], [N/A]\n").cards
    assert (card.total, card.free) == (None, None)


def test_a_card_may_have_a_comma_in_its_name():
    (card,) = machine_probe.parse_gpus("580.1, Card, large, 1024, 512").cards
    assert (card.name, card.total, card.free) == ("Card, large", 1.0, 0.5)


@pytest.mark.parametrize("told", ["", "\n", "No devices were found\n"])
def test_no_cards_are_no_graphics(told):
    assert machine_probe.parse_gpus(told) is None


def test_a_driver_that_does_not_work_is_none(path):
    program(path, "nvidia-smi", "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9)
    assert machine_probe.probe_gpus() is None
    program(path, "nvidia-smi", "580.10, NVIDIA L4, 23034, 22000")
    assert machine_probe.probe_gpus() == Gpus("580.10", (Card("NVIDIA L4", 23034 / 1024, 22000 / 1024),))


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("ffmpeg version 5.1.6-0+deb12u1 Copyright (c) 2000-2024", (5, 1, 6)),
        ("ffmpeg version n7.1 Copyright", (7, 1)),
        ("ffmpeg version N-118448-g43be8d0728 Copyright", None),  # built from git
        ("", None),
    ],
)
def test_a_program_tells_its_version(path, says, version):
    program(path, "ffmpeg", says)
    assert machine_probe.probe_version("ffmpeg") == version


def test_a_program_that_is_missing_has_no_version():
    assert machine_probe.probe_version("no-such-program") is None


def test_modules_are_looked_for_without_being_imported(tmp_path, monkeypatch):
    (tmp_path / "shelf" / "heavy").mkdir(parents=True)  # `shelf` is a namespace package, as pyannote is
    (tmp_path / "shelf" / "heavy" / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert machine_probe.is_importable("shelf.heavy")
    assert not machine_probe.is_importable("shelf.light") and not machine_probe.is_importable("no_such_shelf.light")


def test_a_downloaded_model_is_found_in_the_hubs_cache(tmp_path):
    for name in ("models--pyannote--speaker-diarization", "models--Systran--faster-whisper-large-v3", "models--a--half"):
        (tmp_path / name / "snapshots").mkdir(parents=True)
    for name in ("models--pyannote--speaker-diarization", "models--Systran--faster-whisper-large-v3"):
        (tmp_path / name / "snapshots" / "abc").mkdir()
    found = {name: machine_probe.find_cached_model(name, [tmp_path]) for name in ("pyannote/speaker-diarization", "large-v3")}
    assert found == {
        "pyannote/speaker-diarization": tmp_path / "models--pyannote--speaker-diarization" / "snapshots" / "abc",
        "large-v3": tmp_path / "models--Systran--faster-whisper-large-v3" / "snapshots" / "abc",
    }
    for name in ("a/half", "large", "v", "b/large-v3", "speaker-*"):
        assert machine_probe.find_cached_model(name, [tmp_path]) is None, name
    assert machine_probe.find_cached_model("large-v3", [tmp_path / "nowhere"]) is None


def test_the_hubs_cache_lies_where_its_client_looks(monkeypatch, tmp_path):
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert machine_probe.find_hub_cache() == Path.home() / ".cache" / "huggingface" / "hub"
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert machine_probe.find_hub_cache() == tmp_path / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "there"))
    assert machine_probe.find_hub_cache() == tmp_path / "there"


def test_the_size_of_a_folder_counts_all_files_below(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"12345")
    (tmp_path / "a" / "b" / "two").write_bytes(b"123")
    (tmp_path / "broken").symlink_to("nowhere")
    assert machine_probe.measure_folder_bytes(tmp_path) == 5 + 3 + len("nowhere")


def test_free_space_of_a_folder_still_to_come_is_that_of_the_one_above(tmp_path):
    assert find_existing_folder(tmp_path / "x" / "y") == tmp_path
    assert machine_probe.measure_free_gib(tmp_path / "x" / "y") == pytest.approx(
        machine_probe.measure_free_gib(tmp_path), rel=0.1
    )
