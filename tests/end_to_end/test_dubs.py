"""Real films through the real service: what comes back is what was promised."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from real_service import Running

from evaluation.sample.film import make_sample_film

pytestmark = pytest.mark.slow

HEARD = ("probe", "separate", "diarize", "transcribe", "segment_words")


def ffprobe(path: Path) -> dict:
    shown = ["-show_format", "-show_streams", "-show_chapters", "-of", "json"]
    return json.loads(subprocess.run(["ffprobe", "-v", "error", *shown, path], capture_output=True, check=True).stdout)


def hashes(path: Path, *streams: str) -> list[str]:
    mapped = [part for stream in streams for part in ("-map", f"0:{stream}")]
    command = ["ffmpeg", "-v", "error", "-i", path, *mapped, "-c", "copy", "-f", "streamhash", "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()


def loudness(path: Path, stream: str) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP, by ffmpeg's own meter."""
    command = ["ffmpeg", "-nostdin", "-nostats", "-i", path, "-map", f"0:{stream}", "-af", "ebur128=peak=true", "-f", "null", "-"]
    summary = subprocess.run(command, capture_output=True, check=True, text=True).stderr.rpartition("Summary:")[2].split()
    return float(summary[summary.index("I:") + 1]), float(summary[summary.index("Peak:") + 1])


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_film(tmp_path_factory.mktemp("sample"), subtitles=False)


@pytest.fixture(scope="module")
def dubbed(running: Running, sample: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    """The sample film, uploaded, dubbed into Spanish and downloaded."""
    task = running.done(running.client.upload(sample, target_langs=("es",), source_lang=None, speakers=None)["id"])
    return task, running.client.download(task["id"], tmp_path_factory.mktemp("download"))


def test_every_original_stream_is_kept_bit_for_bit(dubbed: tuple[dict, Path], sample: Path) -> None:
    assert hashes(dubbed[1], "v", "a:0", "a:1") == hashes(sample, "v", "a:0", "a:1")


def test_the_dub_is_a_track_with_language_title_and_subtitles_and_the_chapters_stay(
    dubbed: tuple[dict, Path], sample: Path
) -> None:
    film, original = ffprobe(dubbed[1]), ffprobe(sample)
    new = film["streams"][len(original["streams"]) :]
    assert [(s["codec_type"], s["tags"]["language"], s["tags"]["title"]) for s in new] == [
        ("audio", "spa", "Dubarr – Español"),
        ("subtitle", "spa", "Dubarr – Español"),
    ]
    assert film["chapters"] == original["chapters"] != []
    assert abs(float(film["format"]["duration"]) - float(original["format"]["duration"])) <= 0.05
    assert film["format"]["format_name"] == original["format"]["format_name"]


def test_the_dub_speaks_where_and_when_it_should(running: Running, dubbed: tuple[dict, Path]) -> None:
    report = running.client.report(dubbed[0]["id"])["es"]
    lines = running.client.lines(dubbed[0]["id"], "es")
    assert report["coverage"] >= 0.85
    assert report["overlaps"] == 0
    assert all(abs(line["dub_start"] - line["start"]) <= 0.3 for line in lines)
    assert all(line["stretch"] <= 1.25 for line in lines)
    assert len({line["speaker"] for line in lines}) == 3


def test_the_dub_is_as_loud_as_the_original_and_does_not_clip(dubbed: tuple[dict, Path]) -> None:
    original, _ = loudness(dubbed[1], "a:0")
    dub, peak = loudness(dubbed[1], "a:2")
    assert abs(dub - original) <= 1.0
    assert peak <= -1.0


def test_another_language_repeats_nothing_that_was_heard(running: Running, dubbed: tuple[dict, Path], tmp_path: Path) -> None:
    task_id = dubbed[0]["id"]
    before = running.executed(task_id)
    running.client.add_languages(task_id, ("ca",))
    running.done(task_id)
    after = running.executed(task_id)
    assert {name: after[name, ""] - before[name, ""] for name in HEARD} == dict.fromkeys(HEARD, 0)
    assert after["synthesize", "es"] == before["synthesize", "es"]
    film = ffprobe(running.client.download(task_id, tmp_path))
    assert [s["tags"]["language"] for s in film["streams"] if s["codec_type"] == "audio"][-2:] == ["spa", "cat"]


def test_an_edited_line_is_spoken_anew_and_nothing_else(running: Running, dubbed: tuple[dict, Path]) -> None:
    task_id = dubbed[0]["id"]
    before = running.executed(task_id)
    running.client.edit_line(task_id, 2, "es", "Esto lo dice una persona.")
    running.done(task_id)
    after = running.executed(task_id)
    assert after["synthesize", "es"] - before["synthesize", "es"] == 1
    assert all(after[name, ""] == before[name, ""] for name in HEARD)
    assert running.client.lines(task_id, "es")[1]["text"] == "Esto lo dice una persona."


def test_subtitles_replace_recognition_and_are_fast(running: Running, tmp_path: Path) -> None:
    film = shutil.copy(make_sample_film(tmp_path, subtitles=True), running.library)
    task = running.done(running.client.submit_path(Path(film), target_langs=("es", "ca"))["id"])
    stages = {stage["name"] for stage in task["stages"]}
    assert "transcribe" not in stages
    assert {line["text_source"] for line in running.client.lines(task["id"], "ca")} == {"translation"}
    assert all(report["coverage"] >= 0.85 for report in running.client.report(task["id"]).values())


@pytest.fixture
def kennedy(recordings: Path, running: Running) -> Path:
    """A film of Kennedy's sentence: a picture by ffmpeg over the recording."""
    film = running.library / "kennedy.mp4"
    picture = ["-f", "lavfi", "-i", "color=navy:s=320x180:r=24"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata:s:a:0", "language=eng", "-shortest"]
    if not film.exists():
        subprocess.run(["ffmpeg", "-v", "error", "-y", *picture, "-i", recordings / "jfk.flac", *coding, film], check=True)
    return film


def test_kennedy_is_one_man_whose_dub_follows_his_words(running: Running, kennedy: Path) -> None:
    task = running.done(running.client.submit_path(kennedy, target_langs=("es",))["id"])
    lines = running.client.lines(task["id"], "es")
    assert {line["speaker"] for line in lines} == {"S1"}
    heard = " ".join(line["source_text"] for line in lines).lower()
    assert "country" in heard
    assert "país" in " ".join(line["text"] for line in lines).lower()
    ((cast,),) = running.answers(task["id"], "voice")
    assert cast["pitch"] < 155  # Hz: a man's


def test_with_a_sidecar_beside_it_recognition_does_not_run(running: Running, kennedy: Path) -> None:
    film = kennedy.with_name("kennedy with subtitles.mp4")
    shutil.copy(kennedy, film)
    film.with_suffix(".en.srt").write_text(
        "1\n00:00:00,300 --> 00:00:04,500\nAnd so, my fellow Americans,\n\n"
        "2\n00:00:05,300 --> 00:00:07,900\nask not what your country can do for you,\n\n"
        "3\n00:00:08,100 --> 00:00:10,800\nask what you can do for your country.\n"
    )
    task = running.done(running.client.submit_path(film, target_langs=("es",))["id"])
    assert "transcribe" not in {stage["name"] for stage in task["stages"]}
    assert running.client.lines(task["id"], "es")[-1]["source_text"].endswith("your country.")


def test_a_killed_worker_costs_no_task_and_no_stage(running: Running, sample: Path) -> None:
    film = running.library / "killed.mkv"
    # Another soundtrack than the other tests', so that nothing is in the cache yet.
    cut = ["-ss", "3", "-t", "40", "-map", "0:v", "-map", "0:a:0", "-c:v", "copy", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", sample, *cut, film], check=True)
    task_id = running.client.submit_path(film, target_langs=("es", "ca"), source_lang="en")["id"]
    running.until(task_id, lambda task: any(s["name"] == "segment_words" and s["status"] == "DONE" for s in task["stages"]))
    (row,) = running.client.query(f"SELECT owner FROM tasks WHERE id = {task_id}").to_pylist()
    os.kill(int(row["owner"].split("/")[2]), signal.SIGKILL)
    task = running.done(task_id)
    assert task["attempts"] == 2
    executed = running.executed(task_id)
    assert {name: executed[name, ""] for name in ("probe", "separate", "diarize", "segment_words")} == {
        "probe": 1, "separate": 1, "diarize": 1, "segment_words": 1,
    }  # fmt: skip
    runs = running.client.query(
        f"SELECT name, language, attempt, executed FROM stage_runs WHERE task_id = {task_id} AND status = 'DONE' AND executed > 0"
    ).to_pylist()
    assert len({(run["name"], run["language"]) for run in runs}) == len(runs), "a finished stage ran twice"


def test_engines_and_keeper_may_be_killed_in_the_middle_of_a_film(running: Running, sample: Path) -> None:
    film = running.library / "survivor.mkv"
    cut = ["-ss", "30", "-t", "25", "-map", "0:v", "-map", "0:a:0", "-c:v", "copy", "-c:a", "aac"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", sample, *cut, film], check=True)
    task_id = running.client.submit_path(film, target_langs=("ca",), source_lang="en")["id"]
    for stage, title in [("diarize", "dubarr:diarization"), ("transcribe", "dubarr:whisper"), ("transcribe", "ray::StoreActor")]:
        running.until(task_id, lambda task, stage=stage: any(each["name"] == stage for each in task["stages"]))
        os.kill(running.pids(title)[0], signal.SIGKILL)
    os.kill(running.pids("dubarr:tts")[0], signal.SIGKILL)
    task = running.done(task_id)
    assert task["attempts"] == 1
    runs = running.client.query(f"SELECT name, executed FROM stage_runs WHERE task_id = {task_id}").to_pylist()
    executed = {run["name"]: run["executed"] for run in runs}
    assert executed["diarize"] == executed["mix"] == executed["mux"] == 1
    assert executed["synthesize"] == len(running.client.lines(task_id, "ca"))


def test_the_service_stays_healthy_and_its_log_tells_of_it(running: Running) -> None:
    deadline = time.monotonic() + 30
    while (health := running.client.health())["worker_alive"] is False:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert health["status"] == "online"
    assert health["engine_statuses"] == {"llm": "READY", "tts": "READY", "whisper": "READY", "diarization": "READY"}
    assert "stage=mux" in running.settings.processing_log.read_text()
