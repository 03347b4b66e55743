"""Parsing of responses of the OpenAI protocol: JSON objects, model lists, error messages, Retry-After.

NoResponse for a body that is none of these: the server, or something before it, is in trouble, and the request is worth a retry.
"""

import email.utils
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.engines.openai_api.http_client import NoResponse

MAX_ERROR_BYTES = 20_000  # of an error's body that are read
MAX_ERROR_LENGTH = 300  # characters of it that go into our own message


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model as its server lists it. `fields`: the entry as it was sent, empty where the server has no list."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    @property
    def window(self) -> int | None:
        """The context window in tokens: vLLM gives it in the card, llama.cpp in the card's `meta`; None if neither does."""
        meta = self.fields.get("meta")
        window = self.fields.get("max_model_len") or (meta.get("n_ctx") if isinstance(meta, dict) else None)
        return window if isinstance(window, int) and window > 0 else None

    @property
    def root(self) -> str:
        """The weights behind the model's name, as vLLM gives them; "" where that is not told, or the name itself."""
        root = self.fields.get("root")
        return root if isinstance(root, str) and root != self.name else ""


def parse_model_cards(body: bytes) -> tuple[ModelCard, ...]:
    """The models of a list, in the server's order. NoResponse for anything else."""
    models = parse_object(body).get("data")
    if not isinstance(models, list):
        raise NoResponse("its answer is no list of models")
    return tuple(
        ModelCard(card["id"], card)
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
        if isinstance(parts.get("loc"), list) and isinstance(parts.get("msg"), str):  # FastAPI's: which field, and what about it
            found = f"{'.'.join(map(str, parts['loc']))}: {parts['msg']}"
            break
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


def parse_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body holds. NoResponse for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoResponse("its answer is not JSON") from error
    if not isinstance(found, dict):
        raise NoResponse("its answer is no JSON object")
    return found
