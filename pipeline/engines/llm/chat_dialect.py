"""Dialects of the OpenAI protocol: the request fields that servers disagree about, and simpler requests after a refusal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

# Error messages about a prompt that is too long; vLLM, llama.cpp and the hosted servers each have their own wording.
OVERFLOW_COMPLAINT = re.compile(
    r"context[ _](length|window|size)|maximum context|exceed\w* (the )?(available )?context|too many (input )?tokens|"
    r"(prompt|input) is too long|reduce the length",
    re.IGNORECASE,
)
FORMAT_COMPLAINT = re.compile(r"response_format|json_schema|json_object|structured.?output|guided|grammar", re.IGNORECASE)


class Form(IntEnum):
    """Response formats: ways to request the shape of an answer, the strictest first."""

    SCHEMA = 0  # vLLM, llama-server, Ollama and most hosted ones
    OBJECT_WITH_SCHEMA = 1  # llama-cpp-python
    OBJECT = 2  # some valid JSON
    PLAIN = 3  # no response format: the prompt describes it


@dataclass(frozen=True, slots=True)
class Question:
    """One call of a language model. `schema`: JSON Schema of the answer, None for free text."""

    system: str
    user: str
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Dialect:
    """The request fields that a server accepts. Fields only ever grow: a field that was refused once is not sent again."""

    form: Form = Form.SCHEMA
    renamed_limit: bool = False  # max_completion_tokens instead of max_tokens
    no_temperature: bool = False
    no_seed: bool = False

    def find_simpler(self, complaint: str, *, has_schema: bool) -> "Dialect | None":
        """The dialect to try after a refusal, None if there is no simpler one. `has_schema`: the question had a schema."""
        words = complaint.lower()
        if "max_completion_tokens" in words and not self.renamed_limit:
            return replace(self, renamed_limit=True)
        if "temperature" in words and not self.no_temperature:
            return replace(self, no_temperature=True)
        if re.search(r"\bseed\b", words) and not self.no_seed:
            return replace(self, no_seed=True)
        if has_schema and self.form < Form.PLAIN:
            return replace(self, form=Form(self.form + 1))
        return None

    def merge(self, other: "Dialect") -> "Dialect":
        """The simpler of both, field by field."""
        return Dialect(
            max(self.form, other.form),
            self.renamed_limit or other.renamed_limit,
            self.no_temperature or other.no_temperature,
            self.no_seed or other.no_seed,
        )

    def make_request(self, question: Question, model: str) -> dict[str, Any]:
        """The body of a chat completion request."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": "system", "content": question.system}, {"role": "user", "content": question.user}],
            "max_completion_tokens" if self.renamed_limit else "max_tokens": question.max_tokens,
        }
        if not self.no_temperature:
            body["temperature"] = question.temperature
        if not self.no_seed:
            body["seed"] = question.seed
        if question.schema is not None and self.form < Form.PLAIN:
            body["response_format"] = self._response_format(question.schema)
        return body

    def _response_format(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        match self.form:
            case Form.SCHEMA:
                return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}
            case Form.OBJECT_WITH_SCHEMA:
                return {"type": "json_object", "schema": schema}
            case _:
                return {"type": "json_object"}
