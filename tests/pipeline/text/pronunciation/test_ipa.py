"""IPA in the spellings of people, and symbols that no voice knows."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_models import model_folder

from pipeline.text.pronunciation import ipa


@pytest.mark.parametrize(
    ("written", "normalized"),
    [
        ("ʃiˈβon", "ʃiˈβon"),
        ("  ˈdʒɒn   ˈsnəʊ ", "ˈdʒɒn ˈsnəʊ"),
        ("'gi:ta", "ˈɡiːta"),
        ("sɔ.ʁo\u032f", "sɔʁo"),
        ("s\u00e3w\u0303", "sa\u0303w\u0303"),
        ("t\u035cs", "t\u0361s"),
        ("ç", "ç"),
    ],
)
def test_people_may_write_it_as_they_do(written: str, normalized: str) -> None:
    assert ipa.normalize_ipa(written) == normalized
    assert ipa.find_unknown_symbols(normalized) == ()


def test_a_symbol_that_no_voice_knows_is_named() -> None:
    assert ipa.find_unknown_symbols(ipa.normalize_ipa("ʘaʘǃ")) == ("ʘ", "ǃ")
    assert ipa.name_symbol("ʘ") == "ʘ (LATIN LETTER BILABIAL CLICK)"
    assert ipa.name_symbol("\u0330") == "◌\u0330 (COMBINING TILDE BELOW)"
    assert ipa.find_unknown_symbols("A1") == ("A", "1")


@given(st.text(max_size=50))
def test_normalizing_twice_changes_nothing(text: str) -> None:
    once = ipa.normalize_ipa(text)
    assert ipa.normalize_ipa(once) == once or ipa.find_unknown_symbols(once)


def test_the_model_has_every_symbol_but_those_that_are_spelt_otherwise_for_it() -> None:
    folder = model_folder("kokoro-82m")
    vocabulary = set(json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"])
    assert ipa.KNOWN_SYMBOLS - vocabulary == {ipa.TIE, ipa.SYLLABIC}
