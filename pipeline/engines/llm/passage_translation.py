"""Translation of one passage: questions to the model in rounds, retries for missing lines, and the answers' validation.

An answer is never trusted: a line that is missing or cannot be right is asked for again, in smaller and plainer questions.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.engines.apertium.text_normalization import close_spanish_marks, open_spanish_marks
from pipeline.engines.llm import answer_parser, compact_prompts
from pipeline.engines.llm.chat_client import ContextOverflow
from pipeline.engines.llm.chat_dialect import Question
from pipeline.engines.llm.chat_response import Answer
from pipeline.engines.llm.context_window import WindowedChat
from pipeline.engines.llm.translation_checks import filter_translations, has_terms
from pipeline.engines.llm.translation_prompts import Manner, PromptContext, PromptLine
from pipeline.engines.protocols import Passage, Usage
from pipeline.text import languages

log = logging.getLogger(__name__)

RETRY_BATCH_LINES = 8  # of a question that is asked again
RETRY_TEMPERATURES = (0.0, 0.3, 0.6)  # of the plain questions: at 0 the same words would come back


@dataclass(frozen=True, slots=True)
class Round:
    """One round of questions for the lines that are still missing. `size`: lines of a question."""

    size: int
    manner: Manner
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class PromptStyle:
    """Options of the questions. `compact`: short ones, for small models. `reflect`: the model reviews its own lines."""

    lines_at_once: int
    compact: bool
    reflect: bool

    def plan_rounds(self, pending: int) -> list[Round]:
        """The rounds for so many lines, each for what the one before left missing. No question comes twice.

        Compact questions have two: a small model that failed twice is no better the third time.
        """
        first, single = Round(self.lines_at_once, Manner.FULL), Round(1, Manner.ALONE)
        if self.compact:
            return [first, single]
        half = min(self.lines_at_once, pending) // 2
        smaller = [Round(min(RETRY_BATCH_LINES, half), Manner.FULL)] if half else []
        plain = [Round(1, Manner.PLAIN, temperature, seed) for seed, temperature in enumerate(RETRY_TEMPERATURES)]
        return [first, *smaller, single, *plain]


class PassageTranslation:
    """The translation of one passage in progress. `texts`: those had so far, by the line's name. `usage`: of all its questions."""

    def __init__(self, chat: WindowedChat, style: PromptStyle, passage: Passage, source: str, target: str) -> None:
        self._chat, self._style, self._passage, self._source, self._target = chat, style, passage, source, target
        self.lines = self._make_context().make_lines()
        self.texts: dict[str, str] = {}
        self.usage = Usage()

    def ask(self, lines: Sequence[PromptLine], step: Round) -> None:
        """Ask for these lines, in as many questions as the window requires, and keep the texts that are valid."""
        context = self._make_context()
        question = self._make_question(context, lines, step)
        answer = self._ask_within_window(context, question)
        if answer is None:
            if len(lines) > 1:
                middle = len(lines) // 2
                self.ask(lines[:middle], step)
                self.ask(lines[middle:], step)
            return
        before = len(self.texts)
        drafts = self._filter(lines, _extract_texts(answer, lines, step.manner))
        self.texts |= self._review([line for line in lines if line.name in drafts], drafts)
        rest = [line for line in lines if line.name not in self.texts]
        # The first answer of a reasoning model may be cut off while it reasons: from then on there is room for that.
        has_more_room = self._chat.reasoning_tokens > context.thinking
        if rest and not answer.complete and (len(self.texts) > before or has_more_room):
            self.ask(rest, step)

    def _make_context(self) -> PromptContext:
        return PromptContext(self._passage, self._source, self._target, self._chat.window, self._chat.reasoning_tokens)

    def _make_question(self, context: PromptContext, lines: Sequence[PromptLine], step: Round) -> Question:
        if not self._style.compact:
            return context.make_question(lines, step.manner, temperature=step.temperature, seed=step.seed)
        return compact_prompts.make_compact_question(
            lines,
            self._passage,
            self._source,
            self._target,
            again=step.manner is not Manner.FULL,
            temperature=step.temperature,
            seed=step.seed,
        )

    def _ask_within_window(self, context: PromptContext, question: Question) -> Answer | None:
        """The answer, None if it does not fit the window, by our estimate or the server's count."""
        if not context.is_within_window(question):
            return None
        try:
            answer = self._chat.ask(question)
        except ContextOverflow:
            return None
        self.usage += answer.usage
        return answer

    def _review(self, lines: Sequence[PromptLine], drafts: dict[str, str]) -> dict[str, str]:
        """The drafts as the model reviewed them, if that is an option and gives every line; else the drafts."""
        if not self._style.reflect or not lines:
            return drafts
        context = self._make_context()
        answer = self._ask_within_window(context, context.make_review_question(lines, drafts))
        names = [line.name for line in lines]
        found = answer_parser.extract_translations(answer.text, names, complete=answer.complete) if answer else {}
        better = self._filter(lines, found)
        if len(better) < len(lines):
            log.info("llm: a second look gave %d of %d lines; the drafts stay", len(better), len(lines))
            return drafts
        return better

    def _filter(self, lines: Sequence[PromptLine], texts: dict[str, str]) -> dict[str, str]:
        terms = self._passage.brief.terms
        kept = filter_translations(
            lines, texts, source=self._source, target=self._target, kept_terms=[term.target for term in terms]
        )
        if not self._style.compact:
            return kept
        if languages.is_same_language(self._target, "es"):  # small models forget them
            kept = {name: open_spanish_marks(close_spanish_marks(text)) for name, text in kept.items()}
        # The terms are those that a person settled: nothing was studied.
        return {line.name: kept[line.name] for line in lines if line.name in kept and has_terms(kept[line.name], line, terms)}


def _extract_texts(answer: Answer, lines: Sequence[PromptLine], manner: Manner) -> dict[str, str]:
    """The texts in an answer, by the line's name."""
    if manner is not Manner.PLAIN:
        return answer_parser.extract_translations(answer.text, [line.name for line in lines], complete=answer.complete)
    return answer_parser.extract_plain_translation(answer.text, lines[0].name) if answer.complete else {}
