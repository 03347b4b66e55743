"""Exports of a dub: its audio in parts (mix, voices, background, music, effects), its lines as clips, and a timeline of them."""

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from pipeline.errors import FilmError, NotFound
from pipeline.exports.clip_archive import CLIP_FOLDER, ArchiveFile, list_dubbed_rows, name_clip
from pipeline.exports.timeline import TimelineMedia, write_timeline
from pipeline.filesystem.path_guard import OpenedPath, open_file
from pipeline.script.formats import ScriptFormat, write_script
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.media import AudioFormat
from pipeline.values.script import DubScript
from pipeline.values.task_lists.missing_dub import describe_missing_dub
from pipeline.values.tasks import DubPart, Task
from serve.http.media.request_encoder import RequestEncoder
from serve.http.media.script_files import load_script
from serve.request_errors import Busy
from serve.store.remote_store import RemoteStore

MAX_CONVERSIONS = 2  # at a time: each decodes a whole film
LEFTOVER_AGE_S = 3600.0  # of a folder whose service was killed
_slots = threading.BoundedSemaphore(MAX_CONVERSIONS)


class AudioPart(StrEnum):
    """Parts of a dub's audio that can be exported."""

    DUB = "dub"  # the mix, as in the dubbed film
    SPEECH = "speech"  # the dubbed voices alone
    BACKGROUND = "background"  # music and effects of the film
    MUSIC = "music"  # the two of them apart
    EFFECTS = "effects"


PARTS = {
    AudioPart.DUB: DubPart.MIX,
    AudioPart.SPEECH: DubPart.VOICES,
    AudioPart.BACKGROUND: DubPart.BACKGROUND,
    AudioPart.MUSIC: DubPart.MUSIC,
    AudioPart.EFFECTS: DubPart.EFFECTS,
}


def open_audio(
    store: Store | RemoteStore,
    dub: tuple[Task, str],
    part: AudioPart,
    form: AudioFormat,
    settings: Settings,
    encoder: RequestEncoder,
) -> OpenedPath:
    """Open a part of a dub's audio in a format, converted where it is stored in another one. NotFound, Busy."""
    task, language = dub
    name = store.lines.list_dub_files(task.id, language).get(PARTS[part])
    if name is None:
        raise _explain_missing_part(store, task, language, part)
    try:
        stored = open_file(settings.artifacts / name, (settings.artifacts.resolve(),))
    except FilmError:
        raise NotFound(f"the {part} audio of task {task.id} has been deleted; purge the task to recreate it") from None
    if stored.path.suffix == f".{form}":
        return stored
    with stored, _acquire_conversion_slot(), _make_folder(settings) as folder:
        converted, seconds = folder / f"{part}.{form}", task.duration or 0.0
        encoder.run(lambda media: media.convert_artifact(stored.path, converted, form, seconds=seconds))
        return open_file(converted, (folder.resolve(),))


def _explain_missing_part(store: Store | RemoteStore, task: Task, language: str, part: AudioPart) -> NotFound:
    if not store.lines.list_lines(task.id, language):
        return NotFound(describe_missing_dub(task, "dub", language))
    files = store.lines.list_dub_files(task.id, language)
    if part in {AudioPart.MUSIC, AudioPart.EFFECTS} and DubPart.BACKGROUND in files:
        return NotFound(
            f"task {task.id} was dubbed by a separator that keeps music and effects in one background; set SEPARATOR=audio-separator and "
            "a SEPARATOR_MODEL of speech, music and effects, then purge it"
        )
    if part not in {AudioPart.DUB, AudioPart.SPEECH} and DubPart.MIX in files:
        return NotFound(
            f"task {task.id} was dubbed without source separation, so there is no {part} stem; set SEPARATOR, then purge it"
        )
    return NotFound(f"task {task.id} was dubbed before its {part} audio could be exported; purge the task to recreate it")


@contextmanager
def _acquire_conversion_slot() -> Iterator[None]:
    if not _slots.acquire(blocking=False):
        raise Busy(f"{MAX_CONVERSIONS} exports are being converted already; try again")
    try:
        yield
    finally:
        _slots.release()


@contextmanager
def _make_folder(settings: Settings) -> Iterator[Path]:
    """A folder for a conversion, beside the artifacts: on a disk that holds films. Its file, once open, outlives it."""
    parent = settings.data_dir / "exports"
    parent.mkdir(mode=0o700, exist_ok=True)
    for left in parent.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > LEFTOVER_AGE_S:
                shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def list_clips(script: DubScript, settings: Settings) -> Iterator[ArchiveFile]:
    """The takes of a dub's lines as files of an archive, and the script as a table beside them. A deleted take is left out."""
    folder = settings.artifacts.resolve()
    for row in list_dubbed_rows(script):
        with suppress(FilmError), open_file(folder / row.audio, (folder,)) as take:
            yield ArchiveFile(f"{CLIP_FOLDER}/{name_clip(row)}", take.content)
    yield ArchiveFile(f"{CLIP_FOLDER}/script.csv", write_script(script, ScriptFormat.CSV))


def list_timeline_files(store: Store | RemoteStore, task: Task, language: str, settings: Settings) -> Iterator[ArchiveFile]:
    """A dub's timeline and the clips that it refers to. NotFound, NotPossible before the first one."""
    script = load_script(store, task.id, language)
    media = TimelineMedia(task.path.name, f"{task.path.stem}.{language}.wav", task.duration or 0.0)
    timeline = ArchiveFile(f"{task.path.stem}.{language}.otio", write_timeline(script, media).encode())

    def iterate_files() -> Iterator[ArchiveFile]:
        yield timeline
        yield from list_clips(script, settings)

    return iterate_files()
