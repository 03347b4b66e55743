"""What is learnt from a whole film."""

import json

import pytest
from openai_server import Act, OpenAiServer

from pipeline.engines.llm.chat_dialect import Question
from pipeline.engines.llm.chat_response import Answer
from pipeline.engines.llm.context_window import estimate_tokens
from pipeline.engines.llm.film_study import FilmReader
from pipeline.engines.protocols import Usage
from pipeline.engines.translator_llm import LlmTranslator
from pipeline.errors import EngineError
from pipeline.values.film_context import Character, FilmContext, Gender, Term
from pipeline.values.timeline import Segment, Span

SEGMENTS = tuple(
    Segment(n, Span(n, n + 0.9), text, speaker)
    for n, (text, speaker) in enumerate(
        [("Where is Marlowe?", "S1"), ("I asked Rosalind, not you.", "S2"), ("…", None), ("Marlowe is gone.", "S1")], 1
    )
)


def long_film(lines: int = 400) -> tuple[Segment, ...]:
    return tuple(Segment(n, Span(n, n + 0.9), f"Line {n} is about Rosalind and the sea.", f"S{n % 3 + 1}") for n in range(lines))


def told(*answers: str) -> tuple[FilmContext, list[Question]]:
    """The brief of a film whose parts, in order, are answered so; the last answer goes on."""
    questions: list[Question] = []

    def ask(question: Question) -> Answer:
        questions.append(question)
        return Answer(answers[min(len(questions), len(answers)) - 1], complete=True, has_reasoned=False, usage=Usage())

    return FilmReader(ask, 8_192, 0, 1).study(SEGMENTS, source="en", target="es"), questions


def part(**notes: object) -> str:
    return json.dumps({"synopsis": "A chase.", "characters": [], "terms": [], "address": "usted"} | notes)


def test_a_film_is_read_into_a_brief_by_a_real_server() -> None:
    with OpenAiServer() as server:
        brief = LlmTranslator(url=server.url).study(SEGMENTS, source="en", target="es")
    assert brief.synopsis == "4 lines."
    assert {(who.speaker, who.name, who.manner) for who in brief.characters} == {
        ("S1", "Name S1", "curt"),
        ("S2", "Name S2", "curt"),
    }
    assert set(brief.terms) == {Term("Marlowe", "Zneybjr"), Term("Rosalind", "Ebfnyvaq")}, "not Atlantis, which nobody says"
    assert brief.address == "tú"
    assert len(server.requests) == 1


def test_a_long_film_is_read_in_parts_that_fit_and_told_as_one() -> None:
    with OpenAiServer(window=4_096) as server:
        brief = LlmTranslator(url=server.url).study(long_film(), source="en", target="es")
    tasks = [request.task for request in server.requests]
    assert tasks.count("study") > 3 and tasks.count("condense") == 1
    lines = [line for request in server.requests if request.task == "study" for line in request.document["lines"]]
    assert len(lines) == 400
    assert brief.synopsis == f"Whole: {tasks.count('study')} parts."
    assert brief.address == "tú throughout"
    assert [who.speaker for who in brief.characters] == ["S1", "S2", "S3"]
    assert brief.terms == (Term("Rosalind", "Ebfnyvaq"),)
    for request in server.requests:
        assert sum(estimate_tokens(message["content"]) for message in request.body["messages"]) + request.limit <= 4_096


def test_a_window_that_was_overestimated_halves_the_parts() -> None:
    with OpenAiServer(window=4_096) as server:
        brief = LlmTranslator(url=server.url, window=16_384).study(long_film(), source="en", target="es")
    assert brief.terms == (Term("Rosalind", "Ebfnyvaq"),)


def test_parts_are_outvoted_where_they_disagree() -> None:
    def ask(question: Question) -> Answer:
        first = json.loads(question.user).get("lines", ["condense"])[0]
        said = {"S1": "female", "S2": "male", "S3": "male"}.get(first.partition(":")[0], "unknown")
        notes = part(
            characters=[{"speaker": "S1", "name": "Unknown", "gender": said, "manner": ""}],
            terms=[{"source": "sea", "target": said}],
        )
        return Answer(notes, complete=True, has_reasoned=False, usage=Usage())

    film = [Segment(n, Span(n, n + 1), "The sea. " + "word " * 500, f"S{n % 3 + 1}") for n in range(3)]
    brief = FilmReader(ask, 2_000, 0, 1).study(film, source="en", target="es")
    assert brief.characters == (Character("S1", "", Gender.MALE, ""),)
    assert brief.terms == (Term("sea", "male"),)


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (part(characters="none", terms={"Marlowe": 1}), "usted"),
        (
            part(characters=[None, 3, {"speaker": "S7", "name": "Ghost"}, {"name": "Nobody"}], terms=[[], {"source": "Marlowe"}]),
            "usted",
        ),
        ("```json\n" + part() + "\n```", "usted"),
        (part()[:-2], ""),
    ],
)
def test_what_is_of_the_wrong_shape_or_cut_off_is_left_out(answer: str, address: str) -> None:
    brief, _ = told(answer)
    assert brief == FilmContext("A chase.", address=address)


def test_notes_cannot_grow_without_end_or_hide_control_characters() -> None:
    brief, _ = told(part(synopsis="x\n\x00" * 9_000, terms=[{"source": "Marlowe", "target": "y" * 900}]))
    assert len(brief.synopsis) <= 1_200 and "\x00" not in brief.synopsis
    assert len(brief.terms[0].target) == 60


def test_a_film_that_cannot_be_understood_gets_an_empty_brief_and_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    brief, questions = told("I'd rather not.")
    assert brief == FilmContext()
    assert [question.temperature for question in questions] == [0.0, 0.3], "it is asked twice, not in the same way"
    assert "without a brief" in caplog.text


def test_a_silent_film_asks_nothing() -> None:
    with OpenAiServer(window=8_192) as server:
        assert LlmTranslator(url=server.url).study((), source="en", target="es") == FilmContext()
    assert not server.requests


def test_a_server_that_fails_is_an_error_and_no_empty_brief() -> None:
    with OpenAiServer(behave=lambda request: Act.ERROR) as server, pytest.raises(EngineError, match="LLM_URL"):
        LlmTranslator(url=server.url, tries=2, sleep=lambda seconds: None).study(SEGMENTS, source="en", target="es")
