"""The excerpt of a preview: a film of its own, whose beginning in the film is known."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

from pipeline.analysis.preview_excerpt import extract_excerpt
from pipeline.errors import FilmError
from pipeline.ffmpeg import ffprobe
from pipeline.text.subtitles.subtitle_reader import read_subtitle_file
from pipeline.values.media import Sidecar, Source, compute_digest
from pipeline.values.preview import PreviewRange

RATE_HZ = 8_000
MISS_S = 0.03  # s: one frame of a sound codec, which the beginning of a copied track may lack


@pytest.fixture(scope="module", params=["mkv", "mp4", "ts"])
def film(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("noise") / f"a.{request.param}"
    picture = ["-f", "lavfi", "-i", "testsrc2=s=64x36:r=10:d=40", "-f", "lavfi", "-i", "anoisesrc=r=44100:c=pink:d=40:s=3"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *picture, *codecs, path], check=True)
    return path


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


def decode(path: Path) -> np.ndarray:
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-i",
        path,
        "-map",
        "0:a:0",
        "-af",
        f"aresample={RATE_HZ}:async=1:first_pts=0",
        "-ac",
        "1",
    ]
    return np.frombuffer(subprocess.run([*command, "-f", "f32le", "-"], check=True, capture_output=True).stdout, np.float32)


def find_lag_s(whole: np.ndarray, part: np.ndarray, offset: float) -> float:
    """Seconds by which the sound of an excerpt lies later in the film than its offset says."""
    reach, here = RATE_HZ // 2, round((offset + 9.0) * RATE_HZ)
    piece, around = part[9 * RATE_HZ : 13 * RATE_HZ], whole[here - reach : here + 4 * RATE_HZ + reach]
    return (int(np.argmax(np.correlate(around, piece, "valid"))) - reach) / RATE_HZ


def test_an_excerpt_lies_in_the_film_where_its_offset_says(film: Path, tmp_path: Path) -> None:
    source, probed = Source.of(film), ffprobe.probe_film(film)
    excerpt = extract_excerpt(source, probed, PreviewRange(20.0, 28.0), workdir=tmp_path)
    made = ffprobe.probe_film(excerpt.film.path)
    assert excerpt.offset <= 20.0 - 2.0
    assert excerpt.offset + made.duration >= 28.0
    assert len(made.tracks) == len(probed.tracks)
    assert abs(find_lag_s(decode(film), decode(excerpt.film.path), excerpt.offset)) < MISS_S


def test_subtitle_files_are_cut_to_the_excerpt(film: Path, tmp_path: Path) -> None:
    text = tmp_path / "a.en.srt"
    text.write_text(
        "".join(f"{n}\n00:00:{n:02},500 --> 00:00:{n + 1:02},250\nThe line {n},\nhere.\n\n" for n in range(1, 38, 2)), "utf-8"
    )
    source = Source.of(film, (Sidecar(text, compute_digest(text), "en"),))
    excerpt = extract_excerpt(source, ffprobe.probe_film(film), PreviewRange(20.0, 28.0), workdir=make_folder(tmp_path / "work"))
    (cut,) = excerpt.sidecars
    assert cut is not None
    cues = read_subtitle_file(cut.path, digest=cut.digest, language="en").cues
    (line,) = [cue for cue in cues if "line 21" in cue.text]
    assert line.span.start + excerpt.offset == pytest.approx(21.5, abs=0.002)
    assert not [cue for cue in cues if "line 3," in cue.text or "line 37" in cue.text]


def test_an_excerpt_after_the_end_is_refused(film: Path, tmp_path: Path) -> None:
    with pytest.raises(FilmError, match="ends at 0:40"):
        extract_excerpt(Source.of(film), ffprobe.probe_film(film), PreviewRange(60.0, 90.0), workdir=tmp_path)
