"""Parsing of responses of the OpenAI protocol."""

import pytest

from pipeline.engines.openai_api.api_response import find_error_message, parse_retry_after


@pytest.mark.parametrize(("text", "seconds"), [("3", 3.0), ("1.5", 1.5), ("-3", 0.0), ("", None), ("soon", None), ("nan", None)])
def test_retry_after_is_read(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text) == seconds


def test_retry_after_may_be_a_date() -> None:
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert parse_retry_after("Fri, 21 Oct 2995 07:28:00 GMT") > 1e9


def test_an_error_names_the_field_that_it_is_about() -> None:
    body = b'{"detail": [{"loc": ["body", "speed"], "msg": "Input should be greater than or equal to 1"}]}'
    assert find_error_message(body, secret=None) == "body.speed: Input should be greater than or equal to 1"
