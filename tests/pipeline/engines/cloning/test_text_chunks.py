"""Text in parts that fit."""

import pytest

from pipeline.engines.cloning.text_chunks import plan_pauses, split_text


def within(limit: int):
    return lambda part: len(part) <= limit


def test_a_text_that_fits_stays_whole() -> None:
    assert split_text(" One. Two. ", within(20)) == ("One. Two.",)
    assert split_text("  ", within(20)) == ()


def test_a_text_is_cut_between_sentences_before_clauses_before_words() -> None:
    assert split_text("One two, three. Four five, six.", within(16)) == ("One two, three.", "Four five, six.")
    assert split_text("One two three, four five six", within(16)) == ("One two three,", "four five six")
    assert split_text("One two three four", within(10)) == ("One two", "three four")


def test_a_stop_near_an_end_is_passed_over_for_a_better_balance() -> None:
    assert split_text("No. But one two three, four five six seven", within(30)) == (
        "No. But one two three,",
        "four five six seven",
    )


def test_scripts_without_spaces_are_cut_too() -> None:
    text = "東京都は日本の首都です。人口は約千四百万人です、そしてとても大きい都市です。"
    parts = split_text(text, within(15))
    assert parts == ("東京都は日本の首都です。", "人口は約千四百万人です、", "そしてとても大きい都市です。")
    assert [len(part) for part in split_text("東" * 31, within(10))] == [7, 8, 8, 8]


@pytest.mark.parametrize("limit", [1, 7, 40, 1000])
def test_nothing_but_spaces_is_lost(limit: int) -> None:
    text = "Who's there? “Nobody”, he said; and went.\tThen: silence — " * 8
    parts = split_text(text, within(limit))
    assert all(len(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_what_can_never_fit_ends_in_letters() -> None:
    assert split_text("ab c", lambda _: False) == ("a", "b", "c")


def test_pauses_are_longer_after_sentences_than_after_clauses_and_none_inside_them() -> None:
    assert plan_pauses(("One.", "two,", "three", "four!"), sentence=0.3, clause=0.1) == (0.3, 0.1, 0.0)
    assert plan_pauses(("One.",), sentence=0.3, clause=0.1) == ()
