"""Parsing of responses of the OpenAI protocol: chat completions, model lists, error messages, Retry-After.

NoResponse for a body that is none of these: the server, or something before it, is in trouble, and the request is worth a retry.
"""

import email.utils
import json
import time
from dataclasses import dataclass
from typing import Any

from pipeline.engines.llm.http_client import NoResponse
from pipeline.engines.protocols import Usage

MAX_ERROR_BYTES = 20_000  # of an error's body that are read
MAX_ERROR_LENGTH = 300  # characters of it that go into our own message


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the model. `complete`: not cut off by the token limit. `has_reasoned`: it reasoned first, which takes tokens."""

    text: str
    complete: bool
    has_reasoned: bool
    usage: Usage


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as its server lists it. `window`: tokens of question and answer together, None if the server does not give it."""

    name: str
    window: int | None


def parse_completion(body: bytes) -> Answer:
    """The answer in a chat completion. NoResponse for anything else."""
    found = _parse_object(body)
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise NoResponse("its answer is no chat completion")
    choice = choices[0]
    message = choice.get("message")
    if not isinstance(message, dict):
        raise NoResponse("its answer holds no message")
    content = message.get("content")
    if isinstance(content, list):  # parts, as some hosted servers send them
        content = "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    text = content if isinstance(content, str) else ""
    thought = any(message.get(name) for name in ("reasoning_content", "reasoning")) or "</think" in text or "<think" in text
    return Answer(text, choice.get("finish_reason") != "length", bool(thought), _parse_usage(found.get("usage")))


def parse_model_cards(body: bytes) -> tuple[ModelCard, ...]:
    """The models of a list, in the server's order. NoResponse for anything else."""
    models = _parse_object(body).get("data")
    if not isinstance(models, list):
        raise NoResponse("its answer is no list of models")
    return tuple(
        ModelCard(card["id"], _parse_window(card))
        for card in models
        if isinstance(card, dict) and isinstance(card.get("id"), str) and card["id"]
    )


def find_error_message(body: bytes, *, secret: str | None) -> str:
    """The message in an error's body, on one short line; `secret` is blanked out of it."""
    text = body[:MAX_ERROR_BYTES].decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    while isinstance(found, dict | list):
        parts = found if isinstance(found, dict) else dict(enumerate(found))
        found = next((parts[name] for name in ("error", "message", "detail", "msg", 0) if name in parts), "")
        if not found:
            found = text
    words = " ".join("".join(letter if letter.isprintable() else " " for letter in str(found)).split())
    if secret:
        words = words.replace(secret, "…")
    return words[:MAX_ERROR_LENGTH] or "it gave no reason"


def parse_retry_after(text: str) -> float | None:
    """Seconds of a Retry-After header, given as a number or a date; None if it is neither."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(text).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds == seconds else None  # NaN is not


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoResponse("its answer is not JSON") from error
    if not isinstance(found, dict):
        raise NoResponse("its answer is no JSON object")
    return found


def _parse_usage(given: Any) -> Usage:
    counts = [given.get(name) if isinstance(given, dict) else 0 for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    return Usage(prompt, completion)


def _parse_window(card: dict[str, Any]) -> int | None:
    """The context window: vLLM gives it in the card, llama.cpp in the card's `meta`."""
    meta = card.get("meta")
    window = card.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
    return window if isinstance(window, int) and window > 0 else None
