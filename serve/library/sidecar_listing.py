"""Listing of the sidecar dubs of a library's films: each folder is listed once a scan, each audio file read once for each version."""

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.outputs.sidecar_dubs import AUDIO_SUFFIX, MAX_SIDECARS, find_sidecar_languages

log = logging.getLogger(__name__)

FileVersion = tuple[str, int, int]  # name, bytes, mtime in ns


@dataclass(slots=True)
class SidecarListing:
    """Listing of one scan. `_names`: folder → names of the audio files in it."""

    _names: dict[Path, tuple[str, ...]] = field(default_factory=dict)

    def find_languages(self, film: Path, version: tuple[int, int]) -> tuple[str, ...]:
        """Languages of the dubs beside a film that were made of this very file. `version`: size and mtime of the film."""
        if film.parent not in self._names:
            self._names[film.parent] = _list_audio_names(film.parent)
        beside = [name for name in self._names[film.parent] if name.startswith(f"{film.stem}.")]
        found = [each for name in beside[:MAX_SIDECARS] if (each := _read_version(film.with_name(name))) is not None]
        return _find_languages(film, version, tuple(found)) if found else ()


def _list_audio_names(folder: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(each.name for each in folder.iterdir() if each.suffix == AUDIO_SUFFIX))
    except OSError:
        return ()


def _read_version(audio: Path) -> FileVersion | None:
    try:
        stat = audio.stat()
    except OSError:
        return None
    return audio.name, stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=50_000)
def _find_languages(film: Path, version: tuple[int, int], audio: tuple[FileVersion, ...]) -> tuple[str, ...]:  # noqa: ARG001 -- keys
    """The languages of a film's dubs; `version` and those of the `audio` files are the cache's keys."""
    try:
        return find_sidecar_languages(film)
    except (FilmError, OSError) as error:
        log.info("the dubs beside %s are not counted: %s", film, error)
        return ()
