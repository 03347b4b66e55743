"""Sidecar subtitles: the .srt, .vtt, .ass and .ssa files beside a film, with their language and the forced flag."""

import hashlib
import logging
import re
from pathlib import Path

from pipeline.errors import FilmError
from pipeline.filesystem.path_guard import open_file
from pipeline.text import languages
from pipeline.text.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.values.media import DIGEST_BYTES, Sidecar

log = logging.getLogger(__name__)

MAX_SIDECARS = 64  # of one film
SUBTITLE_SUFFIXES = frozenset({".srt", ".vtt", ".ass", ".ssa"})
FILM_SUFFIXES = frozenset({".mkv", ".mp4", ".m4v", ".mov", ".webm", ".avi", ".ts", ".m2ts", ".mpg", ".mpeg", ".wmv"})
SIDECAR_FLAGS = frozenset({"forced", "foreign", "sdh", "cc", "hi", "full", "default", "dialog", "dialogue"})


def find_sidecars(film: Path) -> tuple[Sidecar, ...]:
    """Subtitle files that belong to a film: same folder, `film.srt`, `film.en.srt`, `film.eng.forced.srt` and the like.

    In any case of letters; plain ones first, then those for the deaf, forced ones last. Files that are empty, oversized,
    not regular, or links out of the folder are left out, and so is one that fits a longer-named film better. At most 64.
    """
    folder, stem = film.parent, film.stem.casefold()
    rivals = [path.stem.casefold() for path in folder.iterdir() if path.suffix.casefold() in FILM_SUFFIXES]
    rivals = [rival for rival in rivals if rival.startswith(stem + ".")]
    found: list[tuple[Sidecar, bool]] = []
    for path in sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name)):
        name = path.stem.casefold()
        if path.suffix.casefold() not in SUBTITLE_SUFFIXES or not (name == stem or name.startswith(stem + ".")):
            continue
        if any(name == rival or name.startswith(rival + ".") for rival in rivals):
            continue
        if (content := read_bytes_in_folder(folder, path)) is None:
            continue
        if len(found) == MAX_SIDECARS:
            log.warning("%s has more than %d subtitle files beside it; the others are left aside", film.name, MAX_SIDECARS)
            break
        words = tuple(word for word in re.split(r"[.\s()\[\]_]+", path.stem[len(film.stem) :]) if word)
        flags = {word.casefold() for word in words} & SIDECAR_FLAGS
        sidecar = Sidecar(path, compute_digest(content), _find_language(words), forced=bool(flags & {"forced", "foreign"}))
        found.append((sidecar, bool(flags & {"sdh", "cc", "hi"})))
    return tuple(sidecar for sidecar, deaf in sorted(found, key=lambda pair: (pair[0].forced, pair[1])))


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


def _read_up_to(path: Path, size: int) -> bytes:
    """A file's bytes, at most `size` and one more."""
    with path.open("rb") as file:
        return file.read(size + 1)


def compute_digest(content: bytes) -> str:
    """BLAKE2b of a subtitle file, in hex, as a `Sidecar` stores it."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def _find_language(words: tuple[str, ...]) -> str | None:
    """BCP 47 tag in the words of a file's name. `hi` is Hindi only where it stands alone: beside another language it means "hearing impaired"."""
    other_words = [word for word in words if word.casefold() not in SIDECAR_FLAGS]
    candidates = other_words or [word for word in words if word.casefold() == "hi"]
    for word in candidates:
        is_code = re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*", word)
        if found := languages.normalize_tag_or_none(word) if is_code else languages.find_tag_by_name(word):
            return found
    return None
