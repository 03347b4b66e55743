"""Parsing of chat completions. NoResponse for a body that is none: the request is worth a retry."""

from dataclasses import dataclass
from typing import Any

from pipeline.engines.openai_api.api_response import parse_object
from pipeline.engines.openai_api.http_client import NoResponse
from pipeline.engines.protocols import Usage


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the model. `complete`: not cut off by the token limit. `has_reasoned`: it reasoned first, which takes tokens."""

    text: str
    complete: bool
    has_reasoned: bool
    usage: Usage


def parse_completion(body: bytes) -> Answer:
    """The answer in a chat completion. NoResponse for anything else."""
    found = parse_object(body)
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


def _parse_usage(given: Any) -> Usage:
    counts = [given.get(name) if isinstance(given, dict) else 0 for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    return Usage(prompt, completion)
