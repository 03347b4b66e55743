"""How long texts take, against readings."""

from pathlib import Path

from pipeline.engines.speakers.audio_input import mono_of
from pipeline.engines.xtts.speech_guard import judged
from pipeline.engines.xtts.speech_pace import expected_seconds


def test_real_readings_pass_for_their_own_text_and_not_for_a_quarter_of_it_or_four_times_it(recordings: Path) -> None:
    import soundfile

    readings = [line.partition(": ") for line in (recordings / "README.md").read_text().splitlines()]
    readings = [(name, text) for name, _, text in readings if name == "jfk" or name.startswith("LJ001-000")]
    assert len(readings) == 9
    for name, text in readings:
        wave, rate = soundfile.read(recordings / f"{name}.flac", dtype="float32", always_2d=True)
        wave = mono_of(wave)
        assert not judged(wave, rate, expected_seconds(text, "en")).faults
        if len(text) > 50:
            assert judged(wave, rate, expected_seconds(text[: len(text) // 4], "en")).faults == ("too long",)
            assert judged(wave, rate, expected_seconds(text * 4, "en")).faults == ("too short",)


def test_digits_count_for_the_words_they_are() -> None:
    assert expected_seconds("1969", "en") > 2 * expected_seconds("year", "en")


def test_the_same_letters_take_longer_where_each_is_a_syllable() -> None:
    assert expected_seconds("東京都", "zh") > 2 * expected_seconds("abc", "en")


def test_stops_inside_take_time_and_nothing_takes_none() -> None:
    assert expected_seconds("one, two", "en") > expected_seconds("one two.", "en")
    assert expected_seconds("", "xx") > 0.0
