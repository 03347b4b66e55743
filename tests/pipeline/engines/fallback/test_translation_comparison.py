"""Comparison of two engines' translations inside a list of translators."""

from collections.abc import Sequence
from typing import ClassVar

import pytest
from failing_translator import PASSAGE, Translator

from pipeline.engines.fallback import translation_comparison
from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.translator_list import TranslatorList
from pipeline.engines.protocols import Passage, Translated
from pipeline.errors import EngineError

THERE_AND_BACK = {
    "one": "uno", "two": "dos", "three": "tres",
    "es one": "one", "es two": "something else altogether", "es three": "three",
    "uno": "one", "dos": "two", "tres": "three",
}  # fmt: skip


class Compared(Translator):
    """The preferred one, whose lines are to be compared."""

    is_compared = True


class Judge(Translator):
    """Translates by these words; back it says what is in them, the other way round."""

    words: ClassVar[dict[str, str]] = THERE_AND_BACK

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        self.calls.append(f"{source}→{target}")
        if self.error:
            raise self.error
        return Translated(tuple(self.words.get(each.text) for each in passage.segments))


def compared(
    first: Translator, *, pairs: frozenset[tuple[str, str]] = frozenset({("en", "es"), ("es", "en")})
) -> tuple[TranslatorList, Judge]:
    first.fingerprint = "es"
    judge = Judge()
    return TranslatorList([Member("llm", first), Member("bergamot", judge)], {"llm": None, "bergamot": pairs}), judge


def test_a_line_that_comes_back_as_something_else_is_the_next_ones() -> None:
    engine, _ = compared(Compared())
    answer = engine.translate(PASSAGE, source="en", target="es")
    assert answer.texts == ("es one", "dos", "es three"), "where both say the same the first stays"
    (note,) = answer.notes
    assert (note.text, note.severity, note.lines) == (
        "Translated by bergamot, whose words say more of the original",
        "info",
        (2,),
    )


def test_a_line_whose_words_do_not_agree_is_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def disagreements(texts: Sequence[str], *, language: str) -> tuple[tuple[str, ...], ...]:
        assert language == "es"
        return tuple(("la lago",) if text in {"es one", "es three", "tres"} else () for text in texts)

    monkeypatch.setattr(translation_comparison, "find_disagreements", disagreements)
    engine, _ = compared(Compared())
    answer = engine.translate(PASSAGE, source="en", target="es")
    assert answer.texts == ("uno", "dos", "es three"), "the last has no better one"
    assert [(note.text, note.lines) for note in answer.notes] == [
        ("Translated by bergamot, whose words say more of the original", (2,)),
        ("Translated by bergamot, whose words agree in gender and number", (1,)),
    ]


def test_lines_without_a_text_are_still_told_as_such() -> None:
    engine, _ = compared(Compared(refuses=frozenset({"one"})))
    answer = engine.translate(PASSAGE, source="en", target="es")
    assert answer.texts == ("uno", "dos", "es three")
    assert [note.lines for note in answer.notes] == [(2,), (1,)]


def test_nothing_is_compared_where_nobody_translates_back_or_it_is_not_wished_for() -> None:
    engine, judge = compared(Compared(), pairs=frozenset({("en", "es")}))
    assert engine.translate(PASSAGE, source="en", target="es").texts == ("es one", "es two", "es three")
    assert not judge.calls
    engine, judge = compared(Translator())
    assert engine.translate(PASSAGE, source="en", target="es").texts == ("es one", "es two", "es three")
    assert not judge.calls


def test_a_judge_that_cannot_be_asked_leaves_the_lines_as_they_are() -> None:
    engine, judge = compared(Compared())
    judge.error = EngineError("bergamot", "it is not there")
    answer = engine.translate(PASSAGE, source="en", target="es")
    assert answer.texts == ("es one", "es two", "es three") and not answer.notes
