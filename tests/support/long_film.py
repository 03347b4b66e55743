"""Large films that are quick to make and to probe: uncompressed pictures, each another."""

import hashlib
import subprocess
from pathlib import Path

FRAME_RATE = 25
FRAME_BYTES = 1280 * 720 * 3 // 2


def write_long_film(path: Path, size: int, *, pitch: int = 440) -> Path:
    """A Matroska film of about `size` bytes, with a tone of `pitch` Hz."""
    seconds = size / (FRAME_BYTES * FRAME_RATE)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"testsrc2=s=1280x720:r={FRAME_RATE}:d={seconds}"]
    command += [
        "-f",
        "lavfi",
        "-i",
        f"sine=f={pitch}:d={seconds}",
        "-c:v",
        "rawvideo",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "pcm_s16le",
    ]
    subprocess.run([*command, "-metadata:s:a:0", "language=eng", str(path)], check=True)
    return path


def hash_file(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
