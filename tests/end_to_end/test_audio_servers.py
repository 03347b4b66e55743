"""Speech and recognition on servers: a film is dubbed by the service through both, with a replica of each killed at work.

The server is real: espeak-ng speaks, and Whisper base recognises.
"""

import io
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from audio_api_server import AudioApiServer
from real_models import model_folder
from real_service import Running, real_service
from short_film import make_short_film

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Whisper:
    """Whisper base, as a server of OpenAI's protocol answers with it."""

    def __init__(self) -> None:
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(model_folder("whisper-base")), device="cpu", compute_type="int8", cpu_threads=1)

    def __call__(self, audio: bytes, fields: dict[str, Any]) -> dict[str, Any]:
        segments, about = self._model.transcribe(
            io.BytesIO(audio), language=fields.get("language"), beam_size=1, word_timestamps=True
        )
        found = list(segments)
        return {
            "task": "transcribe",
            "language": about.language,
            "duration": about.duration,
            "text": "".join(segment.text for segment in found).strip(),
            "segments": [
                {"id": segment.id, "start": segment.start, "end": segment.end, "text": segment.text, "avg_logprob": segment.avg_logprob,
                 "no_speech_prob": segment.no_speech_prob}
                for segment in found
            ],
            "words": [
                {"word": word.word.strip(), "start": word.start, "end": word.end} for segment in found for word in segment.words or ()
            ],
        }  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[AudioApiServer]:
    with AudioApiServer(Whisper(), key="sk-audio") as listening:
        yield listening


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, server: AudioApiServer) -> Iterator[Running]:
    given = {
        "SYNTHESIZER": "speech-api",
        "SPEECH_API_URL": server.url,
        "SPEECH_API_KEY": "sk-audio",
        "TRANSCRIBER": "transcription-api",
        "TRANSCRIPTION_API_URL": server.url,
        "TRANSCRIPTION_API_KEY": "sk-audio",
    }
    with real_service(tmp_path_factory.mktemp("audio"), **given) as found:
        yield found


def kill_at_work(running: Running, server: AudioApiServer, deployment: str) -> None:
    """End a deployment's replica while the server works on its request."""
    server.working.clear()
    assert server.working.wait(200), f"{deployment} asked for nothing"
    (pid,) = running.pids(f"dubarr:{deployment}")
    os.kill(pid, signal.SIGKILL)


def test_a_film_is_dubbed_through_both_servers_and_nothing_is_made_twice(
    service: Running, server: AudioApiServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    film = make_short_film(service.library / "film.mkv", tmp_path_factory.mktemp("sample"), "-metadata:s:a:0", "language=und")
    server.delay_s = 2.0  # a request lasts long enough to be interrupted
    task_id = service.client.submit_path(film, target_langs=("es",))["id"]
    service.until(task_id, lambda task: any(run["name"] == "transcribe" for run in task["stages"]))
    kill_at_work(service, server, "whisper")
    service.until(task_id, lambda task: any(run["name"] == "synthesize" for run in task["stages"]))
    kill_at_work(service, server, "tts")
    server.delay_s = 0.0
    task = service.done(task_id)
    assert task["attempts"] == 1

    executed = service.executed(task_id)
    once = ("identify", "transcribe", "translate", "synthesize", "voice", "mix", "mux")
    made = Counter({name: sum(n for (stage, _), n in executed.items() if stage == name) for name in once})
    cached = service.client.query(
        f"SELECT stage, count(*) AS n FROM cache JOIN cache_uses USING (key) WHERE task_id = {task_id} GROUP BY stage"
    ).to_pylist()
    kept = {row["stage"]: int(row["n"]) for row in cached}
    assert all(0 < made[name] == kept[name] for name in once), f"something was made twice: {made} {kept}"

    lines = service.client.lines(task_id, "es")
    assert "bread from the bakery" in " ".join(line["source_text"] for line in lines) and all(line["text"] for line in lines)
    asked = {request.body["input"] for request in server.requests if request.path == "speech"}
    assert len(asked) >= len(lines)
    report = service.client.report(task_id)["es"]
    assert report["streams_kept"] and report["overlaps"] == 0


def test_a_server_that_is_away_is_told_with_its_setting(service: Running, server: AudioApiServer) -> None:
    """Last in this file."""
    server.key = "sk-changed"
    film = service.library / "other.mkv"
    cut = ["-ss", "2", "-t", "9", "-map", "0", "-c:v", "copy", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", service.library / "film.mkv", *cut, film], check=True)
    task = service.ended(service.client.submit_path(film, target_langs=("es",), source_lang="en")["id"])
    assert task["status"] == "ERROR" and "TRANSCRIPTION_API_KEY" in task["error"] and "sk-" not in task["error"]
