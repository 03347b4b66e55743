"""Settled words: what people write down, and names that subtitles give away."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.text import glossary
from pipeline.text.glossary import Entry
from pipeline.values.film_context import Term

TEXT = """# the north
es: Winterfell = Invernalia
Jon Snow

pt-BR: The Wall = A Muralha
note: this = that
"""


def test_a_line_is_a_term_for_one_language_or_for_all() -> None:
    assert glossary.parse_glossary(TEXT) == (
        Entry("Winterfell", "Invernalia", "es"),
        Entry("Jon Snow", "Jon Snow"),
        Entry("The Wall", "A Muralha", "pt-BR"),
        Entry("note: this", "that"),
    )


def test_a_language_gets_its_own_terms_and_those_for_all() -> None:
    entries = glossary.parse_glossary(TEXT)
    assert glossary.select_terms(entries, "es-MX") == (
        Term("Winterfell", "Invernalia"),
        Term("Jon Snow", "Jon Snow"),
        Term("note: this", "that"),
    )
    assert Term("The Wall", "A Muralha") in glossary.select_terms(entries, "pt")


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    glossary.select_terms(glossary.parse_glossary(text), "es")


def test_a_glossary_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert glossary.read_glossary(None) == ()
    with pytest.raises(SettingsError, match="GLOSSARY=.*cannot be read"):
        glossary.read_glossary(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(SettingsError, match="GLOSSARY=.*UTF-8"):
        glossary.read_glossary(tmp_path / "latin.txt")


def test_names_are_capitals_inside_sentences_that_come_back() -> None:
    texts = ["Y luego Daenerys vio a Jon.\nNadie sabe, Daenerys.", "Mira a Jon", "Hola a TODOS. Y a TODOS", "Un Rey"]
    assert glossary.find_names(texts) == ("Daenerys", "Jon")


def test_the_prompt_names_each_once_settled_terms_first() -> None:
    assert glossary.build_prompt((Entry("Jon", "Jon"), Entry("Wall", "Muro")), ("Daenerys", "Jon")) == "Jon, Wall, Daenerys"
    assert glossary.build_prompt((), ()) == ""
