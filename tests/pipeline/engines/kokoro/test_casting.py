"""The table of voices, and who gets which."""

from itertools import combinations

import numpy as np
import pytest

from pipeline.engines.kokoro import voice_table
from pipeline.engines.kokoro.casting import cast_voices
from pipeline.engines.kokoro.kokoro_model import Packs
from pipeline.engines.kokoro.voice_table import MeasuredVoice
from pipeline.values.timeline import Register, Speaker

LANGUAGES = sorted(voice_table.load_voices())


def voice(name: str, pitch: float, *direction: float) -> MeasuredVoice:
    embedding = np.zeros(256, np.float32)
    embedding[: len(direction)] = direction
    return MeasuredVoice(name, Packs(name, name), pitch, 0.0, embedding / np.linalg.norm(embedding))


SUPPLY = (
    voice("am_low", 110, 1.0),
    voice("am_lower", 85, 1.0, 0.2),
    voice("am_other", 125, 0.0, 1.0),
    voice("af_high", 200, 0.0, 0.0, 1.0),
)


def names(*speakers: Speaker) -> list[str]:
    return [each.name for each in cast_voices(speakers, SUPPLY)]


def test_the_nearest_pitch_of_the_right_register_is_taken() -> None:
    assert names(Speaker("S1", 9.0, 88.0)) == ["am_lower"]
    assert names(Speaker("S1", 9.0, 240.0)) == ["af_high"]
    assert names(Speaker("S1", 9.0, None)) == ["am_low"]


def test_the_second_speaker_gets_a_voice_unlike_the_firsts() -> None:
    assert names(Speaker("S1", 9.0, 88.0), Speaker("S2", 5.0, 100.0)) == ["am_lower", "am_other"]


def test_every_voice_is_used_before_one_speaks_twice() -> None:
    men = [Speaker(f"S{n}", 9.0, 90.0) for n in range(4)]
    assert sorted(names(*men)[:3]) == ["am_low", "am_lower", "am_other"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_speakers_of_either_register_get_five_voices_apart(language: str) -> None:
    voices = voice_table.find_voices(language)
    speakers = [Speaker(f"S{n}", 50.0 - n, pitch) for n, pitch in enumerate((95.0, 210.0, 120.0, 180.0, 135.0))]
    chosen = cast_voices(speakers, voices)
    assert len({each.name for each in chosen}) == min(5, len(voices))
    for one, other in combinations(chosen, 2):
        assert one.cosine_similarity(other) < 0.8, (one.name, other.name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_distinct_voices_of_both_registers(language: str) -> None:
    voices = voice_table.find_voices(language)
    assert len(voices) >= 5
    assert {each.register for each in voices} == {Register.LOW, Register.HIGH}
    assert len({each.name for each in voices}) == len(voices)


def test_british_voices_come_first_where_britain_is_asked_for() -> None:
    assert voice_table.find_voices("en-GB")[0].name.startswith("b") and not voice_table.find_voices("en")[0].name.startswith("b")
    assert voice_table.find_voices("ja") == ()


def test_the_table_reads_what_it_writes(tmp_path) -> None:
    path = tmp_path / "voices.json"
    path.write_text(voice_table.format_table({"es": SUPPLY}))
    read = voice_table.read_table(path)["es"]
    assert [(each.name, each.packs, each.pitch) for each in read] == [(each.name, each.packs, each.pitch) for each in SUPPLY]
    assert all(one.cosine_similarity(other) > 0.999 for one, other in zip(read, SUPPLY, strict=True))
