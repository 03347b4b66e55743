"""What is no film, or holds nothing to dub: a sentence that says what and what to do, and a service that stays healthy."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from real_service import Running

from pipeline.errors import DubarrError

pytestmark = pytest.mark.slow

PICTURE = ("-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=4")
CODING = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")


def made(path: Path, *options: str) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *PICTURE, *options, *CODING, path], check=True)
    return path


def empty(folder: Path) -> Path:
    (folder / "empty.mp4").touch()
    return folder / "empty.mp4"


def text(folder: Path) -> Path:
    (folder / "text.mp4").write_text("These are words, and no film.\n" * 100)
    return folder / "text.mp4"


def mute(folder: Path) -> Path:
    return made(folder / "mute.mp4")


def playlist(folder: Path) -> Path:
    """A playlist that names a film beside it: ffmpeg would open it, were it let."""
    made(folder / "secret.ts", "-f", "lavfi", "-i", "sine=d=4")
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:4", "#EXTINF:4,", (folder / "secret.ts").as_uri(), "#EXT-X-ENDLIST"]
    (folder / "playlist.mp4").write_text("\n".join(lines))
    return folder / "playlist.mp4"


@pytest.mark.parametrize(
    ("make", "words"), [(empty, "empty"), (text, "not a film"), (mute, "no audio"), (playlist, "not a film")]
)
@pytest.mark.parametrize("way", ["upload", "webhook"])
def test_what_is_no_film_is_refused_with_a_sentence(
    running: Running, tmp_path: Path, make: Callable[[Path], Path], words: str, way: str
) -> None:
    before = len(running.client.tasks())
    film = make(running.library if way == "webhook" else tmp_path)
    try:
        with pytest.raises(DubarrError, match=words):
            if way == "upload":
                running.client.upload(film, target_langs=("es",), source_lang=None, speakers=None)
            else:
                running.client.submit_path(film, target_langs=("es",))
    finally:
        film.unlink()
    assert len(running.client.tasks()) == before
    assert not [path for path in running.settings.videos_dir.iterdir() if path.stem.startswith(film.stem)], (
        "a refused upload stays"
    )


def test_a_film_of_silence_ends_in_an_error_that_says_so(running: Running) -> None:
    film = made(running.library / "silence.mkv", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo:d=4", "-shortest")
    task = running.ended(running.client.submit_path(film, target_langs=("es",), source_lang="en")["id"])
    assert task["status"] == "ERROR"
    assert "No speech found in the audio track (stereo)" in task["error"]
    assert running.client.health()["worker_alive"]


@pytest.mark.parametrize("path", ["missing.mkv", "../outside.mkv", "link.mkv"])
def test_a_path_that_is_missing_or_leads_out_of_the_library_is_refused(running: Running, tmp_path: Path, path: str) -> None:
    made(running.library.parent / "outside.mkv", "-f", "lavfi", "-i", "sine=d=4")
    if path == "link.mkv" and not (running.library / path).is_symlink():
        (running.library / path).symlink_to(running.library.parent / "outside.mkv")
    with pytest.raises(DubarrError):
        running.client.submit_path(running.library / path, target_langs=("es",))


def test_a_pair_that_no_engine_can_do_is_refused_with_what_can(running: Running) -> None:
    film = made(running.library / "pair.mkv", "-f", "lavfi", "-i", "sine=d=4", "-metadata:s:a:0", "language=eng")
    with pytest.raises(DubarrError, match=r"Japanese.*es"):
        running.client.submit_path(film, target_langs=("ja",))


def test_a_key_made_by_the_command_opens_the_webhook_by_curl_until_it_is_revoked(running: Running) -> None:
    def run(*command: str) -> str:
        environment = dict(os.environ) | running.environment
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout.strip()

    def ask(*options: str, path: str = "/webhook") -> str:
        return run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *options, f"{running.url}{path}")

    dubarr = (sys.executable, "-m", "cli", "keys")
    secret = run(*dubarr, "add", "sonarr", "--scope", "webhook")
    event = ("-H", "Content-Type: application/json", "-d", '{"eventType": "Test"}')
    assert ask(*event) == "401"
    assert ask(*event, "-H", f"X-Api-Key: {secret}") == "200"
    assert ask(*event, path=f"/webhook?apikey={secret}") == "200"
    assert ask("-H", f"X-Api-Key: {secret}", path="/api/tasks") == "403"
    assert "sonarr" in run(*dubarr, "list")
    run(*dubarr, "revoke", "sonarr")
    assert ask(*event, "-H", f"X-Api-Key: {secret}") == "401"
    kept = [
        path for folder in (running.settings.logs_dir, running.settings.data_dir) for path in folder.rglob("*") if path.is_file()
    ]
    assert kept and not [path for path in kept if secret.encode() in path.read_bytes()]
