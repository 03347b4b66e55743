"""Pins of engine environments, and stamps on disk."""

import re
from pathlib import Path

import pytest

from cli.install.environment_pins import ROOT, Kind, digest_pins, read_stamp

PIN = re.compile(r"([A-Za-z0-9_.\-]+)==([A-Za-z0-9_.!\-]+)")  # no +local: other indexes have other builds


def pins_in(name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    found = [PIN.fullmatch(line) for line in lines]
    assert all(found), name
    return {re.sub(r"[-_.]+", "-", match[1]).lower(): match[2] for match in found}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    return tmp_path


def test_a_stamp_that_is_no_stamp_counts_as_none(folder):
    for text in ("", "cpu\n", "abacus\nasr\n123\n", "a\nb\nc\nd\n"):
        (folder / "dubarr-models.stamp").write_text(text)
        assert read_stamp(folder) is None


def test_each_kind_has_pins_of_its_own():
    assert len({digest_pins(kind) for kind in Kind}) == len(Kind)


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_the_engines_pins_stand_beside_the_services_and_never_against_them(kind):
    assert not set(pins_in(f"constraints-{kind}.txt")) & set(pins_in("constraints.txt"))


def test_pins_go_together():
    cpu, gpu, llm, ours = (pins_in(f"constraints{name}.txt") for name in ("-cpu", "-gpu", "-llm", ""))
    same = ("whisperx", "pyannote-audio", "coqui-tts", "demucs", "transformers")
    assert {name: cpu[name] for name in same} == {name: gpu[name] for name in same}
    assert (llm["ray"], llm["pydantic"]) == (ours["ray"], ours["pydantic"]), "what passes between the two environments"
    assert "torchvision" not in cpu
    assert {cpu["torch"], gpu["torch"]} == {"2.13.0", "2.8.0"}


def test_llama_cpp_is_pinned():
    assert "xllamacpp" in pins_in("constraints-llama.txt")
