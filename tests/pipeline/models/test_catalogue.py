"""The shipped catalogue, and how a catalogue is read."""

from pathlib import Path
from typing import get_args

import pytest

from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_classes
from pipeline.models.catalogue import ModelFile, Package, Part, read_catalogue, shipped_catalogue

CATALOGUE = """
small:
  title: Small
  licence: MIT
  languages: [en]
  engines: [some]
  sources:
    - packages:
        one: {pypi: small-one, version: 1.0.0, bytes: 10, folder: small/data}
        two: {npm: "@owner/small", version: 2.0.0, bytes: 20}
      files:
        model.bin: {bytes: 3, sha256: HASH, from: [one/a, two/b/c]}
    - packages:
        only: {pypi: other, version: 1.0.0, bytes: 5, folder: other}
      files:
        voices/ana.bin: {bytes: 4, sha256: HASH}
""".replace("HASH", "f" * 64)


def test_a_catalogue_names_members_by_their_package(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(CATALOGUE)
    model = read_catalogue(tmp_path / "c.yaml")["small"]
    first, second = model.sources
    assert [(str(part.package), part.member) for part in first.files[0].parts] == [
        ("small-one 1.0.0 (PyPI)", "small/data/a"),
        ("@owner/small 2.0.0 (npm)", "b/c"),
    ]
    assert [part.member for part in second.files[0].parts] == ["other/voices/ana.bin"]
    assert first.packages[1].archive == "npm-owner-small-2.0.0.tgz", "no folder of its own in a file's name"


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside", "a/../../b", "", "a\\b"])
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    package = Package("pypi", "small", "1.0.0", 1)
    with pytest.raises(ValueError, match="is no relative path"):
        Part(package, path)
    with pytest.raises(ValueError, match="is no relative path"):
        ModelFile(path, 1, "0" * 64, (Part(package, "a"),))


def test_the_shipped_models_are_those_that_were_measured() -> None:
    models = shipped_catalogue()
    hashes = {file.path: file.sha256[:8] for model in models.values() for file in model.sources[0].files}
    assert hashes["model.bin"] == "d01c3014" and hashes["model.onnx"] == "6e742170" and hashes["qwen.gguf"] == "cc324af0"
    assert len([file for file in models["kokoro-82m"].sources[0].files if file.path.startswith("voices/")]) == 54
    assert len(models["whisper-base"].sources) == 2
    assert [name for name, model in models.items() if model.only_by_setup] == ["qwen2.5-coder-1.5b"]


def test_engines_want_models_that_the_catalogue_gives_to_them() -> None:
    models = shipped_catalogue()
    for role in get_args(Role):
        for name in engine_classes.engine_names(role):
            wanted = getattr(getattr(engine_classes.find_class(role, name), "requirements", None), "models", ())
            assert set(wanted) <= models.keys(), f"{name} wants what there is not"
            assert {each for each in wanted if name not in models[each].engines} == set(), (
                f"the catalogue does not say that {name} wants them"
            )
