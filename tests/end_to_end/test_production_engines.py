"""All five production engines in one service, each in its own deployment, on models made here: a film goes in over HTTP.

Their weights are tiny and know nothing, so nobody could follow these dubs; all code is what large weights run through.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import soundfile
import yaml
from openai_server import OpenAiServer
from real_service import Running, real_service

from evaluation.sample.film import make_sample_film
from pipeline.engines.protocols import Passage
from pipeline.engines.translator_apertium import ApertiumTranslator
from pipeline.values.timeline import Segment, Span
from serve.profile_loader import PROFILES_FOLDER

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

SAYS = "And so my fellow Americans. Ask not what your country can do for you. Ask what you can do for your country."
ENGINES = ("separation", "diarization", "whisper", "llm", "tts")


class Server:
    """An OpenAI-compatible server whose model is apertium; it thinks for `delay` s about lines for `slow` languages."""

    def __init__(self) -> None:
        self.apertium = ApertiumTranslator()
        self.delay, self.slow = 0.0, frozenset[str]()
        self.thinking = threading.Event()
        self.said = ""

    def translate(self, texts: list[str], source: str, target: str) -> list[str]:
        if target in self.slow:
            self.thinking.set()
            time.sleep(self.delay)
        segments = tuple(Segment(n, Span(n, n + 1), text, None) for n, text in enumerate(texts))
        answer = self.apertium.translate(Passage(segments), source=source, target=target)
        self.said += " ".join(["", *(text or "" for text in answer.texts)])
        return [text or "" for text in answer.texts]


@pytest.fixture(scope="module")
def server() -> Server:
    return Server()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for MODELS_DIR with a model of every kind, each under the name that a setting gives it."""
    from tiny_demucs import tiny_demucs
    from tiny_pyannote import tiny_pyannote
    from tiny_wav2vec2 import tiny_wav2vec2
    from tiny_whisper import tiny_whisper
    from tiny_xtts import tiny_xtts

    folder = tmp_path_factory.mktemp("models")
    tiny_whisper(folder / "making", says=SAYS).rename(folder / "my-whisper")
    tiny_wav2vec2(folder / "making").rename(folder / "my-aligner")
    for name, make in (("my-pyannote", tiny_pyannote), ("my-demucs", tiny_demucs), ("my-xtts", tiny_xtts)):
        make(folder / name)
    return folder


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, models: Path, server: Server) -> Iterator[Running]:
    """The service with the shipped profile for CPUs; idle engines leave, the synthesizer after a few seconds."""
    home = tmp_path_factory.mktemp("production")
    profile = yaml.safe_load((PROFILES_FOLDER / "cpu-models.yaml").read_text())
    # Demucs with random weights leaves a murmur of the voices: the recogniser must listen closely.
    profile["transcriber"]["options"] |= {"aligners": {"en": str(models / "my-aligner")}, "vad_onset": 0.1, "vad_offset": 0.05}
    for role, idle in (("separator", 60), ("diarizer", 60), ("transcriber", 60), ("synthesizer", 4)):
        profile[role]["scaling"] = {"least": 0, "most": 1, "idle": idle}
    (home / "own.yaml").write_text(yaml.safe_dump(profile))
    with OpenAiServer(server.translate) as listening:
        given = {
            "PROFILE": str(home / "own.yaml"),
            "MODELS_DIR": str(models),
            "TRANSCRIBER_MODEL": "my-whisper",
            "DIARIZER_MODEL": "my-pyannote",
            "SEPARATOR_MODEL": "my-demucs",
            "SYNTHESIZER_MODEL": "my-xtts",
            "COQUI_TOS_AGREED": "1",
            "LLM_URL": listening.url,
            "HF_HUB_OFFLINE": "1",
            "PYANNOTE_METRICS_ENABLED": "0",
        }
        with real_service(home, **given) as found:
            yield found


def scene(sample: Path, library: Path, name: str, *, start: float, seconds: float) -> Path:
    """A part of the sample film, with a soundtrack of its own, so that nothing is in the cache yet."""
    film = library / f"{name}.mkv"
    cut = ["-ss", str(start), "-t", str(seconds), "-map", "0:v", "-map", "0:a:0", "-c:v", "copy", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", sample, *cut, film], check=True)
    return film


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_film(tmp_path_factory.mktemp("sample"), subtitles=False)


@pytest.fixture(scope="module")
def dubbed(production: Running, sample: Path) -> tuple[dict[str, Any], Path]:
    """The first scene, dubbed into Spanish; and the film it was made from."""
    film = scene(sample, production.library, "first", start=0.0, seconds=14.0)
    return production.done(production.client.submit_path(film, target_langs=("es",), source_lang="en")["id"]), film


def streams(path: Path) -> list[dict[str, Any]]:
    shown = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", path]
    return list(json.loads(subprocess.run(shown, capture_output=True, check=True).stdout)["streams"])


def test_nothing_is_loaded_before_a_film_needs_it(production: Running) -> None:
    assert production.client.health()["engine_statuses"] == {
        "separation": "IDLE", "whisper": "IDLE", "diarization": "IDLE", "llm": "READY", "tts": "IDLE",
    }  # fmt: skip


def test_a_film_goes_through_all_five_engines_and_comes_out_dubbed(
    production: Running, dubbed: tuple[dict[str, Any], Path]
) -> None:
    task, film = dubbed
    new = streams(Path(task["output"]))[len(streams(film)) :]
    assert [(each["codec_type"], each["tags"]["language"]) for each in new] == [("audio", "spa"), ("subtitle", "spa")]
    ran = {name for (name, _), executed in production.executed(task["id"]).items() if executed}
    assert ran >= {"separate", "diarize", "refer", "transcribe", "study", "translate", "voice", "synthesize", "fit", "mix", "mux"}
    report = production.client.report(task["id"])["es"]
    assert report["streams_kept"] and report["true_peak"] <= -1.5 and report["overlaps"] == 0


def test_whisperx_heard_what_its_model_says_and_aligned_it(production: Running, dubbed: tuple[dict[str, Any], Path]) -> None:
    words = [word for utterance in production.answers(dubbed[0]["id"], "transcribe") for word in utterance]
    assert " ".join(word["text"] for word in words).startswith(SAYS)
    assert all(0.0 <= word["span"]["start"] < word["span"]["end"] <= 14.1 for word in words)
    assert any(word["confidence"] is not None for word in words), "the aligner scores words; guessed times have no score"


def test_the_language_model_was_asked_and_its_lines_are_spoken(
    production: Running, dubbed: tuple[dict[str, Any], Path], server: Server
) -> None:
    lines = production.client.lines(dubbed[0]["id"], "es")
    spoken = [re.findall(r"\w+", line["text"].casefold()) for line in lines]  # perhaps shortened, for want of time
    assert spoken and all(words and set(words) <= set(re.findall(r"\w+", server.said.casefold())) for words in spoken)
    assert {line["text_source"] for line in lines} == {"translation"}
    asked = f"SELECT engine, untranslated, completion_tokens FROM translations WHERE task_id = {dubbed[0]['id']}"
    (cost,) = production.client.query(asked).to_pylist()
    assert cost["untranslated"] == 0 and cost["completion_tokens"] > 0 and "tiny-model" in cost["engine"]


def test_xtts_spoke_every_line_with_the_voice_of_its_speaker(production: Running, dubbed: tuple[dict[str, Any], Path]) -> None:
    (voices,) = production.answers(dubbed[0]["id"], "voice")
    assert all(voice["reference"]["file"].startswith("refer-") for voice in voices)
    takes = production.answers(dubbed[0]["id"], "synthesize")
    assert takes
    for take in takes:
        found = soundfile.info(production.settings.artifacts / take["audio"]["file"])
        assert (found.samplerate, found.channels) == (48_000, 1) and found.duration > 0.05


def test_pyannote_told_the_speakers_and_their_voices_are_kept(production: Running, dubbed: tuple[dict[str, Any], Path]) -> None:
    asked = f"SELECT label, len(embedding) AS size, engine, clip FROM speakers WHERE task_id = {dubbed[0]['id']}"
    speakers = production.client.query(asked).to_pylist()
    assert speakers and all(row["size"] > 0 and "pyannote" in row["engine"] and row["clip"] for row in speakers)


def test_demucs_took_speech_and_background_apart(production: Running, dubbed: tuple[dict[str, Any], Path]) -> None:
    (stems,) = production.answers(dubbed[0]["id"], "separate")
    parts = [soundfile.read(production.settings.artifacts / stems[name]["file"])[0] for name in ("voices", "background")]
    assert parts[0].shape == parts[1].shape and parts[0].shape[1] == 2
    assert all(abs(part).max() > 0.001 for part in parts)


def test_every_engine_may_be_killed_in_the_middle_of_a_call(production: Running, sample: Path, server: Server) -> None:
    film = scene(sample, production.library, "survivor", start=8.0, seconds=13.0)
    server.delay, server.slow = 3.0, frozenset({"fr"})
    server.thinking.clear()
    task_id = production.client.submit_path(film, target_langs=("fr",), source_lang="en")["id"]
    for stage, deployment in [("separate", "separation"), ("diarize", "diarization"), ("transcribe", "whisper")]:
        kill(production, task_id, stage, deployment)
    assert server.thinking.wait(200)
    kill(production, task_id, "translate", "llm")
    kill(production, task_id, "synthesize", "tts")
    task = production.done(task_id)
    server.delay = 0.0
    assert task["attempts"] == 1
    executed = production.executed(task_id)
    once = ("separate", "diarize", "refer", "segment_words", "mix", "mux")
    assert {name: sum(n for (stage, _), n in executed.items() if stage == name) for name in once} == dict.fromkeys(once, 1)
    assert executed["synthesize", "fr"] == len(production.answers(task_id, "synthesize")) > 0, "a line was synthesised twice"


def kill(running: Running, task_id: int, stage: str, deployment: str) -> None:
    """End an engine's replica at once while it works on a stage."""
    running.until(task_id, lambda task: any(run["name"] == stage and run["status"] == "RUNNING" for run in task["stages"]))
    deadline = time.monotonic() + 120
    while running.client.health()["engine_statuses"][deployment] != "READY":
        assert time.monotonic() < deadline, f"{deployment} never came up"
        time.sleep(0.1)
    (pid,) = running.pids(f"dubarr:{deployment}")
    os.kill(pid, signal.SIGKILL)


def test_engines_that_leave_in_the_middle_of_a_film_and_come_back_change_nothing(
    production: Running, sample: Path, server: Server
) -> None:
    film = scene(sample, production.library, "interrupted", start=20.0, seconds=12.0)
    server.delay, server.slow = 20.0, frozenset({"fr"})
    server.thinking.clear()
    task_id = production.client.submit_path(film, target_langs=("es", "fr"), source_lang="en")["id"]
    seen: list[str] = []  # of the synthesizer, from the first Spanish line to the end
    while (task := production.client.task(task_id))["status"] in {"QUEUED", "PROCESSING"}:
        status = production.client.health()["engine_statuses"]["tts"]
        if any(run["name"] == "synthesize" for run in task["stages"]) and seen[-1:] != [status]:
            seen.append(status)
        time.sleep(0.2)
    assert task["status"] == "DONE", task["error"]
    assert seen.count("READY") >= 2 and "IDLE" in seen[seen.index("READY") :], f"it never left in between: {seen}"
    interrupted = {stage: told(production, task_id, stage) for stage in STAGES}

    server.delay = 0.0
    production.client.purge(task_id)
    production.done(task_id)
    for stage, answer in interrupted.items():
        assert told(production, task_id, stage) == answer, f"{stage} answered otherwise"


STAGES = ("separate", "diarize", "refer", "transcribe", "study", "translate", "voice", "synthesize", "rephrase", "fit", "mix")


def told(running: Running, task_id: int, stage: str) -> list[str]:
    """What a stage answered, in any order: files by their content, wherever each run put them, and however long it took."""
    passing = re.compile(r'"file": "[^"]*"|"mtime_ns": \d+|"usage": {[^}]*}')
    return sorted(passing.sub("", json.dumps(answer)) for answer in running.answers(task_id, stage))


def test_a_model_that_is_not_there_is_told_to_whoever_dubs_a_film(production: Running, models: Path, sample: Path) -> None:
    """Last in this file: the synthesizer's model goes away, and comes back."""
    away = models / "away"
    deadline = time.monotonic() + 60
    while production.client.health()["engine_statuses"]["tts"] != "IDLE":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    shutil.move(models / "my-xtts", away)
    film = scene(sample, production.library, "no model", start=40.0, seconds=10.0)
    task = production.ended(production.client.submit_path(film, target_langs=("es",), source_lang="en")["id"])
    assert task["status"] == "ERROR"
    assert "there is no model 'my-xtts'" in task["error"] and "SYNTHESIZER_MODEL" in task["error"]
    deadline = time.monotonic() + 60
    while production.client.health()["engine_statuses"]["tts"] != "ERROR":  # the engine's next report of itself
        assert time.monotonic() < deadline, production.client.health()["engine_statuses"]
        time.sleep(0.2)
    shutil.move(away, models / "my-xtts")
