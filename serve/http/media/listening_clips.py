"""Listening tests: pairs of clips of a film and its dub, or of two dubs of it, as files of an archive that is made while it is sent."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.errors import NotPossible
from pipeline.exports import listening_test
from pipeline.exports.clip_archive import ArchiveFile
from pipeline.exports.listening_test import Pair, System
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.tasks import LineRow, Task, TaskStatus
from pipeline.values.timeline import Span
from serve.http.media.audio_clips import cut_track
from serve.http.media.audio_tracks import ORIGINAL_TRACK_ID, open_playable
from serve.http.media.request_encoder import RequestEncoder
from serve.store.remote_store import RemoteStore

MAX_PAIRS, DEFAULT_PAIRS = 200, 40
MANIFEST_NAME = "manifest.csv"


@dataclass(frozen=True, slots=True)
class ListeningTest:
    """Request for a test of a dub. `against`: the task of another dub of the film; None: the film's own voices. `pairs`: at most so many."""

    task: Task
    language: str
    against: Task | None
    pairs: int
    seed: int


def list_test_files(
    store: Store | RemoteStore, test: ListeningTest, settings: Settings, encoder: RequestEncoder
) -> Iterator[ArchiveFile]:
    """The clips of a test and its manifest. NotFound, NotPossible before the first one."""
    first = (test.task, test.language)
    second = (test.against, test.language) if test.against else (test.task, ORIGINAL_TRACK_ID)
    for task in (test.task, second[0]):
        if task.status is not TaskStatus.DONE:
            raise NotPossible(f"task {task.id} is {task.status}; its clips can be compared when it is DONE")
    if not _is_same_film(test.task, second[0]):
        raise NotPossible(f"tasks {test.task.id} and {second[0].id} are of different films; give two dubs of the same one")
    if test.against is not None and test.against.id == test.task.id:
        raise NotPossible(f"task {test.task.id} cannot be compared with itself; leave `against` out to compare it with the film")
    others = _list_rows(store, test.against, test.language) if test.against else None
    pairs = listening_test.choose_pairs(_list_rows(store, test.task, test.language), others, count=test.pairs, seed=test.seed)
    for task, track in (first, second):
        with open_playable(task, settings) as film:
            film.track(track)
    return _iterate_files(
        pairs, (first, second), test.seed, lambda task, track, span: cut_track(task, track, span, settings, encoder.detach())
    )


def _list_rows(store: Store | RemoteStore, task: Task, language: str) -> tuple[LineRow, ...]:
    return store.lines.list_lines(task.id, language)


def _is_same_film(one: Task, other: Task) -> bool:
    return one.path == other.path or (one.size, one.mtime_ns) == (other.size, other.mtime_ns)


def _iterate_files(
    pairs: tuple[Pair, ...], tracks: tuple[tuple[Task, str], tuple[Task, str]], seed: int, cut: Callable[[Task, str, Span], bytes]
) -> Iterator[ArchiveFile]:
    rows = []
    names = [f"task-{task.id}-{track}" if track != ORIGINAL_TRACK_ID else track for task, track in tracks]
    spoken = [tracks[0][0].source_lang or "" if track == ORIGINAL_TRACK_ID else track for _, track in tracks]
    systems = (System(names[0], spoken[0]), System(names[1], spoken[1]))
    for pair in pairs:
        (one, rate), (other, _) = (listening_test.decode_clip(cut(task, track, pair.span)) for task, track in tracks)
        clips = listening_test.match_levels(one, other, rate)
        ordered = clips[::-1] if pair.is_swapped else clips
        for name, clip in zip(pair.names, ordered, strict=True):
            yield ArchiveFile(name, listening_test.encode_wave(clip.wave, rate))
        rows.append(listening_test.format_row(pair, systems, clips, seed))
    yield ArchiveFile(MANIFEST_NAME, listening_test.write_manifest(rows))
