"""The tracks of a task's film that people can listen to: what it speaks itself, and our dubs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pipeline.errors import FilmError, NotFound
from pipeline.ffmpeg import ffprobe
from pipeline.path_guard import OpenedPath, open_file
from pipeline.settings import Settings
from pipeline.text import languages
from pipeline.values.media import Film, Track, TrackKind
from pipeline.values.tasks import Task, TaskStatus
from serve.intake.path_mapping import require_film_name

ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Soundtrack:
    """One track to choose. `id`: "original", or the dub's language. `index`: ffmpeg's."""

    id: str
    language: str | None  # BCP 47; None where nobody knows
    title: str
    index: int


@dataclass(frozen=True, slots=True)
class Showing:
    """A film file and the tracks of it that can be chosen, the original first. `path`: the name to read it by while it is open."""

    path: Path
    film: Film
    tracks: tuple[Soundtrack, ...]

    def track(self, name: str) -> Soundtrack:
        """The track of this id. NotFound."""
        for track in self.tracks:
            if track.id == name:
                return track
        raise NotFound(f"there is no track {name[:40]!r}; there are {', '.join(track.id for track in self.tracks)}")


def open_finished(task: Task, settings: Settings) -> OpenedPath:
    """The dub of a finished task. NotFound where it is not finished, or the file is gone; FilmRefused where it lies neither
    among the dubs nor in the library.
    """
    if task.status is not TaskStatus.DONE or task.output is None:
        raise NotFound(f"task {task.id} has no finished film (it is {task.status}); wait until it is DONE")
    if not task.output.is_file():
        raise NotFound(f"the film of task {task.id} is gone from {task.output}; purge the task to have it made again")
    return open_file(task.output, settings.output_roots)


@contextmanager
def showing(task: Task, settings: Settings) -> Iterator[Showing]:
    """The film to be watched, for as long as the block: the dub of a finished task with all its languages, else the film as it
    came. FilmError, NotFound.
    """
    if task.status is not TaskStatus.DONE:
        with as_it_came(task, settings) as shown:
            yield shown
        return
    with open_finished(task, settings) as opened:
        film = _looked(opened, task)
        dubs = tuple(
            Soundtrack(target, target, ffprobe.TITLE + languages.autonym(target), track.index)
            for target, track in zip(task.target_langs, _added(film, task), strict=True)
        )
        yield Showing(opened.content, film, (_original(film, task), *dubs))


@contextmanager
def as_it_came(task: Task, settings: Settings) -> Iterator[Showing]:
    """The film that was given, with its dialogue alone, for as long as the block."""
    with open_file(task.path, settings.roots) as opened:
        film = _looked(opened, task)
        yield Showing(opened.content, film, (_original(film, task),))


def _looked(opened: OpenedPath, task: Task) -> Film:
    require_film_name(opened.path.name)
    stat = opened.content.stat()
    return _known(_Version(opened.path, stat.st_size, stat.st_mtime_ns, opened.content), task.source_lang)


@dataclass(frozen=True, slots=True)
class _Version:
    """A film as it is now. `content`: the name to read it by at this moment."""

    path: Path
    size: int
    mtime_ns: int
    content: Path = field(compare=False)


@lru_cache(maxsize=64)
def _known(version: _Version, spoken: str | None) -> Film:
    """A film as it is now, looked into once: whoever seeks, or hears line after line, asks again and again."""
    return ffprobe.look(version.content, name=version.path.name, dialogue_language=spoken)


def _original(film: Film, task: Task) -> Soundtrack:
    track = film.track(film.dialogue)
    language = track.language or task.source_lang
    return Soundtrack(ORIGINAL, language, track.title or (languages.autonym(language) if language else "Original"), track.index)


def _added(film: Film, task: Task) -> tuple[Track, ...]:
    """Our tracks, in the order of the task's languages. They are the last ones in every container, and MPEG-TS, which keeps
    no titles, has no other sign of them. FilmError where they are not what we added.
    """
    audios = film.of_kind(TrackKind.AUDIO)
    ours = audios[len(audios) - len(task.target_langs) :]
    fits = len(audios) > len(task.target_langs) and all(
        (track.language is None or languages.same(track.language, target))
        and track.title[: len(ffprobe.TITLE)] in {"", ffprobe.TITLE}
        for track, target in zip(ours, task.target_langs, strict=True)
    )
    if not fits:
        raise FilmError(f"{task.output} is not the dub that task {task.id} made; purge the task to have it made again")
    return ours
