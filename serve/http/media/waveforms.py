"""Waveforms of a film's tracks for the timeline: measured once per file and track, kept beside the artifacts, read in tiles."""

import hashlib
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np

from pipeline.errors import UsersFault
from pipeline.exports.waveform_peaks import PAIR_RATES, TILE_PAIRS, Peaks, merge_peaks
from pipeline.settings import Settings
from pipeline.values.tasks import Task
from serve.http.media.audio_tracks import AudioTrack, PlayableFilm, open_playable
from serve.http.media.request_encoder import RequestEncoder

VERSION = 1  # of the stored peaks
WAIT_S = 1.5  # for a measurement, before the client is told to ask again
MAX_FILES = 300  # the ones that were read longest ago are deleted
PAIR_BYTES = 2

_decoder = ThreadPoolExecutor(1, thread_name_prefix="waveforms")  # one film at a time: decoding takes a CPU core
_lock = threading.Lock()
_running: dict[Path, Future[None]] = {}


def read_tile(task: Task, settings: Settings, encoder: RequestEncoder, *, track: str, rate: int, tile: int) -> bytes | None:
    """Tile `tile` of a track's peaks at `rate` pairs a second, int8 minimum and maximum in turn: at most `TILE_PAIRS` pairs, none
    after the film's end. None while the track is being measured. NotFound, UsersFault, FilmError.
    """
    if rate not in PAIR_RATES:
        raise UsersFault(f"waveforms have {', '.join(map(str, PAIR_RATES))} pairs a second, not {rate}; ask for one of these")
    with open_playable(task, settings) as film:
        path = _name_file(film, film.track(track), settings)
        if not path.is_file() and not _wait_for_measurement(path, task, settings, track, encoder.detach()):
            return None
    with suppress(FileNotFoundError):
        os.utime(path)
    return _read_pairs(path, rate, tile).tobytes()


def _name_file(film: PlayableFilm, track: AudioTrack, settings: Settings) -> Path:
    stat = film.file_of(track).stat()
    identity = f"{VERSION} {stat.st_dev} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {track.index} {film.film.duration}"
    return settings.data_dir / "waveforms" / f"{hashlib.sha256(identity.encode()).hexdigest()[:32]}.peaks"


def _read_pairs(path: Path, rate: int, tile: int) -> Peaks:
    count = PAIR_RATES[0] // rate
    with path.open("rb") as file:
        file.seek(tile * TILE_PAIRS * count * PAIR_BYTES)
        found = np.frombuffer(file.read(TILE_PAIRS * count * PAIR_BYTES), np.int8).reshape(-1, 2)
    return merge_peaks(found, count) if len(found) else found


def _wait_for_measurement(path: Path, task: Task, settings: Settings, track: str, encoder: RequestEncoder) -> bool:
    """Measure in the background, once however many ask. True when it is done; its errors are raised."""
    with _lock:
        measured = _running.get(path)
        if measured is None:
            measured = _running[path] = _decoder.submit(_measure, path, task, settings, track, encoder)
            measured.add_done_callback(lambda _: _running.pop(path, None))
    try:
        measured.result(WAIT_S)
    except TimeoutError:
        return False
    return True


def _measure(path: Path, task: Task, settings: Settings, track: str, encoder: RequestEncoder) -> None:
    with open_playable(task, settings) as film:
        chosen, seconds = film.track(track), film.film.duration
        _store(path, encoder.run(lambda media: media.measure_peaks(film.file_of(chosen), chosen.index, seconds)))


def _store(path: Path, peaks: Peaks) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_bytes(peaks.tobytes())
    partial.replace(path)
    files = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime)
    for old in files[:-MAX_FILES]:
        old.unlink(missing_ok=True)
