"""The first 14 seconds of the sample film, without its subtitles: a few lines of two speakers."""

import subprocess
from pathlib import Path

from evaluation.sample.film import make_sample_film


def make_short_film(film: Path, folder: Path, *options: str) -> Path:
    """Make the film. `folder`: of the whole sample film; `options`: of ffmpeg's for the output."""
    sample = make_sample_film(folder, subtitles=False)
    cut = ["-t", "14", "-map", "0:v", "-map", "0:a:0", *options, "-c:v", "copy", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", sample, *cut, film], check=True)
    return film
