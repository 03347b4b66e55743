"""JSON as language models write it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engines.llm.answer_parser import extract_object, extract_translations, strip_reasoning

THREE = ("1", "2", "3")
GOOD = {"1": "Hola.", "2": "¿Qué tal?", "3": 'Dijo "no", y se fue.'}


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(GOOD),
        "```json\n" + json.dumps(GOOD, indent=2) + "\n```",
        "Sure! Here are your lines {id: text}:\n" + json.dumps(GOOD) + "\nI hope [this] helps {you}.",
        "<think>{1: 'draft'} hm, [3] lines…</think>" + json.dumps(GOOD),
        "hm, {'1': 'draft'}</think>\n" + json.dumps(GOOD),
        """{"1": "Hola.", "2": "¿Qué tal?", "3": "Dijo "no", y se fue.",}""",
        """{'1': 'Hola.', '2': '¿Qué tal?', '3': 'Dijo "no", y se fue.'}""",
        """{1: "Hola.", 2: "¿Qué tal?", 3: "Dijo \\"no\\", y se fue."}""",
        json.dumps({"lines": GOOD, "notes": "1. natural"}),
        json.dumps({"translations": [{"id": int(n), "text": text} for n, text in GOOD.items()]}),
        json.dumps([{"number": n, "source": "?", "translation": text} for n, text in GOOD.items()]),
        json.dumps([{n: text} for n, text in GOOD.items()]),
        json.dumps([[int(n), text] for n, text in GOOD.items()]),
        json.dumps(list(GOOD.values())),
        json.dumps({"lines": list(GOOD.values())}),
        json.dumps({f"line_{n}": {"text": text, "seconds": 2.5} for n, text in GOOD.items()}),
        "\n".join(json.dumps({"id": n, "text": text}) for n, text in GOOD.items()),
        "\n".join(f"{n}. {text}" for n, text in GOOD.items()),
        "Lines:\n" + "\n".join(f"[{n}]: {text}" for n, text in GOOD.items()),
        "\n".join(f'"{n}": {json.dumps(text)},' for n, text in GOOD.items()),
        json.dumps({"7": "?", **GOOD, "S1": "not an id"}),
        json.dumps({"1": "draft", "2": "draft", "3": "draft"}) + json.dumps(GOOD),
    ],
)
def test_whatever_shape_an_answer_has_its_texts_are_found(answer: str) -> None:
    assert extract_translations(answer, THREE) == GOOD


def test_apostrophes_do_not_end_texts_in_single_quotes() -> None:
    assert extract_translations("{'1': 'It's o'clock, isn't it', '2': 'Yes'}", ("1", "2")) == {
        "1": "It's o'clock, isn't it",
        "2": "Yes",
    }


@pytest.mark.parametrize(
    "broken", ["", "I cannot do that.", "{", "[", '{"1"', '{"1":', '{"1": "Hol', "<think>{'1': 'x'}", "null", '"1"', "1],"]
)
def test_an_answer_without_a_whole_text_gives_none(broken: str) -> None:
    assert extract_translations(broken, ("1",)) == {}


def test_a_list_of_another_length_is_not_guessed_at() -> None:
    assert extract_translations('["Hola.", "Adiós."]', THREE) == {}


def test_brackets_in_the_prose_around_an_answer_are_no_texts() -> None:
    assert extract_translations('Here: {"1": "Hola."}\nI hope [this] and ["that"] help.', ("1",)) == {"1": "Hola."}
    assert extract_translations("I hope [this] helps.", ("1",)) == {}


def test_json_inside_a_text_that_broke_off_is_no_answer() -> None:
    assert extract_translations("""{"1": "They wrote {2: 'b'} and [3, 'c'] on it""", THREE) == {}


def test_the_last_numbered_line_of_an_answer_that_broke_off_is_cut_too() -> None:
    assert extract_translations("1. Hola.\n2. Adi", THREE, complete=False) == {"1": "Hola."}
    assert extract_translations("1. Hola.\n2. Adi", THREE) == {"1": "Hola.", "2": "Adi"}


def test_a_short_answer_is_found_behind_any_number_of_brackets() -> None:
    assert extract_translations("[x] {y} " * 40 + '{"1": "Hola."}', ("1",)) == {"1": "Hola."}


def test_the_first_of_two_texts_for_one_line_counts() -> None:
    assert extract_translations('{"1": "one", "2": "two", "1": "again"}', ("1", "2")) == {"1": "one", "2": "two"}


def test_numbers_and_emoji_are_texts_too_and_null_is_none() -> None:
    assert extract_translations('{"1": 42, "2": "\\ud83d\\ude00", "3": null, "4": true}', ("1", "2", "3", "4")) == {
        "1": "42",
        "2": "😀",
    }


def test_half_a_surrogate_pair_can_still_be_written_to_a_file() -> None:
    (text,) = extract_translations('{"1": "a\\ud83d"}', ("1",)).values()
    assert text.encode() == b"a?"


def test_an_object_that_breaks_off_keeps_its_whole_parts() -> None:
    answer = 'Well: {"synopsis": "Two men.", "characters": [{"speaker": "S1", "name": "Ann"}, {"speaker": "S2", "na'
    assert extract_object(answer) == {"synopsis": "Two men.", "characters": [{"speaker": "S1", "name": "Ann"}, {"speaker": "S2"}]}


def test_reasoning_that_never_ends_is_no_answer() -> None:
    assert strip_reasoning("<think>Let me see: {'1': 'x'}") == ""
    assert strip_reasoning('{"1": "they wrote </think> there"}') == '{"1": "they wrote </think> there"}'


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        '{"a":' * 100_000,
        '{"' * 200_000,
        "{'1': " + "[" * 5_000,
        "1: " + " " * 400_000,
        "{a" * 200_000,
        "{'a" * 99_999,
        '{"x' * 100_000 + '"} .',
    ],
)
@pytest.mark.slow
def test_a_hostile_answer_ends_neither_the_stack_nor_the_patience(text: str) -> None:
    assert extract_translations(text, THREE) == {}
    assert extract_translations(text * 4, THREE) == {}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        '{"2": "b"}',
        "{2: 'b'}",
        '", "2": "b',
        "1. one\n2. two",
        "1: x\u20282: y",
        "\\",
        '"',
        "```",
        "<think>",
        "</think>{",
        "it's",
        ", '2': 'b'",
    ]
)


def dumped(texts: list[str], *, indent: int | None, escaped: bool) -> tuple[str, list[int]]:
    """A valid answer, and how many of its characters each entry needs to be whole."""
    gap = "\n" + " " * indent if indent else " "
    answer, ends = "{", []
    for number, text in enumerate(texts, 1):
        answer += f'{"," if number > 1 else ""}{gap}"{number}": {json.dumps(text, ensure_ascii=escaped)}'
        ends.append(len(answer))
    return answer + ("\n}" if indent else "}"), ends


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from([None, 2]), st.booleans(), st.data())
def test_any_beginning_of_a_valid_answer_gives_exactly_its_whole_entries(texts, indent, escaped, data) -> None:
    answer, ends = dumped(texts, indent=indent, escaped=escaped)
    assert json.loads(answer)
    cut = data.draw(st.integers(0, len(answer)))
    names = [str(number) for number in range(1, len(texts) + 1)]
    whole = {name: text for name, text, end in zip(names, texts, ends, strict=True) if end <= cut}
    assert extract_translations(answer[:cut], names) == whole


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("{}[]\"'\\:,123 ab\n<think>/"), max_size=60))
def test_no_text_at_all_makes_the_reader_fail(text: str) -> None:
    assert all(name in THREE and isinstance(words, str) for name, words in extract_translations(text, THREE).items())
    extract_object(text)
