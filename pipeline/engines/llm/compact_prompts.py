"""Compact prompts for small language models: few rules, the lines, the settled terms in them, and nothing else.

A model of one or two billion weights follows a long list of rules badly and is led astray by numbers beside a line; on a CPU each
token of a question costs time. The rules come first and are the same in every question, so that a server reads them once.
"""

import json
from collections.abc import Sequence

from pipeline.engines.llm.chat_dialect import Question
from pipeline.engines.llm.translation_prompts import MAX_TERMS, PromptLine, estimate_answer_tokens, make_answer_schema
from pipeline.engines.protocols import Passage
from pipeline.text import languages
from pipeline.values.film_context import FilmContext

VERSION = 1  # of these prompts; it enters the engine's fingerprint

RULES = """\
You translate the dialogue of a film from {source} into {target}, for dubbing: natural spoken {target}, every word translated, \
nothing left in {source}, nothing added. Use the informal "you" unless the line is formal. The user gives \
a JSON object of lines. Answer with a JSON object that has the same keys and the translations as values."""

AGAIN = """\
You translate one line of a film's dialogue from {source} into natural spoken {target}. Every word is in {target}: nothing stays \
in {source}, except names. The user gives a JSON object. Answer with a JSON object that has the same key and the translation as \
value."""

TERMS = "Words that are settled: {terms}."


def make_compact_question(
    lines: Sequence[PromptLine], passage: Passage, source: str, target: str, *, again: bool, temperature: float, seed: int
) -> Question:
    """The question for some lines of a passage. `again`: an answer was not valid; then one line, with stricter rules."""
    named = {"source": languages.get_english_name(source), "target": languages.get_english_name(target)}
    system = (AGAIN if again else RULES).format(**named)
    terms = select_terms(passage.brief, lines)
    if terms:
        system += "\n" + TERMS.format(terms="; ".join(f"{term} = {meaning}" for term, meaning in terms))
    document = json.dumps({line.name: line.text for line in lines}, ensure_ascii=False)
    return Question(system, document, estimate_answer_tokens(lines, target), make_answer_schema(lines), temperature, seed)


def select_terms(brief: FilmContext, lines: Sequence[PromptLine]) -> list[tuple[str, str]]:
    """The terms of a brief that occur in the lines, as (source, target)."""
    words = " ".join(line.text for line in lines).casefold()
    return [(term.source, term.target) for term in brief.terms if term.source.casefold() in words][:MAX_TERMS]
