"""A thousand lines in, a thousand out, each its own translation: whatever the server does with the question."""

import codecs
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from openai_server import TRANSPORT, WORDED, WRONG, Act, Behave, Hostile, OpenAiServer

from pipeline.engines.protocols import Passage
from pipeline.engines.translator_llm import LlmTranslator
from pipeline.values.timeline import Segment, Span

WORDS = [
    "the",
    "house",
    "where",
    "nobody",
    "answers",
    "stands",
    "over",
    "there",
    "and",
    "she",
    "said",
    "that",
    "we",
    "should",
    "never",
    "have",
    "come",
    "back",
    "without",
    "a",
    "word",
]
SPICE = [
    '"Go,"',
    "it's",
    "{braces}",
    "[1]",
    "2. then",
    "back\\slash",
    "Anna",
    "naïve",
    "¿qué?",
    "人々",
    "100%",
    "“quoted”",
    "—",
    "</think>",
]
SHORT = ["Yes.", "No!", "What?", "Come on.", "I know.", "42.", "…", "♪ ♪", "It's 5 o'clock."]


def film(seed: int, lines: int = 1_000) -> tuple[Segment, ...]:
    """Dialogue of every kind: short, long, repeated, numbered, with whatever JSON, quotes and scripts can stumble over."""
    dice = random.Random(seed)
    segments, clock = [], 0.0
    for number in range(1, lines + 1):
        if dice.random() < 0.2:
            text = dice.choice(SHORT)
        else:
            words = [dice.choice(WORDS) for _ in range(dice.randint(4, 22))]
            words.insert(dice.randint(0, 4), dice.choice(SPICE))
            words.insert(dice.randint(1, 4), str(number * 7 + 1_000))
            text = " ".join(words).capitalize() + dice.choice(".?!…")
        seconds = max(0.4, len(text) / 15 * dice.uniform(0.8, 1.4))
        segments.append(Segment(number, Span(clock, clock + seconds), text, dice.choice(["S1", "S2", "S3", None])))
        clock += seconds + 0.1
    return tuple(segments)


def dubbed(translator: LlmTranslator, segments: tuple[Segment, ...]) -> list[str | None]:
    """The texts of a whole film, as the pipeline asks for them: passages side by side."""
    size = translator.lines_at_once
    passages = [
        Passage(segments[n : n + size], before=segments[max(0, n - 6) : n], after=segments[n + size : n + size + 3])
        for n in range(0, len(segments), size)
    ]
    with ThreadPoolExecutor(translator.concurrency) as pool:
        answers = pool.map(lambda passage: translator.translate(passage, source="en", target="es"), passages)
        return [text for answer in answers for text in answer.texts]


def rejecting(request) -> Act:
    return Act.REJECTING


def fenced(request) -> Act:
    return Act.FENCED


SERVERS: dict[str, Behave] = {
    "schema honoured": lambda request: Act.HONEST,
    "schema ignored": fenced,
    "schema rejected": rejecting,
}


@pytest.mark.parametrize("kind", SERVERS)
def test_a_thousand_lines_come_back_in_order_from_a_server(kind: str) -> None:
    segments = film(seed=len(kind))
    with OpenAiServer(behave=SERVERS[kind], window=8_192) as server:
        texts = dubbed(LlmTranslator(url=server.url, timeout=30), segments)
    assert texts == [codecs.encode(segment.text, "rot13") for segment in segments]
    assert len(server.requests) <= 25 + 8  # each passage once, but for those who learnt the server's dialect at the same time


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_thousand_lines_come_back_in_order_through_every_fault_at_once(seed: int) -> None:
    segments, hostile = film(seed), Hostile(seed)
    with OpenAiServer(behave=hostile) as server:
        translator = LlmTranslator(url=server.url, timeout=1.0, tries=12, sleep=lambda seconds: None)
        texts = dubbed(translator, segments)
    wrong = [(s.number, s.text, text) for s, text in zip(segments, texts, strict=True) if text != codecs.encode(s.text, "rot13")]
    assert wrong == []
    assert set(hostile.acts) >= {*TRANSPORT, *WRONG, *WORDED}, "each fault must have happened, or nothing was shown"
