"""How long texts take, against readings."""

from pathlib import Path

from pipeline.engines.cloning.duration_estimate import estimate_seconds
from pipeline.engines.cloning.take_guards import Expectation, judge_take
from pipeline.engines.speakers.audio_input import mix_to_mono


def test_real_readings_pass_for_their_own_text_and_not_for_a_quarter_of_it_or_four_times_it(recordings: Path) -> None:
    import soundfile

    readings = [line.partition(": ") for line in (recordings / "README.md").read_text().splitlines()]
    readings = [(name, text) for name, _, text in readings if name == "jfk" or name.startswith("LJ001-000")]
    assert len(readings) == 9
    for name, text in readings:
        wave, rate = soundfile.read(recordings / f"{name}.flac", dtype="float32", always_2d=True)
        wave = mix_to_mono(wave)
        assert judge_take(wave, wave, rate, Expectation(text, estimate_seconds(text, "en"))).faults == (), name
        if len(text) > 50:
            quarter, fourfold = text[: len(text) // 4], text * 4
            assert "too long" in judge_take(wave, wave, rate, Expectation(quarter, estimate_seconds(quarter, "en"))).faults
            assert "too short" in judge_take(wave, wave, rate, Expectation(fourfold, estimate_seconds(fourfold, "en"))).faults


def test_digits_count_for_the_words_they_are() -> None:
    assert estimate_seconds("1969", "en") > 2 * estimate_seconds("year", "en")


def test_the_same_letters_take_longer_where_each_is_a_syllable() -> None:
    assert estimate_seconds("東京都", "zh") > 2 * estimate_seconds("abc", "en")


def test_stops_inside_take_time_and_nothing_takes_none() -> None:
    assert estimate_seconds("one, two", "en") > estimate_seconds("one two.", "en")
    assert estimate_seconds("", "xx") > 0.0
