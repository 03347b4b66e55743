"""Audio tracks of a task's film for playback: the original dialogue and the dubs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from pipeline.errors import FilmError, NotFound
from pipeline.ffmpeg import ffprobe
from pipeline.filesystem.path_guard import OpenedPath, open_file
from pipeline.outputs.sidecar_dubs import is_sidecar, list_outputs
from pipeline.settings import Settings
from pipeline.stages.mixing.fold_down import has_surround_dub
from pipeline.text import languages, track_titles
from pipeline.text.naming.film_names import require_film_name
from pipeline.text.track_choice import select_dialogue_track
from pipeline.values.media import Film, Track, TrackKind
from pipeline.values.tasks import Task, TaskStatus

ORIGINAL_TRACK_ID = "original"


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """An audio track for playback. `id`: "original", or the dub's language. `index`: ffmpeg's stream index. `file`: a name to read
    the sidecar dub by while its film is open; None for a track of the film.
    """

    id: str
    language: str | None  # BCP 47; None if unknown
    title: str
    index: int
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class PlayableFilm:
    """A film file and its tracks for playback, the original first. `path`: name to read it by while it is open."""

    path: Path
    film: Film
    tracks: tuple[AudioTrack, ...]

    def file_of(self, track: AudioTrack) -> Path:
        """Return the name to read a track by while the film is open."""
        return track.file or self.path

    def track(self, name: str) -> AudioTrack:
        """Return the track of this id. NotFound."""
        for track in self.tracks:
            if track.id == name:
                return track
        raise NotFound(f"there is no track {name[:40]!r}; there are {', '.join(track.id for track in self.tracks)}")


def open_finished_dub(task: Task, settings: Settings, language: str | None = None) -> OpenedPath:
    """Open the dub of a finished task; of sidecar dubs that of a language, or of the first one. NotFound where it is not finished, or
    the file is missing; FilmRefused where it lies neither among the dubs nor in the library.
    """
    if task.status is not TaskStatus.DONE or task.output is None:
        raise NotFound(f"task {task.id} has no finished film (it is {task.status}); wait until it is DONE")
    if language is not None and language not in task.target_langs:
        raise NotFound(f"task {task.id} has no dub in {language[:40]!r}; its languages are {', '.join(task.target_langs)}")
    output = list_outputs(task)[task.target_langs.index(language)] if language and is_sidecar(task) else task.output
    if not output.is_file():
        raise NotFound(f"the dub of task {task.id} is gone from {output}; purge the task to recreate it")
    return open_file(output, settings.output_roots)


def open_finished_dubs(task: Task, settings: Settings) -> tuple[OpenedPath, ...]:
    """Open each file of a finished task: its film, or each of its sidecar dubs. NotFound, FilmRefused, as above."""
    if not is_sidecar(task):
        return (open_finished_dub(task, settings),)
    with ExitStack() as opened:
        files = tuple(opened.enter_context(open_finished_dub(task, settings, target)) for target in task.target_langs)
        opened.pop_all()
        return files


@contextmanager
def open_playable(task: Task, settings: Settings) -> Iterator[PlayableFilm]:
    """Open the film for playback, for as long as the block: the dub of a finished task with all its languages, else the
    original film. FilmError, NotFound.
    """
    if is_sidecar(task) and task.status is TaskStatus.DONE:
        with open_original(task, settings) as original, _open_sidecars(task, settings) as dubs:
            yield replace(original, tracks=(*original.tracks, *dubs))
        return
    if task.status is not TaskStatus.DONE:
        with open_original(task, settings) as original:
            yield original
        return
    with open_finished_dub(task, settings) as opened:
        film = _probe_opened(opened, task)
        dubs = tuple(
            AudioTrack(target, target, track_titles.format_dub_title(target), track.index)
            for target, track in zip(task.target_langs, _find_dubbed_tracks(film, task), strict=True)
        )
        yield PlayableFilm(opened.content, film, (_find_original_track(film, task), *dubs))


@contextmanager
def _open_sidecars(task: Task, settings: Settings) -> Iterator[tuple[AudioTrack, ...]]:
    """Open the sidecar dubs of a finished task as tracks of its film. NotFound where one is missing."""
    with ExitStack() as opened:
        files = [opened.enter_context(open_finished_dub(task, settings, target)) for target in task.target_langs]
        yield tuple(
            AudioTrack(target, target, track_titles.format_dub_title(target), 0, file.content)
            for target, file in zip(task.target_langs, files, strict=True)
        )


@contextmanager
def open_original(task: Task, settings: Settings) -> Iterator[PlayableFilm]:
    """Open the original film with its dialogue track alone, for as long as the block; while a task's lines are those of a preview,
    the preview's file, which holds the original too and has their times.
    """
    preview = task.output if task.preview_lines and task.output is not None and task.output.is_file() else None
    with open_file(preview, settings.output_roots) if preview else open_file(task.path, settings.roots) as opened:
        film = _probe_opened(opened, task)
        yield PlayableFilm(opened.content, film, (_find_original_track(film, task),))


def _probe_opened(opened: OpenedPath, task: Task) -> Film:
    require_film_name(opened.path.name)
    stat = opened.content.stat()
    film = _probe_cached(_FileVersion(opened.path, stat.st_size, stat.st_mtime_ns, opened.content), task.asked_lang)
    return select_dialogue_track(film, task.audio_track, name=opened.path.name)


@dataclass(frozen=True, slots=True)
class _FileVersion:
    """Cache key of a probed film: path, size and mtime. `content`: name to read it by at this moment."""

    path: Path
    size: int
    mtime_ns: int
    content: Path = field(compare=False)


@lru_cache(maxsize=64)
def _probe_cached(version: _FileVersion, language: str | None) -> Film:
    """Probe a film version with ffprobe, LRU-cached: seeking and playing lines probe the same film again."""
    return ffprobe.probe_film(version.content, name=version.path.name, dialogue_language=language)


def _find_original_track(film: Film, task: Task) -> AudioTrack:
    track = film.track(film.dialogue)
    language = track.language or task.source_lang
    return AudioTrack(
        ORIGINAL_TRACK_ID, language, track.title or (languages.get_autonym(language) if language else "Original"), track.index
    )


def _find_dubbed_tracks(film: Film, task: Task) -> tuple[Track, ...]:
    """Find the dubbed tracks, in the order of the task's languages. They are the last ones in every container, and MPEG-TS, which keeps
    no titles, has no other sign of them. FilmError where they do not match.
    """
    kept, dubbed = list(film.of_kind(TrackKind.AUDIO)), list[Track]()
    for _ in task.target_langs:
        if kept and kept[-1].channels <= 2 and has_surround_dub(film):
            kept.pop()  # the stereo fold-down of the surround track before it
        dubbed[:0] = [kept.pop()] if kept else []
    fits = len(dubbed) == len(task.target_langs) and all(
        (track.language is None or languages.is_same_language(track.language, target))
        and track.title[: len(track_titles.DUB_TITLE_PREFIX)] in {"", track_titles.DUB_TITLE_PREFIX}
        for track, target in zip(dubbed, task.target_langs, strict=True)
    )
    if not kept or not fits:
        raise FilmError(f"{task.output} is not the dub that task {task.id} made; purge the task to recreate it")
    return tuple(dubbed)
