"""Sidecar dubs: audio files beside a film (`Film.es.mka`), which players offer as its tracks; their names, and the languages of those
that were made of this very film.
"""

import errno
import glob
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.errors import FilmError, ProgramError
from pipeline.ffmpeg import ffprobe_command
from pipeline.text import languages
from pipeline.values.media import Source
from pipeline.values.monitoring.outbox import TaskEnd
from pipeline.values.tasks import Task

log = logging.getLogger(__name__)

AUDIO_SUFFIX, SUBTITLE_SUFFIX = ".mka", ".srt"
SUBTITLE_MARK = "Dubarr"  # in the name of a dub's subtitles, which are no source of a further dub
SOURCE_TAG = "DUBARR_SOURCE"  # of the container: the digest of the film that the dub was made of
MAX_SIDECARS = 64  # of one film that are looked at


@dataclass(frozen=True, slots=True)
class SidecarPaths:
    """The files of a sidecar dub into one language."""

    audio: Path
    subtitles: Path

    @classmethod
    def of(cls, film: Path, language: str) -> "SidecarPaths":
        """Name the files of a film's dub. `language`: BCP 47."""
        return cls(
            film.with_name(f"{film.stem}.{language}{AUDIO_SUFFIX}"),
            film.with_name(f"{film.stem}.{SUBTITLE_MARK}.{language}{SUBTITLE_SUFFIX}"),
        )


def is_sidecar(task: Task | TaskEnd) -> bool:
    """True for a task whose dubs are sidecars: its output is the audio file of the first one."""
    return task.output is not None and task.output.suffix == AUDIO_SUFFIX and not task.preview_only


def list_outputs(task: Task | TaskEnd) -> tuple[Path, ...]:
    """The files of a finished task: one film, or one audio file a language, in their order."""
    if task.output is None:
        return ()
    if not is_sidecar(task):
        return (task.output,)
    endings = {f".{language}{AUDIO_SUFFIX}" for language in task.target_langs}
    own = next((each for each in endings if task.output.name.endswith(each)), AUDIO_SUFFIX)
    stem = task.output.name.removesuffix(own)
    return tuple(task.output.with_name(f"{stem}.{language}{AUDIO_SUFFIX}") for language in task.target_langs)


def read_source_digest(audio: Path) -> str | None:
    """The digest of the film that a sidecar dub was made of; None for an audio file of others' making."""
    try:
        tags = ffprobe_command.run_ffprobe(audio)["format"].get("tags", {})
    except ProgramError:
        return None
    return next((text for name, text in tags.items() if name.upper() == SOURCE_TAG), None)


def find_sidecar_languages(film: Path, source: Source | None = None) -> tuple[str, ...]:
    """Languages of the sidecar dubs beside a film that were made of this very file, not of an earlier version. `source`: the film,
    identified; None: identified here, where there are any.
    """
    tagged = _find_named(film)
    if not tagged:
        return ()
    digest = (source or Source.of(film)).digest
    return tuple(sorted(tag for tag, path in tagged.items() if read_source_digest(path) == digest))


def move_sidecars(previous: Path, film: Path) -> dict[Path, Path]:
    """Rename the sidecar dubs of a film that was renamed to `film`. Returns the new path of each audio file by its previous one.

    Those that were made of another file stay, and so do those whose new name is taken or whose folder cannot be written; the log tells.
    """
    moved = dict[Path, Path]()
    try:
        tagged = _find_named(previous)
        digest = Source.of(film).digest if tagged and previous != film and film.is_file() else None
    except OSError as error:  # also a name that no file can have
        log.warning("the dubs of %s are not renamed with it: %s", previous.name[:100], error)
        return moved
    for tag in (tag for tag, audio in tagged.items() if digest is not None and read_source_digest(audio) == digest):
        old, new = SidecarPaths.of(previous, tag), SidecarPaths.of(film, tag)
        try:
            _rename(old.audio, new.audio)
            moved[old.audio] = new.audio
            if old.subtitles.is_file():
                _rename(old.subtitles, new.subtitles)
        except OSError as error:
            log.warning("%s was renamed, its dub %s was not: %s", film.name, old.audio.name, error)
    return moved


def _find_named(film: Path) -> dict[str, Path]:
    """Audio files that are named as sidecar dubs of a film, by their language."""
    prefix = f"{film.stem}."
    files = islice(film.parent.glob(f"{glob.escape(prefix)}*{AUDIO_SUFFIX}"), MAX_SIDECARS)
    named = {path.name.removeprefix(prefix).removesuffix(AUDIO_SUFFIX): path for path in files if path.is_file()}
    return {tag: path for tag, path in named.items() if languages.normalize_tag_or_none(tag) == tag}


def _rename(old: Path, new: Path) -> None:
    """Rename a file. OSError where there is one of the new name."""
    if new.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
    old.rename(new)


def require_free_names(film: Path, targets: Sequence[str]) -> None:
    """FilmError where the place of a dub holds an audio file of others' making: it is never replaced."""
    for target in targets:
        audio = SidecarPaths.of(film, target).audio
        if audio.exists() and read_source_digest(audio) is None:
            raise FilmError(f"{audio.name} beside {film.name} is no dub of ours; rename or remove it, or set another PLACEMENT")
