"""Faults by which a take is sampled again, each on a wave that has it."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.engines.cloning.sound_repetition import has_repetition, has_stretch_of
from pipeline.engines.cloning.speech_defects import clean_wave
from pipeline.engines.cloning.take_guards import Expectation, Verdict, has_repeated_letters, has_words_of, judge_take
from pipeline.engines.cloning.take_selection import Candidate, derive_seed, select_take
from pipeline.errors import EngineError

RATE = 24_000
TEXT = "My fellow Americans, listen."
FULL, GENTLE = 1.0, 0.3


def speech(seconds: float, seed: int = 1, level: float = GENTLE) -> np.ndarray:
    """Syllables of different pitches and timbres, four a second, with a decay at the end of each."""
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(max(1, round(4 * seconds))):
        time = np.arange(RATE // 4) / RATE
        pitch, tilt = random.uniform(90, 180), 10 ** random.uniform(-2.0, 0.0, 30)
        parts.append(sum(tilt[n] * np.sin(2 * np.pi * pitch * (n + 1) * time) for n in range(30)) * np.hanning(len(time)))
    wave = np.concatenate(parts)
    return (level * wave / np.abs(wave).max()).astype(np.float32)


def judged(wave: np.ndarray, expected: Expectation) -> tuple[str, ...]:
    return judge_take(wave, clean_wave(wave, RATE), RATE, expected).faults


def test_speech_of_about_the_expected_length_has_no_fault() -> None:
    for length in (1.4, 2.0, 3.4):
        assert judged(speech(length), Expectation(TEXT, 2.0)) == ()


@pytest.mark.parametrize("wave", [np.zeros(0, np.float32), np.zeros(RATE, np.float32)])
def test_silence_is_the_worst_fault(wave: np.ndarray) -> None:
    assert judge_take(wave, clean_wave(wave, RATE), RATE, Expectation(TEXT, 1.0)) == Verdict(("silence",), math.inf)


def test_babble_and_missing_words_are_faults_the_worse_the_further_off() -> None:
    assert judged(speech(6.0), Expectation(TEXT, 2.0)) == ("too long",)
    assert judged(speech(0.6), Expectation(TEXT, 2.0)) == ("too short",)
    worse, bad = (judge_take(wave, wave, RATE, Expectation(TEXT, 2.0)).score for wave in (speech(9.0), speech(6.0)))
    assert worse > bad
    assert not judged(speech(1.1), Expectation("No.", 0.15))  # it may be said slowly


def test_a_length_cap_a_sound_that_breaks_off_and_clipping_are_faults() -> None:
    wave = speech(2.0)
    assert judged(wave, Expectation(TEXT, 2.0, ended=False)) == ("no end",)
    assert judged(wave[: -RATE // 8], Expectation(TEXT, 2.0)) == ("cut end",)
    assert "clipped" in judged(np.clip(4 * speech(2.0, level=FULL), -1.0, 1.0), Expectation(TEXT, 2.0))


def test_a_listener_counts() -> None:
    assert judged(speech(2.0), Expectation(TEXT, 2.0, error=0.8)) == ("misheard",)
    assert judged(speech(2.0), Expectation(TEXT, 2.0, error=0.1)) == ()


def test_words_that_are_heard_twice_are_a_fault_unless_the_text_has_them_twice() -> None:
    word = speech(0.75, seed=5)
    wave = np.concatenate([speech(1.0), word, speech(0.5, seed=3), word, speech(0.5, seed=4)])
    assert judged(wave, Expectation(TEXT, 3.0)) == ("repeated words",)
    assert judged(wave, Expectation("I said remember, do remember.", 3.0)) == ()


def test_the_reference_clip_spoken_again_is_a_fault() -> None:
    clip = speech(4.0, seed=9)
    wave = np.concatenate([clip[RATE : 5 * RATE // 2], speech(1.0)])
    expected = Expectation(TEXT, 2.5, reference=clip)
    assert judged(wave, expected) == ("reference clip spoken",)
    assert judged(wave, replace(expected, reference=speech(4.0, seed=10))) == ()


def test_a_text_with_the_words_of_the_clip_is_recognised() -> None:
    assert has_words_of("Mamá!", "mama.") and has_words_of("¡Ven aquí!", "Ven aquí, ya")
    assert not has_words_of("No.", "I do not know him") and not has_words_of("I know him, and his brother too", "know")
    assert not has_words_of("Hola", "Buenos días") and not has_words_of("…", "Hola") and not has_words_of("Hola", "")


def test_texts_that_say_letters_twice() -> None:
    assert has_repeated_letters("ask not what your country can do, ask what you can do", 4.0)
    assert not has_repeated_letters("My fellow Americans", 1.5) and not has_repeated_letters("", 1.0)


def test_recorded_speech_has_no_repetition_and_a_loop_in_it_is_found(recordings: Path) -> None:
    import soundfile

    wave, rate = soundfile.read(recordings / "LJ001-0004.flac", dtype="float32")
    assert not has_repetition(wave, rate)
    middle, length = len(wave) // 3, round(0.8 * rate)
    assert has_repetition(np.concatenate([wave[: middle + length], wave[middle:]]), rate)
    other, _ = soundfile.read(recordings / "LJ001-0006.flac", dtype="float32")
    assert not has_stretch_of(wave, other, rate, seconds=1.0)
    assert has_stretch_of(np.concatenate([other, wave[: 3 * rate // 2]]), wave, rate, seconds=1.0)


def test_the_first_take_without_a_fault_is_taken_else_the_best() -> None:
    verdicts = {0: Verdict(("too long",), 2.0), 1: Verdict(("no end",), 0.5), 2: Verdict((), 0.0), 3: Verdict((), 0.0)}

    def sample(attempt: int) -> Candidate[int]:
        return Candidate(attempt, verdicts[attempt])

    assert select_take(sample, attempts=4, engine="xtts", text="Hi").speech == 2
    assert select_take(sample, attempts=2, engine="xtts", text="Hi").speech == 1


def test_silence_at_every_attempt_is_an_error() -> None:
    with pytest.raises(EngineError, match="'Hi' came out silent 3 times"):
        select_take(lambda n: Candidate(n, Verdict(("silence",), math.inf)), attempts=3, engine="xtts", text="Hi")


def test_a_seed_depends_on_all_that_is_asked() -> None:
    seeds = {derive_seed("a", "en", 0), derive_seed("a", "en", 1), derive_seed("a", "es", 0), derive_seed("ae", "n", 0)}
    assert len(seeds) == 4 and all(0 <= seed < 2**63 for seed in seeds)
