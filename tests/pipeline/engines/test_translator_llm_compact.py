"""The translator asked in the compact style: what a small model is asked, once more what it did wrong, and then no more."""

import pytest
from openai_server import Act, OpenAiServer

from pipeline.engines.protocols import Passage, Translated
from pipeline.engines.translator_llm import LlmTranslator
from pipeline.errors import EngineError
from pipeline.values.film_context import FilmContext, Term
from pipeline.values.timeline import Segment, Span

TEXTS = ("Where have you been?", "I was looking for my brother.", "…", "Did you find him?")


def segments(*texts: str) -> tuple[Segment, ...]:
    return tuple(Segment(n, Span(3.0 * n, 3.0 * n + 2.5), text, "S1") for n, text in enumerate(texts, 1))


def translated(server: OpenAiServer, *texts: str, brief: FilmContext | None = None, target: str = "es", **options) -> Translated:
    engine = LlmTranslator(url=server.url, style="compact", timeout=10.0, sleep=lambda _: None, **options)
    return engine.translate(Passage(segments(*texts), brief=brief or FilmContext()), source="en", target=target)


def test_the_lines_alone_are_asked_for_after_rules_that_never_change() -> None:
    with OpenAiServer() as server:
        translated(server, *TEXTS)
        translated(server, "Another film.")
    first, second = server.requests
    assert first.document == {"1": TEXTS[0], "2": TEXTS[1], "4": TEXTS[3]}
    assert first.system == second.system, "a server reads the common beginning once"
    assert len(first.system) < 600
    schema = first.body["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == ["1", "2", "4"] and first.body["temperature"] == 0.0


def test_what_is_wrong_is_asked_again_once_by_itself_and_then_left_to_others() -> None:
    def lazy(texts: list[str], source: str, target: str) -> list[str]:
        return [text.replace("brother", "hermano") if "brother" in text else "Vale." for text in texts]

    with OpenAiServer(lazy) as server:
        answer = translated(server, *TEXTS)
    assert answer.texts == ("Vale.", None, "…", "Vale."), "“I was looking for my hermano” is no Spanish"
    assert [list(request.document) for request in server.requests] == [["1", "2", "4"], ["2"]]
    assert server.requests[1].system != server.requests[0].system, "in stricter words"


def test_a_second_answer_that_is_right_is_taken() -> None:
    acts = [Act.EMPTY]
    with OpenAiServer(lambda texts, *_: ["Sí." for _ in texts], behave=lambda _: acts.pop() if acts else Act.HONEST) as server:
        assert translated(server, "Yes.", "I do.").texts == ("Sí.", "Sí.")
    assert len(server.requests) == 3, "both at once, then each by itself"


def test_settled_terms_are_told_where_the_lines_have_them_and_asked_for_again_where_they_are_missing() -> None:
    brief = FilmContext(terms=(Term("ring", "anillo"), Term("castle", "castillo")))
    with OpenAiServer(lambda texts, *_: ["Dame la sortija." for _ in texts]) as server:
        assert translated(server, "Give me the ring.", brief=brief).texts == (None,)
    assert [("ring = anillo" in each.system, "castillo" in each.system) for each in server.requests] == [(True, False)] * 2
    with OpenAiServer(lambda texts, *_: ["Dame los anillos." for _ in texts]) as server:
        assert translated(server, "Give me the ring.", brief=brief).texts == ("Dame los anillos.",)


def test_spanish_gets_its_opening_marks_and_other_languages_do_not() -> None:
    with OpenAiServer(lambda texts, *_: ["Quién es?" for _ in texts]) as server:
        assert translated(server, "Who is it?").texts == ("¿Quién es?",)
        assert translated(server, "Who is it?", target="pt").texts == ("Quién es?",)


@pytest.mark.parametrize(
    ("said", "mended"),
    [
        ("¡Vamos, que llegamos tarde.", "¡Vamos, que llegamos tarde!"),
        ("¿Vienes. Te espero", "¿Vienes? Te espero"),
        ("¡Corre! Están ahí!", "¡Corre! ¡Están ahí!"),
        ("Dijo: ¡no!", "Dijo: ¡no!"),
    ],
)
def test_spanish_marks_come_in_pairs(said: str, mended: str) -> None:
    with OpenAiServer(lambda texts, *_: [said for _ in texts]) as server:
        assert translated(server, "Something was said here.").texts == (mended,)


def test_the_film_is_not_studied() -> None:
    with OpenAiServer() as server:
        engine = LlmTranslator(url=server.url, style="compact")
        assert engine.study(segments(*TEXTS), source="en", target="es") == FilmContext()
    assert not server.requests


def test_style_and_comparing_are_part_of_the_fingerprint() -> None:
    made = {
        LlmTranslator("m", **options).fingerprint for options in ({}, {"style": "compact"}, {"style": "compact", "compare": True})
    }
    assert len(made) == 3


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"style": "terse"}, "none of full, compact"), ({"style": "compact", "reflect": True}, "no second look")],
)
def test_options_that_cannot_be_are_refused(options: dict, reason: str) -> None:
    with pytest.raises(EngineError, match=reason):
        LlmTranslator(**options)


def test_llama_cpp_tells_its_window_in_its_own_place() -> None:
    from pipeline.engines.openai_api.api_response import parse_model_cards

    (card,) = parse_model_cards(b'{"data": [{"id": "small", "meta": {"n_ctx": 4096}}]}')
    assert card.window == 4096
    (card,) = parse_model_cards(b'{"data": [{"id": "small", "meta": null}]}')
    assert card.window is None
