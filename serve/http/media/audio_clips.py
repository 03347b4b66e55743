"""Audio clips of a film: a line's source audio, its synthesized take, and a speaker's sample. FLAC or WAV."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pipeline.errors import FilmError, NotFound
from pipeline.filesystem.path_guard import OpenedPath, open_file
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.takes.take_candidates import TakeCandidate
from pipeline.values.tasks import LineRow, Task
from pipeline.values.timeline import Span, TextSource
from serve.http.media.audio_tracks import AudioTrack, PlayableFilm, open_original, open_playable
from serve.http.media.request_encoder import RequestEncoder
from serve.request_errors import Busy
from serve.store.remote_store import RemoteStore

LINE_MARGIN_S = 0.05  # before and after a line
MAX_LINE_S = 60.0
MAX_CLIP_S = 12.0  # of a speaker in all, as long as a reference clip
MAX_CONCURRENT_CUTS = 4
QUEUE_TIMEOUT_S = 20.0  # for a free slot
MAX_THREADS = 16  # of the pool that all routes share, cutting and waiting

_cut_slots = threading.BoundedSemaphore(MAX_CONCURRENT_CUTS)
_thread_slots = threading.BoundedSemaphore(MAX_THREADS)


def find_line(store: Store | RemoteStore, task_id: int, number: int, language: str | None) -> LineRow:
    """Find a line of a dub; without a language in any dub, preferring lines that come from speech recognition. NotFound."""
    found = [line for line in store.lines.list_lines(task_id, language) if line.number == number]
    if not found:
        where = f" in {language!r}" if language else ""
        raise NotFound(f"task {task_id} has no line {number}{where}; GET its lines for their numbers")
    return min(found, key=lambda line: line.subtitled)


def cut_source_line(task: Task, line: LineRow, settings: Settings, encoder: RequestEncoder) -> bytes:
    """Cut a line's source audio from the film's dialogue track. FLAC, at most `MAX_LINE_S`."""
    start = max(0.0, line.start - LINE_MARGIN_S)
    return _cut_clip(task, [Span(start, min(line.end + LINE_MARGIN_S, start + MAX_LINE_S))], settings, encoder)


def cut_track(task: Task, track: str, span: Span, settings: Settings, encoder: RequestEncoder) -> bytes:
    """Cut a span of a finished film from one of its tracks ("original" or a dub's language). FLAC. NotFound, FilmError, Busy."""
    with _acquire_cut_slot(), open_playable(task, settings) as film:
        return _encode_excerpt(film, film.track(track), [span], encoder)


def open_take(line: LineRow, settings: Settings) -> OpenedPath:
    """Open the file of a line's take. NotFound where there is none."""
    if not line.audio:
        is_pending = line.text_source == TextSource.ADDED
        reason = (
            "is not dubbed yet; wait until the film is"
            if is_pending
            else "keeps the original audio; edit its text to have it synthesized"
        )
        raise NotFound(f"line {line.number} {reason}")
    return _open_artifact(line.audio, settings) or _raise_deleted(f"the take of line {line.number}")


def open_candidate(take: TakeCandidate, settings: Settings) -> OpenedPath:
    """Open the file of a candidate take. NotFound where there is none."""
    return _open_artifact(take.audio, settings) or _raise_deleted(f"take {take.id} of line {take.number}")


def find_speaker_clip(
    store: Store | RemoteStore, task: Task, label: str, settings: Settings, encoder: RequestEncoder
) -> OpenedPath | bytes:
    """Find a speaker's reference clip, else cut their longest lines from the film (FLAC). NotFound."""
    member = next((member for member in store.cast.get_cast(task.id).members if member.label == label), None)
    if member and member.clip and (clip := _open_artifact(member.clip, settings)):
        return clip
    lines = [line for line in store.lines.list_lines(task.id) if line.speaker == label]
    if not lines:
        raise NotFound(f"task {task.id} has no speaker {label[:40]!r}; GET its speakers for their labels")
    return _cut_clip(task, select_longest_spans(lines), settings, encoder)


def select_longest_spans(lines: Sequence[LineRow]) -> list[Span]:
    """Select the spans of a speaker's longest lines, in order of time, `MAX_CLIP_S` in all. Lines of one dub are used."""
    chosen: list[Span] = []
    room = MAX_CLIP_S
    own = (line for line in lines if line.language == lines[0].language)
    for line in sorted(own, key=lambda line: (line.start - line.end, line.start)):
        if room < LINE_MARGIN_S:
            break
        chosen.append(Span(line.start, min(line.end, line.start + room)))
        room -= chosen[-1].duration
    return sorted(chosen)


def _cut_clip(task: Task, spans: Sequence[Span], settings: Settings, encoder: RequestEncoder) -> bytes:
    with _acquire_cut_slot(), open_original(task, settings) as film:
        return _encode_excerpt(film, film.tracks[0], spans, encoder)


def _encode_excerpt(film: PlayableFilm, track: AudioTrack, spans: Sequence[Span], encoder: RequestEncoder) -> bytes:
    return encoder.run(lambda media: media.encode_excerpt(film.file_of(track), film.film, track.index, spans))


@contextmanager
def _acquire_cut_slot() -> Iterator[None]:
    """Concurrency limit on cutting, for as long as the block. Busy where too many wait, or the wait takes too long."""
    busy = Busy("too many audio clips are being cut; try again")
    if not _thread_slots.acquire(blocking=False):
        raise busy
    try:
        if not _cut_slots.acquire(timeout=QUEUE_TIMEOUT_S):
            raise busy
        try:
            yield
        finally:
            _cut_slots.release()
    finally:
        _thread_slots.release()


def _open_artifact(name: str, settings: Settings) -> OpenedPath | None:
    """Open a file of the artifacts folder by its relative name; None where it is missing or lies outside."""
    folder = settings.artifacts.resolve()
    try:
        return open_file(folder / name, (folder,))
    except FilmError:
        return None


def _raise_deleted(what: str) -> OpenedPath:
    raise NotFound(f"{what} has been deleted; purge the task to recreate it")
