"""Voices for speakers who cannot be cloned."""

from pipeline.engines.xtts.studio_voices import HIGH_VOICES, LOW_VOICES, assign_voices, sort_voices
from pipeline.values.timeline import Speaker

MAN, WOMAN, UNKNOWN = Speaker("S1", 9.0, 110.0), Speaker("S2", 9.0, 220.0), Speaker("S3", 1.0, None)


def test_the_register_is_kept_and_an_unknown_one_is_low() -> None:
    names = HIGH_VOICES | LOW_VOICES
    low, high, unknown = assign_voices((MAN, WOMAN, UNKNOWN), names)
    assert low in LOW_VOICES and high in HIGH_VOICES and unknown in LOW_VOICES
    assert not HIGH_VOICES & LOW_VOICES


def test_voices_are_distinct_while_the_supply_lasts() -> None:
    assert len(set(assign_voices((MAN,) * len(LOW_VOICES), HIGH_VOICES | LOW_VOICES))) == len(LOW_VOICES)
    assert len(assign_voices((MAN,) * 100, HIGH_VOICES | LOW_VOICES)) == 100


def test_a_voice_nobody_knows_serves_either_register_after_the_known_ones() -> None:
    assert assign_voices((WOMAN, WOMAN), ("Damien Black", "Mine")) == ("Mine", "Mine")
    assert assign_voices((MAN, MAN), ("Damien Black", "Mine")) == ("Damien Black", "Mine")
    assert assign_voices((WOMAN,), ("Damien Black",)) == ("Damien Black",)


def test_voices_to_choose_from_are_in_order_low_ones_first_unknown_ones_last() -> None:
    names = ("Mine", "Ana Florence", "Wulf Carlevaro", "Damien Black")
    assert sort_voices(names) == ("Damien Black", "Wulf Carlevaro", "Ana Florence", "Mine")
