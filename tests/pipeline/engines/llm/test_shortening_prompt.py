"""The prompt for shorter wordings."""

import json

from pipeline.engines.llm.shortening_prompt import make_budgets, make_shortening_question
from pipeline.values.timeline import Line, Segment, Span


def segment(text: str) -> Segment:
    return Segment(1, Span(10.0, 12.0), text, "S1")


def test_a_line_to_shorten_comes_with_its_original_and_its_limit() -> None:
    line = Line(segment("Open the gate."), "Abre ahora mismo la puerta", "es")
    question = make_shortening_question(line, make_budgets(line, (0.8, 0.6)), 8_192, 0)
    assert json.loads(question.user) == {
        "task": "shorten",
        "to": "es",
        "original": "Open the gate.",
        "line": "Abre ahora mismo la puerta",
        "budgets": {"1": {"syllables": 8, "characters": 20}, "2": {"syllables": 6, "characters": 15}},
    }
    assert question.schema is not None and set(question.schema["properties"]) == {"1", "2"}


def test_a_budget_has_no_syllables_where_the_spelling_shows_none() -> None:
    (budget,) = make_budgets(Line(segment("Open."), "افتح الباب الآن", "ar"), (0.5,))
    assert (budget.syllables, budget.make_document()) == (None, {"characters": 7})
