"""Films whose language nobody tells, through a running service with a real recogniser: dubbed from what is heard, or refused."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from real_models import model_folder
from real_service import Running, real_service

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("espeak-ng") is None or shutil.which("apertium") is None, reason="no voices or no translator"
    ),
]


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    model_folder("whisper-base")  # skips where it is missing
    with real_service(tmp_path_factory.mktemp("listening"), TRANSCRIBER="whisper") as found:
        yield found


def untagged(recordings: list[Path], film: Path) -> Path:
    """The recordings one after the other under a picture, without a word on their language."""
    inputs = [part for path in recordings for part in ("-i", str(path))]
    joined = "".join(f"[{n}:a]aresample=16000,aformat=channel_layouts=mono[a{n}];" for n in range(len(recordings)))
    joined += "".join(f"[a{n}]" for n in range(len(recordings))) + f"concat=n={len(recordings)}:v=0:a=1[a]"
    picture = ["-f", "lavfi", "-i", "color=c=gray:s=64x48:r=5"]
    sound = ["-filter_complex", joined, "-map", f"{len(recordings)}:v", "-map", "[a]", "-c:a", "flac"]
    command = ["ffmpeg", "-v", "error", "-nostdin", *inputs, *picture, *sound]
    subprocess.run([*command, "-c:v", "libx264", "-preset", "ultrafast", "-shortest", film], check=True)
    return film


def test_a_film_that_speaks_english_is_dubbed_from_what_is_heard(listening: Running, recordings: Path, tmp_path: Path) -> None:
    film = untagged([recordings / f"LJ001-000{n}.flac" for n in (2, 4)], tmp_path / "printing.mkv")
    task = listening.done(listening.client.upload(film, target_langs=("es",))["id"])
    said = " ".join(line["source_text"] for line in listening.client.lines(task["id"], "es"))
    assert task["source_lang"] == "en" and "being comparatively modern" in said.casefold()
    assert "English (en) was detected in its speech" in str(listening.client.report(task["id"])["es"]["notes"])


def test_a_german_film_is_refused_by_name_where_nobody_translates_german(
    listening: Running, recordings: Path, tmp_path: Path
) -> None:
    film = untagged([recordings / "simplicissimus.de.mp3"], tmp_path / "simplicissimus.mkv")
    task = listening.ended(listening.client.upload(film, target_langs=("es",))["id"])
    assert task["status"] == "ERROR" and "speaks German (de)" in task["error"] and "source_lang" in task["error"]
    assert ("transcribe", "") not in listening.executed(task["id"])


def test_a_french_film_is_heard_as_french_or_refused_with_the_setting_to_use(listening: Running, tmp_path: Path) -> None:
    sound = tmp_path / "fr.wav"
    text = "Bonjour. Le train part à midi. Ma valise est déjà prête. Il nous attendra à la gare, et nous partirons ensemble demain matin."
    subprocess.run(["espeak-ng", "-v", "fr", "-s", "140", "-w", sound, text], check=True)
    task = listening.ended(listening.client.upload(untagged([sound], tmp_path / "train.mkv"), target_langs=("es",))["id"])
    if task["status"] == "ERROR":
        assert "set source_lang (--from)" in task["error"]
    else:
        assert task["source_lang"] == "fr"
        assert "French (fr) was detected in its speech" in str(listening.client.report(task["id"])["es"]["notes"])
