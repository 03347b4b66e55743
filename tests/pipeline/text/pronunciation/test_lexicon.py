"""Terms in the text of lines: whole words, the longest first, in time that does not grow with their number."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text.pronunciation.lexicon import Lexicon, respell
from pipeline.values.pronunciation import Pronunciation

NAMES = [Pronunciation(term, respelling=f"<{term}>") for term in ("Jon", "Jon Snow", "mark", "Polish", "O’Neill", "काम", "約翰")]


def respelled(text: str) -> str:
    return respell(text, NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jon, Jon Snow: ¡Jon!", "<Jon>, <Jon Snow>: ¡<Jon>!"),
        ("Jonás, Don-Jon y 3Jon", "Jonás, Don-<Jon> y 3Jon"),
        ("JON SNOW", "<Jon Snow>"),
        ("Mark, mark, MARK, remark", "<mark>, <mark>, <mark>, remark"),
        ("Polish the polish", "<Polish> the polish"),
        ("O'Neill's", "<O’Neill>'s"),
        ("कामना काम।", "कामना <काम>।"),
        ("叫約翰來", "叫<約翰>來"),
        ("", ""),
    ],
)
def test_terms_are_whole_words_in_the_cases_of_a_line(text: str, expected: str) -> None:
    assert respelled(text) == expected


def test_of_two_for_one_term_the_later_counts() -> None:
    one, other = Pronunciation("Jon", "xon"), Pronunciation("Jon", "ʤɔn")
    assert Lexicon([one, other]).list_used("Jon y JON") == (other,)


def test_decomposed_letters_are_the_same_letters() -> None:
    term = Pronunciation("Zoé", "so")
    assert Lexicon([term]).list_used("Zoe\u0301 ríe") == (term,)


@given(st.text(), st.lists(st.text(min_size=1, max_size=8), max_size=6))
def test_fragments_are_the_text_and_those_of_terms_are_terms(text: str, terms: list[str]) -> None:
    import unicodedata

    fragments = Lexicon(Pronunciation(term, "a") for term in terms).split(text)
    assert "".join(fragment.text for fragment in fragments) == unicodedata.normalize("NFC", text)
    assert all(fragment.pronunciation is None or fragment.pronunciation.term in terms for fragment in fragments)


def test_ten_thousand_terms_are_quick_to_find_in_three_thousand_lines() -> None:
    lexicon = Lexicon(Pronunciation(f"the {'a' * (n % 90)}{n}", "a") for n in range(10_000))
    lines = ["There is the a1, the aa2 and no the other one in the house"] * 3_000
    begun = time.process_time()
    assert {len(lexicon.list_used(line)) for line in lines} == {2}
    assert time.process_time() - begun < 5.0  # 0.4 s; an alternation of all terms takes a minute


def test_a_pronunciation_says_something() -> None:
    with pytest.raises(ValueError, match="IPA or a respelling"):
        Pronunciation("Jon")
