"""Language tags as files, people and engines write them."""

import pytest

from pipeline.errors import LanguageError
from pipeline.text import languages


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("eng", "en"),
        ("spa", "es"),
        ("fre", "fr"),
        ("fra", "fr"),
        ("pt-BR", "pt-BR"),
        ("pt_br", "pt-BR"),
        ("EN", "en"),
        ("cmn", "zh"),
        ("cmn-Hant", "zh-Hant"),
    ],
)
def test_codes_of_all_kinds_become_bcp_47(written: str, tag: str) -> None:
    assert languages.normalize_tag(written) == tag


@pytest.mark.parametrize("written", ["und", "", "  ", "mul", "zxx", "UND"])
def test_a_code_that_names_no_language_is_none(written: str) -> None:
    assert languages.normalize_tag(written) is None


@pytest.mark.parametrize("written", ["english", "zz", "qaa", "x-klingon", "e n", "../etc", "en" * 200, "🙂"])
def test_nonsense_is_refused_and_counts_as_unknown_in_files(written: str) -> None:
    with pytest.raises(LanguageError, match="is not a language"):
        languages.normalize_tag(written)
    assert languages.normalize_tag_or_none(written) is None


def test_a_required_language_cannot_be_unknown() -> None:
    with pytest.raises(LanguageError):
        languages.require_tag("und")


def test_containers_get_the_code_they_want() -> None:
    assert (languages.get_terminology_code("fr"), languages.get_bibliographic_code("fr")) == ("fra", "fre")
    assert (languages.get_terminology_code("es-419"), languages.get_bibliographic_code("ca")) == ("spa", "cat")


def test_titles_name_the_language_in_its_own_words() -> None:
    assert [languages.get_autonym(tag) for tag in ("es", "ca", "pt-BR")] == ["Español", "Català", "Português (Brasil)"]
    assert languages.get_english_name("pt-BR") == "Portuguese (Brazil)"


def test_one_language_is_the_same_in_all_countries() -> None:
    assert languages.is_same_language("es", "spa-MX")
    assert languages.is_same_language("nb", "no")
    assert languages.is_same_language("zh-Hant", "cmn")
    assert not languages.is_same_language("es", "ca")


def test_a_language_is_found_by_its_name() -> None:
    assert languages.find_tag_by_name("Spanish") == languages.find_tag_by_name("español") == "es"
    assert languages.find_tag_by_name("forced") is None


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Te veré mañana por la mañana en la estación de tren.", "es"),
        ("Ens veurem demà al matí a l'estació de tren, amb els meus germans.", "ca"),
        ("And so, my fellow Americans: ask not what your country can do for you.", "en"),
    ],
)
def test_the_language_of_a_text_is_guessed_with_confidence(text: str, tag: str) -> None:
    guess = languages.guess_language(text)
    assert guess is not None
    assert guess.language == tag
    assert 0.9 < guess.confidence <= 1.0


def test_nothing_is_guessed_of_a_text_without_letters() -> None:
    assert languages.guess_language("12345 … ♪") is None


def test_nothing_is_guessed_of_letters_that_are_no_language() -> None:
    assert languages.guess_language("x" * 200) is None
