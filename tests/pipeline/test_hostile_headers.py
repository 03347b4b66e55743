"""Claims of headers that would make our work, memory or disk grow beyond what the file's bytes are worth: each is bounded."""

import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hostile_films import with_sound_of

from pipeline.analysis.subtitle_source import MAX_SUBTITLE_TRACKS, list_subtitle_candidates
from pipeline.errors import FilmError, ProgramError, ProgramOverflow, StageError
from pipeline.ffmpeg import command_line, decoder, ffprobe
from pipeline.ffmpeg.playback import build_watch_command
from pipeline.filesystem import disk_space
from pipeline.processes import subprocesses
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.text.subtitles import subtitle_coverage
from pipeline.values.media import Source, Track, TrackKind
from pipeline.values.timeline import Cue, Span

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")


def run_ffmpeg(*args: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], check=True)


@pytest.fixture(scope="module")
def pcm(tmp_path_factory) -> Path:
    """Two seconds of PCM in Matroska."""
    path = tmp_path_factory.mktemp("pcm") / "film.mkv"
    sound = ("-f", "lavfi", "-i", "sine=d=2:r=48000")
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=2", *sound, *X264, "-c:a", "pcm_s16le", path)
    return path


@pytest.mark.parametrize(("channels", "rate"), [(255, 48_000.0), (2, 768_000.0), (64, 192_000.0)])
def test_sound_of_hundreds_of_channels_or_at_absurd_rates_is_not_decoded(channels, rate, pcm, tmp_path):
    film = with_sound_of(pcm, tmp_path / "film.mkv", channels=channels, rate=rate)
    with pytest.raises(FilmError, match=rf"its first one claims {channels} channels at {rate:.0f} Hz"):
        ffprobe.probe_film(film)


def test_a_dialogue_track_that_begins_hours_late_is_not_dubbed(pcm, tmp_path):
    late = tmp_path / "film.mp4"
    run_ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=320x180:r=1:d=900", "-itsoffset", "800", "-i", pcm, "-map", "0:v", "-map", "1:a",
        *X264, "-crf", "10", "-c:a", "aac", late,
    )  # fmt: skip
    with pytest.raises(FilmError, match="from 800 s on; remux it"):
        ffprobe.probe_film(late)


def test_tags_of_many_megabytes_are_not_kept_in_memory(pcm, tmp_path):
    (tmp_path / "tags.txt").write_text(";FFMETADATA1\n" + "".join(f"T{n}={'x' * 1_000_000}\n" for n in range(40)))
    film = tmp_path / "film.mkv"
    run_ffmpeg("-i", pcm, "-i", tmp_path / "tags.txt", "-map", "0", "-map_metadata", "1", "-c", "copy", film)
    with pytest.raises(FilmError, match="holds more tags and chapters than any film; remux it without them"):
        ffprobe.probe_film(film)


def test_more_tracks_than_any_film_has_are_refused(pcm, tmp_path, monkeypatch):
    monkeypatch.setattr(ffprobe, "MAX_TRACKS", 1)
    with pytest.raises(FilmError, match="has more than 1 tracks"):
        ffprobe.probe_film(pcm)


def test_a_bounded_number_of_subtitle_tracks_is_read(pcm):
    source = Source.of(pcm)
    film = probe(source)
    many = tuple(Track(10 + n, TrackKind.SUBTITLE, "subrip", "en") for n in range(1_000))
    candidates, _ = list_subtitle_candidates(source, replace(film, tracks=film.tracks + many))
    assert len(candidates) == MAX_SUBTITLE_TRACKS


def test_an_answer_of_a_program_is_bounded():
    with pytest.raises(ProgramOverflow, match="was ended after its limit of 1 MiB of output"):
        subprocesses.run(["yes"], timeout=30.0, most=1 << 20)
    assert subprocesses.run(["head", "-c", "1000", "/dev/zero"], timeout=30.0, most=1_000) == bytes(1_000)


def test_a_program_that_takes_more_memory_than_it_may_ends_by_itself():
    hoarder = "b = []\nwhile len(b) < 500: b.append(bytes(1 << 20))"
    with pytest.raises(ProgramError, match="MemoryError"):
        subprocesses.run([sys.executable, "-c", f"import time; time.sleep(0.3)\n{hoarder}"], timeout=60.0, memory=200 << 20)
    subprocesses.run([sys.executable, "-c", hoarder], timeout=60.0, memory=2 << 30)


def test_a_gap_of_hours_in_the_sound_takes_bounded_memory_and_keeps_the_length(tmp_path):
    gap, film = 7_200, tmp_path / "film.mkv"
    run_ffmpeg(
        "-f", "lavfi", "-i", f"testsrc2=s=160x90:r=1/10:d={gap + 5}",
        "-f", "lavfi", "-i", f"sine=d=5:r=48000,asetpts='if(gt(T,2.5),PTS+{gap}/TB,PTS)'", "-ac", "2",
        *X264, "-crf", "10", "-c:a", "pcm_s24le", film,
    )  # fmt: skip
    seconds = ffprobe.probe_film(film).duration
    speech = decoder.extract_speech(film, 1, centre=False, seconds=seconds, destination=tmp_path / "speech.wav")
    assert speech.size == pytest.approx(seconds * 32_000, rel=0.001)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10 < command_line.FFMPEG_MEMORY_LIMIT_BYTES * 1.1


def test_a_film_that_decodes_to_more_than_the_disk_has_is_refused_before_it_is_decoded(pcm, tmp_path, monkeypatch):
    source = Source.of(pcm)
    film = replace(probe(source), duration=20 * 3600.0)
    room = disk_space.SPARE_BYTES + (1 << 30)
    monkeypatch.setattr(disk_space.shutil, "disk_usage", lambda _: type("Usage", (), {"free": room}))
    with pytest.raises(StageError, match="has room for 1024 MiB, this film needs 2198"):
        separate(source, film, None, workdir=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_pictures_larger_than_any_screen_are_not_decoded_to_be_watched(pcm):
    command = build_watch_command(pcm, ffprobe.probe_film(pcm), 1, 0.0)
    assert int(command[command.index("-max_pixels") + 1]) <= 8_192 * 8_192
    assert command.index("-max_pixels") < command.index("-i")


def test_a_subtitle_that_nobody_could_read_in_the_time_is_none():
    said = [Cue(Span(2.0 * n, 2.0 * n + 1.8), "word " * 8) for n in range(100)]
    assert subtitle_coverage.is_dense(tuple(said), 200.0)
    assert not subtitle_coverage.is_dense(tuple(replace(cue, text="word " * 40) for cue in said), 200.0)


def test_the_level_of_a_line_is_told_from_a_minute_of_it(tmp_path):
    import soundfile

    from pipeline.audio import line_levels

    soundfile.write(tmp_path / "speech.wav", np.ones(16_000 * 70, np.float32) * 0.1, 16_000)
    read: list[int] = []

    class Counting(soundfile.SoundFile):
        def read(self, frames: int = -1, **options: object) -> np.ndarray:
            read.append(frames)
            return super().read(frames, **options)

    with Counting(tmp_path / "speech.wav") as speech:
        line_levels._measure_span_level(speech, Span(0.0, 20 * 3600.0))
    assert read == [60 * 16_000]
