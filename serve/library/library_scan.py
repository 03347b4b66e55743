"""Scan of the library: lists its films, probes those whose files are new or changed, and records them in the store.

It runs in a thread of the web server that was asked for it, one at a time in the whole service; the store holds its progress.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pipeline.errors import DubarrError, FilmError, NotPossible
from pipeline.ffmpeg import ffprobe
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.text.track_kinds import AudioKind, classify_audio
from pipeline.values.library.coverage import LibraryFilm
from pipeline.values.media import TrackKind
from serve.library.film_listing import ListedFilm, list_library
from serve.library.sidecar_listing import SidecarListing
from serve.library.wanted_languages import WantedLanguages
from serve.store.remote_store import RemoteStore

log = logging.getLogger(__name__)

T = TypeVar("T")
PARALLEL_PROBES = 4
FILMS_PER_LOOKUP = 500  # compared with the store at once
FILMS_PER_COMMIT = 25  # probed between two records of progress
MAX_PROBLEMS = 20


def start_scan(store: Store | RemoteStore, settings: Settings) -> bool:
    """Start a scan in a thread; False where one is running."""
    wanted = WantedLanguages.of(settings, store.rules.list_rules())
    scan = store.library.begin_scan(wanted.key)
    if scan is None:
        return False
    work = LibraryScanner(store, settings, wanted, scan)
    threading.Thread(target=work.run, name="library-scan", daemon=True).start()
    return True


@dataclass(frozen=True, slots=True)
class LibraryScanner:
    """One scan of the library. `scan`: its number in the store."""

    store: Store | RemoteStore
    settings: Settings
    wanted: WantedLanguages
    scan: int
    sidecars: SidecarListing = field(default_factory=SidecarListing)

    def run(self) -> None:
        """Scan. A failure is recorded as the scan's problem, and logged."""
        try:
            self._scan()
        except (DubarrError, OSError) as error:
            log.warning("library scan %d failed: %s", self.scan, error)
            try:
                self.store.library.finish_scan(self.scan, (f"The scan failed: {error}",), ())
            except DubarrError as second:
                log.warning("library scan %d: its failure is not recorded: %s", self.scan, second)

    def _scan(self) -> None:
        listing = list_library(self.settings)
        films, probed = list(listing.films.values()), 0
        for chunk in _split(films, FILMS_PER_LOOKUP):
            new, changed, unchanged = self._compare(chunk)
            if changed or unchanged:
                self.store.library.record_scanned(self.scan, changed, unchanged, len(films))
            with ThreadPoolExecutor(PARALLEL_PROBES, thread_name_prefix="library-probe") as pool:
                for part in _split(new, FILMS_PER_COMMIT):
                    found = [film for film in pool.map(self._probe, part) if film is not None]
                    self.store.library.record_scanned(self.scan, found, (), len(films))
                    probed += len(part)
        sources = None if not listing.failed else [each for each in listing.complete if each not in listing.failed]
        self.store.library.finish_scan(self.scan, listing.problems[:MAX_PROBLEMS], sources)
        log.info("library scan %d: %d films, %d probed", self.scan, len(films), probed)

    def _compare(self, listed: Sequence[ListedFilm]) -> tuple[list[ListedFilm], list[LibraryFilm], list[str]]:
        """Films to probe, known films whose description or wanted languages changed, and paths of those without a change."""
        known = {film.path: film for film in self.store.library.list_films([str(each.path) for each in listed])}
        new: list[ListedFilm] = []
        changed: list[LibraryFilm] = []
        unchanged: list[str] = []
        for each in listed:
            film = known.get(str(each.path))
            if film is None or film.version != _read_version(each.path):
                new.append(each)
                continue
            fresh = self.wanted.apply(_describe(film, each, self.sidecars))
            if fresh == film:
                unchanged.append(film.path)
            else:
                changed.append(fresh)
        return new, changed, unchanged

    def _probe(self, listed: ListedFilm) -> LibraryFilm | None:
        film = probe_library_film(listed, self.sidecars)
        return None if film is None else self.wanted.apply(film)


def probe_library_film(listed: ListedFilm, sidecars: SidecarListing) -> LibraryFilm | None:
    """Probe a film of the library, and list its sidecar dubs. One that cannot be dubbed has a fault; None where there is no file any more."""
    version = _read_version(listed.path)
    if version is None:
        return None
    empty = _describe(LibraryFilm(str(listed.path), *version, title=listed.title, source=listed.source), listed, sidecars)
    try:
        film = ffprobe.probe_film(listed.path)
    except FilmError as error:
        return replace(empty, fault=str(error))
    except OSError as error:
        return replace(empty, fault=f"{listed.path.name} cannot be read ({error.strerror}); check its permissions")
    dialogue = (t for t in film.of_kind(TrackKind.AUDIO) if classify_audio(t.title, t.dispositions) is AudioKind.DIALOGUE)
    tags = tuple(dict.fromkeys(track.language for track in dialogue if track.language))
    return replace(empty, duration=film.duration, languages=tags, dubbed_by=film.dubbed_by)


def _describe(film: LibraryFilm, listed: ListedFilm, sidecars: SidecarListing) -> LibraryFilm:
    language, tags, dubs = listed.original_language, listed.tags, sidecars.find_languages(listed.path, film.version)
    return replace(film, title=listed.title, source=listed.source, original_language=language, tags=tags, dubs=dubs)


def _read_version(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _split(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def require_scan(store: Store | RemoteStore, settings: Settings) -> None:
    """Start a scan. NotPossible where one is running."""
    if not start_scan(store, settings):
        raise NotPossible("a scan of the library is running; its progress is at /api/library/coverage")
