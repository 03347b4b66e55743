"""Films of the reference set, with tones in place of voices: schedule, sound, references and manifest."""

import json
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from evaluation.reference_set.films import FilmPlan, format_exact_srt, is_complete, render_reel, write_film
from evaluation.reference_set.generate import SetSpec
from evaluation.reference_set.schedule import SAME_SPEAKER_GAP_S, schedule_long_film, schedule_reel
from evaluation.reference_set.scripts import Script, ScriptLine
from evaluation.reference_set.takes import join_parts
from evaluation.rttm import read_rttm
from pipeline.engines.kokoro.kokoro_model import SAMPLE_RATE_HZ
from pipeline.text.subtitles.subtitle_reader import read_subtitle_file
from pipeline.values.timeline import Cue, Span


def tone(seconds: float, pitch: float = 220.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * pitch * np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ)).astype(np.float32)


def make_script(lines: int = 6) -> Script:
    texts = [
        ScriptLine(
            "ANNA" if number % 3 else "BEN",
            ("Good morning.", f"This is number {number}.") if number == 1 else (f"This is number {number}.",),
            (0.8,) if number == 1 else (),
            {"es": f"Este es el número {number}.", "pt": f"Este é o número {number}."},
        )
        for number in range(lines)
    ]
    return Script("talk", tuple(texts), {"ANNA": "a", "BEN": "b"})


SCRIPT = make_script()
TAKES = tuple(join_parts([tone(0.7)] * len(line.parts), line.pauses_s) for line in SCRIPT.lines)


def make_plan(seed: int = 1) -> FilmPlan:
    return FilmPlan("talk-1", (schedule_reel(SCRIPT, TAKES, start=0.0, seed=(seed,)),), seed, "tones")


def test_a_pause_lies_between_the_parts_of_a_line():
    take = join_parts([tone(0.5), tone(1.0)], [0.8])
    assert take.seconds == pytest.approx(2.3)
    assert take.speech == (Span(0.0, 0.5), Span(1.3, 2.3))
    assert np.abs(take.wave[round(0.5 * SAMPLE_RATE_HZ) : round(1.3 * SAMPLE_RATE_HZ)]).max() == 0.0


@given(st.integers(0, 10_000))
def test_a_speaker_never_talks_over_its_own_lines(seed):
    placed = schedule_reel(SCRIPT, TAKES, start=0.0, seed=(seed,)).lines
    for before, after in pairwise(placed):
        gap = after.start - before.span.end
        assert -0.21 < gap < 3.01
        if before.line.speaker == after.line.speaker:
            assert gap > SAME_SPEAKER_GAP_S - 0.001


def test_a_long_film_repeats_the_dialogue_with_other_gaps():
    reels = list(schedule_long_film([SCRIPT], {"talk": TAKES}, seconds=60.0, seed=3))
    assert len(reels) > 2 and reels[-1].start + reels[-1].seconds >= 60.0
    assert all(after.start == before.start + before.seconds for before, after in pairwise(reels))
    first, second = ([placed.start - reel.start for placed in reel.lines] for reel in reels[:2])
    assert first != second
    assert reels == list(schedule_long_film([SCRIPT], {"talk": TAKES}, seconds=60.0, seed=3))


def test_the_music_lies_12_db_under_the_speech():
    speech, music = render_reel(make_plan().reels[0])
    spoken = speech[np.abs(speech).max(axis=1) > 1e-4]
    levels = [20 * np.log10(np.sqrt(np.mean(wave**2))) for wave in (spoken, music)]
    assert levels[0] - levels[1] == pytest.approx(12.0, abs=0.1)
    assert np.abs(speech + music).max() < 1.0


def test_a_film_lies_beside_its_references(tmp_path):
    plan = make_plan()
    assert write_film(plan, tmp_path) == tmp_path / "talk-1.mkv"
    stems = [soundfile.read(tmp_path / f"talk-1.stems/{name}.flac", dtype="int16")[0] for name in ("speech", "background")]
    assert len(stems[0]) == len(stems[1]) == plan.seconds * 48_000
    for placed, cue in zip(plan.lines, read_subtitle_file(tmp_path / "talk-1.es.srt").cues, strict=True):
        assert cue.text == placed.line.translations["es"]
        assert cue.span.start == pytest.approx(placed.start, abs=0.0006)
    turns = read_rttm(tmp_path / "talk-1.rttm")
    assert len(turns) == 7, "the pause of a line divides its turn"
    assert is_complete("talk-1", tmp_path, fingerprint="tones", seed=1)
    assert not is_complete("talk-1", tmp_path, fingerprint="tones", seed=2)
    manifest = json.loads((tmp_path / "talk-1.json").read_text())
    assert manifest["voices"] == {"ANNA": "a", "BEN": "b"} and set(manifest["sha256"]) > {"talk-1.mkv", "talk-1.rttm"}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    hashes = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_film(make_plan(), tmp_path / name)
        hashes.append(json.loads((tmp_path / name / "talk-1.json").read_text())["sha256"])
    assert hashes[0] == hashes[1]


def test_a_missing_file_makes_a_film_incomplete(tmp_path):
    write_film(make_plan(), tmp_path)
    (tmp_path / "talk-1.stems/speech.flac").unlink()
    assert not is_complete("talk-1", tmp_path, fingerprint="tones", seed=1)


def test_reference_subtitles_are_never_laid_out_anew():
    text = format_exact_srt([Cue(Span(3599.9996, 3610.0), "word " * 40)])
    assert text.startswith("1\n01:00:00,000 --> 01:00:10,000\n" + "word " * 40)


@pytest.mark.parametrize("wrong", [{"seeds": ()}, {"seeds": (-1,)}, {"hours": 0.0}, {"hours": 6.0}])
def test_a_set_that_cannot_be_made_is_refused(wrong):
    with pytest.raises(ValueError, match="reference set|long film"):
        SetSpec(**wrong)
