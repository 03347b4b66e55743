"""Cache key of a stage's answer: the hash of the stage's name and version, of every input, and of each engine's fingerprint."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from typing import Any

from pipeline.text import languages


def describe_identity(value: object, *, question_languages: Sequence[str] = ()) -> object:
    """The identity of a value in a cache key, as JSON. TypeError for a value of a type that has no identity.

    `question_languages`: the language of the question, as a list of engines may name it, the most exact first.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value.value if isinstance(value, Enum) else value
        case tuple() | list():
            return [describe_identity(part) for part in value]
        case _ if isinstance(getattr(value, "fingerprint", None), str):
            return {"engine": select_fingerprint(value, question_languages)}
        case _ if is_dataclass(value) and not isinstance(value, type):
            known = {f.name: describe_identity(getattr(value, f.name)) for f in fields(value) if _is_identity(f, value)}
            return {"": getattr(value, "IDENTITY_NAME", type(value).__name__)} | known
    raise TypeError(f"{type(value).__name__} has no identity, so a stage that takes it cannot be cached: {value!r}")


def _is_identity(known: Field[Any], value: object) -> bool:
    """True for a field that identifies its value: neither `NOT_IDENTITY`, nor `IDENTITY_UNLESS_DEFAULT` at its default."""
    return known.metadata.get("identity", True) and not (
        known.metadata.get("unless_default", False) and getattr(value, known.name) == known.default
    )


def select_fingerprint(engine: Any, question_languages: Sequence[str]) -> str:
    """The fingerprint of an engine; of a list of engines, that of the engines that serve the language of the question."""
    fingerprints = getattr(engine, "fingerprints", None)
    if isinstance(fingerprints, dict):
        for language in question_languages:
            if language in fingerprints:
                return str(fingerprints[language])
    return str(engine.fingerprint)


def _list_question_languages(arguments: Mapping[str, object]) -> tuple[str, ...]:
    """The language, or `source→target`, that a question is about, under all its names; "" last, for those without a name."""
    match arguments.get("source"), arguments.get("target"), arguments.get("language"):
        case str(source), str(target), _:
            return (*(f"{start}→{goal}" for start, goal in languages.expand_pair(source, target)), "")
        case _, _, str(language):
            return (*dict.fromkeys((language, languages.base_language(language))), "")
        case _:
            return ()


def compute_cache_key(function: Callable[..., object], arguments: dict[str, object]) -> str:
    """The cache key of a question: a stage and its arguments by name. 40 hexadecimal digits."""
    question_languages = _list_question_languages(arguments)
    question = {
        "stage": function.stage.name,  # type: ignore[attr-defined]  # set by @stage
        "version": function.stage.version,  # type: ignore[attr-defined]
        "arguments": {
            name: describe_identity(value, question_languages=question_languages) for name, value in sorted(arguments.items())
        },
    }
    return hashlib.blake2b(json.dumps(question, sort_keys=True).encode(), digest_size=20).hexdigest()
