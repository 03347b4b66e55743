"""Nothing in a name of others' making acts where it is shown."""

import pytest
from hostile_names import HOSTILE_NAMES, is_harmless

from pipeline.control_characters import escape_control_characters, has_lone_surrogates, remove_invisible_characters


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_a_hostile_name_becomes_one_harmless_line_that_utf_8_can_hold(name: str) -> None:
    escaped = escape_control_characters(name)
    assert is_harmless(escaped)
    assert len(escaped.splitlines()) == 1
    assert escaped.encode() and escape_control_characters(escaped) == escaped


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("film\x1b]0;x\x07", r"film\x1b]0;x\x07"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\x9b31m", r"\x9b31m"),
        ("\u202e\u2028\udcff", r"\u202e\u2028\udcff"),
        ("[red]Señor – 日本語 שלום\u200f 👩‍👧", "[red]Señor – 日本語 שלום\u200f 👩‍👧"),
    ],
)
def test_what_acts_is_shown_and_every_script_stays(text: str, escaped: str) -> None:
    assert escape_control_characters(text) == escaped


def test_line_breaks_of_our_own_can_stay() -> None:
    assert escape_control_characters("one\ntwo\x1b", keep="\n") == "one\ntwo\\x1b"


def test_speech_loses_what_nobody_sees() -> None:
    assert remove_invisible_characters("Hi\u200b\u202e\x1b the\u2067re\n\t") == "Hi there\n\t"


def test_bytes_that_are_no_utf_8_are_told() -> None:
    assert has_lone_surrogates(HOSTILE_NAMES["undecodable"])
    assert not has_lone_surrogates("Señor 😀.mkv")
