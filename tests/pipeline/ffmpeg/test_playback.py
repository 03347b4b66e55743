"""What browsers are given to play, out of whatever films hold: tones and light tell whether it comes in time."""

import asyncio
import subprocess
from pathlib import Path

import numpy as np
import pytest
from shown_films import onset, pitch, run, samples, streams, white_from

from pipeline.exports.encoded_audio import encode_excerpt
from pipeline.ffmpeg import ffprobe
from pipeline.ffmpeg.playback import build_excerpt_command, build_watch_command
from pipeline.values.media import Film
from pipeline.values.timeline import Span

# Black and 440 Hz for two seconds, then white and 880 Hz for two.
SOURCES = [
    part
    for filters in (
        "color=black:s=333x251:r=24000/1001",
        "color=white:s=333x251:r=24000/1001",
        "sine=440:r=48000",
        "sine=880:r=48000",
    )
    for part in ("-f", "lavfi", "-i", f"{filters}:d=2")
]
GRAPH = "[0][1]concat[v];[2][3]concat=v=0:a=1[a]"
KINDS = {
    "hevc-10bit-444-5.1.mkv": (
        GRAPH.replace("[a]", ",pan=5.1|FC=c0[a]"),
        ["-c:v", "libx265", "-x265-params", "log-level=error:keyint=250", "-pix_fmt", "yuv444p10le", "-c:a", "ac3"],
    ),
    "interlaced.ts": (
        GRAPH.replace("[v]", ",scale=720:576,setsar=64/45,tinterlace=interleave_top,fieldorder=tff[v]"),
        ["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-g", "15", "-r", "25", "-c:a", "mp2"],
    ),
    "old.avi": (GRAPH, ["-c:v", "mpeg4", "-g", "250", "-c:a", "mp3"]),
    "variable-rate.mp4": (
        GRAPH.replace("[v]", ",select='not(mod(n,3))*lt(random(1),0.7)'[v]"),
        ["-vsync", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p", "-c:a", "aac"],
    ),
    "vp9.webm": (GRAPH, ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"]),
}


@pytest.fixture(scope="module", params=KINDS)
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    graph, codecs = KINDS[request.param]
    path = tmp_path_factory.mktemp("kinds") / str(request.param)
    run("ffmpeg", "-v", "error", *SOURCES, "-filter_complex", graph, "-map", "[v]", "-map", "[a]", *codecs, path)
    return path


def watched(path: Path, start: float, destination: Path) -> Path:
    film = ffprobe.probe_film(path)
    done = subprocess.run(build_watch_command(path, film, film.dialogue, start), capture_output=True, check=True)
    destination.write_bytes(done.stdout)
    return destination


def turn(wave: np.ndarray) -> float:
    """Seconds until 440 Hz becomes 880."""
    blocks = [pitch(wave[n : n + 2_400]) for n in range(0, len(wave) - 2_400, 480)]
    return next(n for n, tone in enumerate(blocks) if tone > 660) * 0.01 + 0.025


@pytest.mark.parametrize("start", [0.0, 1.4])
def test_every_kind_of_film_is_made_playable_and_in_time(film: Path, tmp_path: Path, start: float) -> None:
    shown = watched(film, start, tmp_path / "shown.mp4")
    video, audio = streams(shown)
    assert (video["codec_name"], video["pix_fmt"], audio["codec_name"], audio["channels"]) == ("h264", "yuv420p", "aac", 2)
    assert not video["width"] % 2 and not video["height"] % 2 and video["height"] <= 480
    frame = 0.125 if "variable" in film.name else 0.042  # s
    begins = float(run("ffprobe", "-v", "error", "-show_entries", "format=start_time", "-of", "csv=p=0", film))
    assert white_from(shown) == pytest.approx(white_from(film) - begins - start, abs=frame)
    assert turn(samples(shown)) == pytest.approx(2.0 - start, abs=0.06)


def test_pixels_become_square_and_a_shape_that_lies_stays_small(tmp_path: Path) -> None:
    for sar, size in (("64/45", (854, 480)), ("500", (1280, 480))):
        film = tmp_path / "film.mkv"
        run("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"color=s=720x576:d=0.2,setsar={sar}", "-f", "lavfi",
            "-i", "sine=d=0.2", "-c:v", "libx264", "-preset", "ultrafast", film)  # fmt: skip
        video, _ = streams(watched(film, 0.0, tmp_path / "shown.mp4"))
        assert (video["width"], video["height"]) == size
        assert video["sample_aspect_ratio"] == "1:1"


@pytest.mark.parametrize(
    ("rate", "shown"), [("24000/1001", "24000/1001"), ("25", "25/1"), ("60", "30/1"), ("50", "25/1"), ("12", "12/1")]
)
def test_frames_come_steadily_and_at_most_thirty_a_second(tmp_path: Path, rate: str, shown: str) -> None:
    film = tmp_path / "film.mkv"
    run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=s=64x64:r={rate}:d=1", "-f", "lavfi", "-i", "sine=d=1",
        "-c:v", "libx264", "-preset", "ultrafast", film)  # fmt: skip
    video, _ = streams(watched(film, 0.0, tmp_path / "shown.mp4"))
    assert video["r_frame_rate"] == shown


def test_a_picture_that_ends_early_stands_still_and_a_sound_that_begins_late_is_silence(tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x64:r=25:d=2", "-itsoffset", "1", "-f", "lavfi",
        "-i", "sine=d=3", "-c:v", "libx264", "-preset", "ultrafast", film)  # fmt: skip
    shown = watched(film, 0.0, tmp_path / "shown.mp4")
    assert [float(each["duration"]) for each in streams(shown)] == pytest.approx([4.0, 4.0], abs=0.1)
    assert onset(samples(shown)) == pytest.approx(1.0, abs=0.03)


def test_a_film_that_changes_its_size_on_the_way_goes_on(tmp_path: Path) -> None:
    parts = []
    for n, (colour, size, tone) in enumerate((("black", "720x576", 440), ("white", "720x480", 880))):
        parts.append(tmp_path / f"{n}.ts")
        run("ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"color={colour}:s={size}:r=25:d=2", "-f", "lavfi",
            "-i", f"sine={tone}:r=48000:d=2", "-c:v", "mpeg2video", "-c:a", "mp2", "-output_ts_offset", 2 * n, parts[-1])  # fmt: skip
    film = tmp_path / "film.ts"
    film.write_bytes(b"".join(part.read_bytes() for part in parts))
    shown = watched(film, 1.0, tmp_path / "shown.mp4")
    assert turn(samples(shown)) == pytest.approx(1.0, abs=0.1)
    assert white_from(shown) == pytest.approx(1.0, abs=0.15)


def test_excerpts_are_joined_and_exactly_as_long_as_asked_for(film: Path, tmp_path: Path) -> None:
    found = ffprobe.probe_film(film)
    excerpt = tmp_path / "excerpt.flac"
    excerpt.write_bytes(asyncio.run(encode_excerpt(film, found, found.dialogue, [Span(0.5, 1.25), Span(2.5, 3.0)])))
    wave = samples(excerpt)
    assert len(wave) == round(1.25 * 48_000)
    assert pitch(wave[: round(0.7 * 48_000)]) == pytest.approx(440, abs=3)
    assert pitch(wave[round(0.8 * 48_000) :]) == pytest.approx(880, abs=3)


def test_both_commands_stand_behind_the_whitelists(tmp_path: Path) -> None:
    film = Film("matroska", 10.0, (), 0, 0)
    assert (
        build_excerpt_command(Path("x.mkv"), film, 1, [Span(0, 1), Span(2, 3)], tmp_path / "y").count("-protocol_whitelist") == 2
    )
