"""Library scan: films of a folder, their languages, and the decision whether they are dubbed. Plain functions over values."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.control_characters import escape_control_characters, has_lone_surrogates
from pipeline.errors import FilmError
from pipeline.ffmpeg import ffprobe
from pipeline.library.film_search import FolderWatcher, FoundFile, ignore_folder, search_library
from pipeline.outputs import sidecar_dubs
from pipeline.text import languages
from pipeline.text.subtitles import subtitle_sidecars
from pipeline.values.media import TrackKind

Row = dict[str, Any]  # a film in a report: its LibraryFilm, its Decision, and once it was dubbed, its Outcome
Version = tuple[str, int, int]  # of a file: path, size, mtime_ns

IGNORED_STATUS = "IGNORED"  # the status of a film in which there is nothing to dub after all


class Verdict(StrEnum):
    """Decision about a film: to dub it, or the reason that it is not dubbed."""

    DUB = "dub"
    DONE = "dubbed before"
    FAILED = "failed before"
    SPEAKS = "speaks it already"
    OURS = "a dub of ours"
    FOREIGN = "in another language than asked for"
    TOO_LONG = "too long"
    NO_FILM = "no film"
    SKIPPED = "an extra or in a bin"
    EXCLUDED = "excluded"
    OUTSIDE = "a link out of the library"


@dataclass(frozen=True, slots=True)
class DubbingRules:
    """Rules by which films of a library are dubbed. `targets`, `sources`: BCP 47; no sources: films in any language, tagged or not.

    `retry_failed`: also films that failed in an earlier run. `exclude`: glob patterns of names and paths; `roots`: real paths
    of other library roots, to which links may lead.
    """

    targets: tuple[str, ...]
    sources: tuple[str, ...] = ()
    longest: float = 4 * 3600.0  # s
    retry_failed: bool = True
    exclude: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError("no target languages; name at least one")


@dataclass(frozen=True, slots=True)
class LibraryFilm:
    """A file of the library. `language`: of its dialogue; `fault`: reason that it is no film that can be dubbed."""

    path: str
    size: int  # bytes
    mtime_ns: int
    duration: float | None = None  # s
    language: str | None = None
    tracks: tuple[str, ...] = ()  # languages of its audio tracks, and of sidecar dubs of ours
    subtitles: tuple[str, ...] = ()  # languages of its subtitles, in it and beside it
    dubbed_by: str = ""
    fault: str = ""

    @property
    def version(self) -> Version:
        """Version of the file, which changes with its size and time."""
        return make_version(self.path, self.size, self.mtime_ns)

    @property
    def real_version(self) -> Version:
        """As `version`, by the file's path without links: another link to it has the same."""
        return make_version(os.path.realpath(self.path), self.size, self.mtime_ns)


def make_version(path: str, size: int, mtime_ns: int) -> Version:
    """Version of a file. Control characters in its path are escaped, as in reports."""
    return escape_control_characters(path), size, mtime_ns


@dataclass(frozen=True, slots=True)
class Decision:
    """Verdict about a film. `targets`: the languages to dub it into; `reason`: in words."""

    verdict: Verdict
    targets: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of a film. `status`: DONE, ERROR, CANCELLED, or IGNORED where there is nothing to dub. `task`: its number where it has one."""

    status: str
    task: int | None = None
    output: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Failure of a film in an earlier run: target languages and error. `task`: None where it never became one."""

    targets: frozenset[str]
    error: str
    task: int | None = None


@dataclass(frozen=True, slots=True)
class RunHistory:
    """Results of earlier runs: languages that a film was dubbed into, and its last failure, also by its path without links."""

    done: Mapping[Version, frozenset[str]] = field(default_factory=dict)
    failed: Mapping[Version, Failure] = field(default_factory=dict)


EMPTY_HISTORY = RunHistory()


def find_films(root: Path, rules: DubbingRules | None = None) -> Iterator[Path]:
    """Films under a folder by their suffixes, in order of path, each file once: without extras, recycle bins, hidden folders,
    links to elsewhere, and what the rules exclude.
    """
    return (file.path for file in find_files(root, rules) if not file.skipped)


def find_files(root: Path, rules: DubbingRules | None = None, *, watch: FolderWatcher = ignore_folder) -> tuple[FoundFile, ...]:
    """As `find_films`, with the files that are no films of the library, and the reasons. `watch` is called after each folder."""
    return search_library(root, roots=rules.roots if rules else (), exclude=rules.exclude if rules else (), watch=watch)


def build_skipped_row(file: FoundFile) -> Row:
    """Row of a file that is no film of the library."""
    try:
        stat = file.path.stat()
        film = LibraryFilm(str(file.path), stat.st_size, stat.st_mtime_ns)
    except OSError:
        film = LibraryFilm(str(file.path), 0, 0)
    verdict = Verdict.EXCLUDED if file.is_excluded else Verdict.OUTSIDE if "LIBRARY_ROOTS" in file.skipped else Verdict.SKIPPED
    return build_row(film, Decision(verdict, reason=file.skipped))


def probe_film(path: Path) -> LibraryFilm:
    """Probe a file of the library. One that is no film, or no longer exists, has a fault instead."""
    try:
        stat = path.stat()
    except OSError as error:
        return LibraryFilm(str(path), 0, 0, fault=f"{path.name} cannot be read ({error.strerror}); check the disk it lies on")
    try:
        film = ffprobe.probe_film(path)
    except FilmError as error:
        return LibraryFilm(str(path), stat.st_size, stat.st_mtime_ns, fault=str(error))
    beside = [sidecar.language for sidecar in subtitle_sidecars.find_sidecars(path) if not sidecar.forced]
    dubs = sidecar_dubs.find_sidecar_languages(path)
    inside = [track.language for track in film.of_kind(TrackKind.SUBTITLE) if "forced" not in track.dispositions]
    return LibraryFilm(
        path=str(path),
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        duration=film.duration,
        language=film.track(film.dialogue).language,
        tracks=_drop_unknown([*(track.language for track in film.of_kind(TrackKind.AUDIO)), *dubs]),
        subtitles=_drop_unknown([*inside, *beside]),
        dubbed_by=film.dubbed_by,
    )


def _drop_unknown(tags: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def decide_film(film: LibraryFilm, rules: DubbingRules, memory: RunHistory = EMPTY_HISTORY) -> Decision:
    """Decision about a film by the rules and by earlier runs."""
    if film.fault:
        return Decision(Verdict.NO_FILM, reason=film.fault)
    if film.dubbed_by:
        return Decision(Verdict.OURS, reason=f"made by {film.dubbed_by}")
    if film.duration is not None and film.duration > rules.longest:
        return Decision(
            Verdict.TOO_LONG, reason=f"{_format_time(film.duration)} long; at most {_format_time(rules.longest)} is dubbed"
        )
    missing = tuple(target for target in rules.targets if not languages.is_heard(target, film.tracks))
    if not missing:
        return Decision(Verdict.SPEAKS, reason=f"it has {', '.join(film.tracks)}")
    if rules.sources and not (film.language and languages.is_heard(film.language, rules.sources)):
        return Decision(Verdict.FOREIGN, reason=f"it speaks {film.language or 'an unknown language'}")
    left = _find_missing_targets(missing, film.version, memory)
    return _decide_from_history(left, film, rules, memory) or Decision(Verdict.DUB, left)


def find_settled_row(path: Path, rules: DubbingRules, memory: RunHistory) -> Row | None:
    """Row of a film that is settled by earlier runs or by its name, without probing it; None for any other."""
    if has_lone_surrogates(str(path)):  # neither the store nor the report can hold it
        fault = "its name, or a folder's, is no UTF-8; rename it"
        return build_row(LibraryFilm(str(path), 0, 0, fault=fault), Decision(Verdict.NO_FILM, reason=fault))
    try:
        stat = path.stat()
    except OSError:
        return None  # `probe_film` words the fault
    film = LibraryFilm(str(path), stat.st_size, stat.st_mtime_ns)
    decision = _decide_from_history(_find_missing_targets(rules.targets, film.version, memory), film, rules, memory)
    return build_row(film, decision) if decision else None


def _find_missing_targets(targets: tuple[str, ...], version: Version, memory: RunHistory) -> tuple[str, ...]:
    return tuple(target for target in targets if not languages.is_heard(target, memory.done.get(version, frozenset())))


def _decide_from_history(left: tuple[str, ...], film: LibraryFilm, rules: DubbingRules, memory: RunHistory) -> Decision | None:
    if not left:
        return Decision(Verdict.DONE, reason="an earlier run dubbed it")
    failure = memory.failed.get(film.version) or memory.failed.get(film.real_version)
    if failure and not rules.retry_failed and all(languages.is_heard(target, failure.targets) for target in left):
        return Decision(Verdict.FAILED, reason=failure.error)
    return None


def plan_film(path: Path, rules: DubbingRules, memory: RunHistory = EMPTY_HISTORY) -> Row:
    """Row of a film: what it is, and the decision about it."""
    film = probe_film(path)
    return build_row(film, decide_film(film, rules, memory))


def build_row(film: LibraryFilm, decision: Decision) -> Row:
    """A film and the decision about it, as a row."""
    seen = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(film).items()}
    return {**seen, "verdict": decision.verdict.value, "targets": list(decision.targets), "reason": decision.reason}


def _format_time(seconds: float) -> str:
    return f"{seconds // 3600:.0f}:{seconds // 60 % 60:02.0f}:{seconds % 60:02.0f}"
