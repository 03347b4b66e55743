"""Transcripts as servers give them, parsed to words with times."""

import json

import pytest

from pipeline.engines.openai_api.http_client import NoResponse
from pipeline.engines.transcription_api.transcript import Transcript, parse_transcript

TIMES = [(0.0, 0.4), (0.5, 0.9), (1.0, 1.6)]
BARE = ["Well", "dont", "go"]
TEXT = "Well, don't … go!"


def parse(**found: object) -> Transcript:
    return parse_transcript(json.dumps(found).encode())


def timed(words: list[str], **more: object) -> list[dict[str, object]]:
    return [{"word": word, "start": start, "end": end, **more} for word, (start, end) in zip(words, TIMES, strict=True)]


def texts(transcript: Transcript, seconds: float = 2.0, *, spaced: bool = True) -> list[tuple[str, float, float]]:
    window = transcript.to_window(seconds, spaced=spaced)
    return [(word.text.strip(), round(word.start, 2), round(word.end, 2)) for word in window.words]


def test_bare_words_get_the_punctuation_of_the_text() -> None:
    assert texts(parse(text=TEXT, words=timed(BARE))) == [("Well,", 0.0, 0.4), ("don't", 0.5, 0.9), ("go!", 1.0, 1.6)]


def test_words_of_another_text_stay_as_they_are() -> None:
    assert [text for text, _, _ in texts(parse(text="Something else.", words=timed(BARE)))] == BARE


def test_words_with_leading_spaces_keep_them_so_that_pieces_join_to_words() -> None:
    words = parse(text="self-made man", words=timed([" self", "-made", " man"])).to_window(2.0, spaced=True).words
    assert [word.text for word in words] == [" self", "-made", " man"]


@pytest.mark.parametrize("name", ["probability", "score"])
def test_confidence_is_kept_where_there_is_one(name: str) -> None:
    assert [word.confidence for word in parse(text=TEXT, words=timed(BARE, **{name: 0.5})).to_window(2.0, spaced=True).words] == [
        0.5
    ] * 3
    assert [word.confidence for word in parse(text=TEXT, words=timed(BARE)).to_window(2.0, spaced=True).words] == [None] * 3


def test_words_inside_segments_are_found() -> None:
    assert len(texts(parse(text=TEXT, segments=[{"text": TEXT, "start": 0, "end": 2, "words": timed(BARE)}]))) == 3


def test_without_word_times_a_segments_words_share_its_time_without_a_confidence() -> None:
    segments = [{"text": " one three", "start": 1.0, "end": 2.0, "avg_logprob": -0.2, "no_speech_prob": 0.1}]
    transcript = parse(text="one three", segments=segments)
    assert texts(transcript, 3.0) == [("one", 1.0, 1.38), ("three", 1.38, 2.0)]
    window = transcript.to_window(3.0, spaced=True)
    assert (window.logprob, window.no_speech) == (-0.2, 0.1) and all(word.confidence is None for word in window.words)


def test_a_text_alone_is_spread_over_the_speech() -> None:
    assert texts(parse(text="one two"), 2.0) == [("one", 0.0, 1.0), ("two", 1.0, 2.0)]
    assert len(texts(parse(text="一二三"), 3.0, spaced=False)) == 3
    assert texts(parse(text="")) == []


@pytest.mark.parametrize("times", [{"start": None}, {"start": "0"}, {"start": float("nan")}, {"start": 3.0, "end": 1.0}])
def test_one_word_without_a_time_makes_all_of_them_estimated(times: dict) -> None:
    words = timed(BARE)
    words[1] |= times
    assert [text for text, _, _ in texts(parse(text="Well dont go", words=words))] == BARE
    assert not parse(text="Well dont go", words=words).words


@pytest.mark.parametrize(
    ("named", "tag"),
    [
        ("english", "en"),
        ("Spanish", "es"),
        ("pt", "pt"),
        ("zh-TW", "zh-TW"),
        ("jw", "jv"),
        ("", None),
        ("gibberish", None),
        ("x" * 99, None),
    ],
)
def test_a_language_is_a_code_or_a_name(named: str, tag: str | None) -> None:
    assert parse(text="", language=named).tag == tag


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"text": 5}', b"<html>", json.dumps({"text": "a" * 30_000}).encode()])
def test_what_is_no_transcript_is_worth_another_try(body: bytes) -> None:
    with pytest.raises(NoResponse):
        parse_transcript(body)


@pytest.mark.parametrize(
    "found",
    [
        {"segments": [5, {"text": 3}, {"text": "a", "start": 2, "end": 1}], "words": "x", "language": 7},
        {"segments": {}, "words": [None, {"word": 1}, {"word": ""}], "language_probability": "high"},
    ],
)
def test_parts_that_are_none_are_left_out(found: dict) -> None:
    assert texts(parse(text="a", **found)) == [("a", 0.0, 2.0)]
