"""Sidecar subtitles: the .srt, .vtt, .ass and .ssa files of a film, beside it or in its folder of subtitles, with language and kind."""

import hashlib
import logging
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from pipeline.errors import FilmError, FilmNotFound, TrackRefused
from pipeline.filesystem.path_guard import open_file
from pipeline.text.naming.film_names import FILM_SUFFIXES, describe_extra, is_film_name, normalize_name
from pipeline.text.naming.sidecar_names import SidecarName, find_rest, is_subtitle_folder, parse_name
from pipeline.text.subtitles.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.text.track_kinds import SubtitleKind
from pipeline.values.media import DIGEST_BYTES, Sidecar
from pipeline.values.notes import Note, Severity
from pipeline.values.track_selection import TrackSelection

log = logging.getLogger(__name__)

__all__ = ["FILM_SUFFIXES", "MAX_SIDECARS", "SUBTITLE_SUFFIXES", "compute_digest", "find_sidecars", "read_bytes_in_folder"]

MAX_SIDECARS = 64  # of one film
MAX_UNUSABLE = 10  # files of one film that cannot be used and are told
MAX_FOLDER_ENTRIES = 20_000  # of one folder that are looked at
SUBTITLE_SUFFIXES = frozenset({".srt", ".vtt", ".ass", ".ssa"})
OUTPUT_MARK = ".dubarr"  # of a dub beside its film, which is no film of its own


@dataclass(frozen=True, slots=True)
class _Found:
    """A subtitle file of a film by its name."""

    path: Path
    name: SidecarName


def find_sidecars(film: Path, roots: Collection[Path] = ()) -> tuple[Sidecar, ...]:
    """Subtitle files that belong to a film. `film.srt`, `film.en.srt`, `film_eng.forced.srt`, `Film - English.srt` beside it;
    `Subs/2_English.srt`, `Subs/English/2.srt`, `Subs/Film/2_English.srt` and `Film/English.srt` below it; beside a symbolic link and beside its file.

    In any case of letters and in any Unicode form; plain ones first, then those for the deaf, then other kinds, forced ones
    last. Files that are empty, oversized, not regular, or links out of their folder and out of `roots` (real paths) are left
    out, and so is one that fits a longer-named film better. At most 64.
    """
    sidecars: list[tuple[Sidecar, SubtitleKind]] = []
    known: set[Path] = set()
    real_film = Path(os.path.realpath(film))
    allowed = (Path(os.path.realpath(film.parent)), *(roots or (real_film.parent,)))
    for found in _list_candidates(film, real_film):
        if (read := _read_contained(found.path, allowed)) is None:
            continue
        content, real = read
        if real in known:
            continue  # one file by two names
        if len(sidecars) == MAX_SIDECARS:
            log.warning("%s has more than %d subtitle files beside it; the others are left aside", film.name, MAX_SIDECARS)
            break
        known.add(real)
        kind, linked = found.name.kind, None if real.parent == found.path.parent.resolve() else real
        is_forced = kind is SubtitleKind.FORCED
        digest = compute_digest(content)
        sidecars.append((Sidecar(found.path, digest, found.name.language, is_forced, kind=kind.value, real=linked), kind))
    return tuple(sidecar for sidecar, _ in sorted(sidecars, key=lambda pair: _rank_kind(pair[1])))


def describe_unusable_sidecars(film: Path, roots: Collection[Path] = ()) -> tuple[Note, ...]:
    """Notes on the subtitle files of a film that `find_sidecars` leaves out, because they are empty, oversized or cannot be read."""
    real_film = Path(os.path.realpath(film))
    allowed = (Path(os.path.realpath(film.parent)), *(roots or (real_film.parent,)))
    paths = dict.fromkeys(found.path for found in _list_candidates(film, real_film))
    unusable = islice((path for path in paths if _read_contained(path, allowed) is None), MAX_UNUSABLE)
    return tuple(Note(f"The file {path.name} was not used: {_find_fault(path)}", Severity.WARNING) for path in unusable)


def _find_fault(path: Path) -> str:
    try:
        status = path.lstat()
    except OSError as error:
        return f"it cannot be read ({error.strerror})"
    if stat.S_ISLNK(status.st_mode):
        return "it is a link that leads out of the library, or to no subtitle file"
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    if not status.st_size:
        return "it is empty"
    if status.st_size > MAX_SUBTITLE_BYTES:
        return f"it is larger than {MAX_SUBTITLE_BYTES // 1_000_000} MB"
    return "it cannot be read"


def _rank_kind(kind: SubtitleKind) -> int:
    return {SubtitleKind.FULL: 0, SubtitleKind.HEARING_IMPAIRED: 1, SubtitleKind.FORCED: 3}.get(kind, 2)


def _list_candidates(film: Path, real: Path) -> Iterator[_Found]:
    """The subtitle files of a film by their names: in its folder and below, then in those of the file that a link leads to."""
    yield from _list_in_film_folder(film.parent, film.stem)
    if film.is_symlink():
        yield from _list_in_film_folder(real.parent, real.stem)


def _list_in_film_folder(folder: Path, film_stem: str) -> Iterator[_Found]:
    stem, entries = normalize_name(film_stem), _list_entries(folder)
    films = [path for path in entries if is_film_name(path) and not describe_extra(path)]
    others = {normalize_name(path.stem) for path in films} - {stem}
    is_alone = all(other.startswith(stem + OUTPUT_MARK) for other in others)
    rivals = [other for other in others if other.startswith(stem)]
    yield from _match_names(entries, stem, rivals, accept_bare=is_alone)
    for child in entries:
        name = normalize_name(child.name)
        if name == stem and child.is_dir():
            yield from _match_all(_list_entries(child), stem)
        elif is_subtitle_folder(child.name) and child.is_dir():
            below = _list_entries(child)
            yield from (_match_all(below, stem) if is_alone else _match_names(below, stem, rivals, accept_bare=False))
            for own in below:
                named = parse_name(own.name)
                if normalize_name(own.name) == stem and own.is_dir():
                    yield from _match_all(_list_entries(own), stem)
                elif is_alone and named.is_understood and named.language and own.is_dir():
                    yield from _match_all(_list_entries(own), stem, language=named.language)


def _match_names(entries: Collection[Path], stem: str, rivals: Collection[str], *, accept_bare: bool) -> Iterator[_Found]:
    """Subtitles that are named after the film. `accept_bare`: also those that are named by a language alone, as of the only film there."""
    for path in _select_subtitles(entries):
        own = normalize_name(path.stem)
        rest = find_rest(own, stem)
        if rest is not None and _is_output(rest):
            continue
        if rest is not None and not any(find_rest(own, rival) is not None for rival in rivals):
            yield _Found(path, parse_name(rest))
        elif rest is None and accept_bare and (bare := parse_name(own)).is_understood and bare.language:
            yield _Found(path, bare)


def _is_output(rest: str) -> bool:
    """True for the subtitles of a dub of ours beside the film: `film.Dubarr.es.srt`. `rest`: of the name, after the film's."""
    return rest.lstrip(". _-").startswith(OUTPUT_MARK.removeprefix(".") + ".")


def _match_all(entries: Collection[Path], stem: str, *, language: str | None = None) -> Iterator[_Found]:
    """All subtitles of a folder that belongs to one film. `language`: BCP 47 by the folder's name, for those that name none.

    Words of the film's own name tell nothing: "Signs" and "The Italian Job" are titles.
    """
    for path in _select_subtitles(entries):
        rest = find_rest(normalize_name(path.stem), stem)
        name = parse_name(path.stem, is_own=False) if rest is None else parse_name(rest)
        yield _Found(path, name if name.language else replace(name, language=language))


def _select_subtitles(entries: Collection[Path]) -> list[Path]:
    found = [path for path in entries if path.suffix.casefold() in SUBTITLE_SUFFIXES]
    return sorted(found, key=lambda path: (len(path.name), path.name))


def _list_entries(folder: Path) -> list[Path]:
    """The entries of a folder, in order of name; none where it cannot be read."""
    try:
        return sorted(islice(folder.iterdir(), MAX_FOLDER_ENTRIES))
    except OSError as error:
        log.warning("%s cannot be read for subtitles (%s)", folder, error.strerror)
        return []


def _read_contained(path: Path, allowed: Collection[Path]) -> tuple[bytes, Path] | None:
    """Bytes and real path of a subtitle file; None for one outside the `allowed` folders, empty, oversized or unreadable."""
    try:
        with open_file(path, allowed) as opened:
            content, real = _read_up_to(opened.content, MAX_SUBTITLE_BYTES), opened.path
    except (FilmError, OSError):
        return None
    return (content, real) if 0 < len(content) <= MAX_SUBTITLE_BYTES else None


def read_bytes_in_folder(folder: Path, path: Path) -> bytes | None:
    """Bytes of a subtitle file of this folder; None where it is empty, oversized, unreadable, or a link out of the folder."""
    real = folder.resolve()
    try:
        with open_file(path, (real,)) as opened:
            if opened.path.parent != real:
                return None
            content = _read_up_to(opened.content, MAX_SUBTITLE_BYTES)
    except (FilmError, OSError):
        return None
    return content if 0 < len(content) <= MAX_SUBTITLE_BYTES else None


def find_sidecars_with_choice(film: Path, selection: TrackSelection, roots: Collection[Path]) -> tuple[Sidecar, ...]:
    """Subtitle files that belong to a film, and the file that a person chose for it, whatever its name. FilmError, also where a
    path of it leads out of `roots` (real paths); a name that does not exist is left out.
    """
    sidecars, choice = find_sidecars(film, roots), selection.subtitle_file
    if choice is None:
        return sidecars
    path = film.parent / choice  # an absolute path stays
    if any(path in {sidecar.path, sidecar.real} for sidecar in sidecars):
        return sidecars
    try:
        return (*sidecars, find_subtitle_file(path, roots))
    except FilmNotFound:
        if Path(choice).is_absolute():
            raise
        return sidecars


def find_subtitle_file(path: Path, roots: Collection[Path]) -> Sidecar:
    """A subtitle file anywhere under `roots` (real paths), which a person chose for a film. FilmError where it is none."""
    if path.suffix.casefold() not in SUBTITLE_SUFFIXES:
        raise TrackRefused(f"{path.name} is not named like a subtitle file; give one of {', '.join(sorted(SUBTITLE_SUFFIXES))}")
    with open_file(path, roots) as opened:
        content, real = _read_up_to(opened.content, MAX_SUBTITLE_BYTES), opened.path
    if not 0 < len(content) <= MAX_SUBTITLE_BYTES:
        raise TrackRefused(
            f"{path.name} is empty, or larger than {MAX_SUBTITLE_BYTES // 1_000_000} MB; give another subtitle file"
        )
    name = parse_name(path.stem, is_own=False)
    return Sidecar(real, compute_digest(content), name.language, name.kind is SubtitleKind.FORCED, kind=name.kind.value)


def _read_up_to(path: Path, size: int) -> bytes:
    """A file's bytes, at most `size` and one more."""
    with path.open("rb") as file:
        return file.read(size + 1)


def compute_digest(content: bytes) -> str:
    """BLAKE2b of a subtitle file, in hex, as a `Sidecar` stores it."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()
