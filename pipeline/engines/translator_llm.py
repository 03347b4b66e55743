"""Translation by a large language model behind any OpenAI-compatible URL: vLLM, llama.cpp, Ollama, or hosted.

The model reads the whole film first, then translates passages with the dialogue around them and a budget of characters per
line. Its answers are never trusted: what is missing or cannot be right is asked again, in smaller and plainer questions.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from pipeline.engines.apertium.text_normalization import close_spanish_marks, open_spanish_marks
from pipeline.engines.llm import answer_parser, compact_prompts
from pipeline.engines.llm.chat_client import ChatClient, ContextOverflow
from pipeline.engines.llm.chat_dialect import Question
from pipeline.engines.llm.chat_response import Answer
from pipeline.engines.llm.film_study import FilmReader
from pipeline.engines.llm.speaking_rates import characters_per_second
from pipeline.engines.llm.translation_checks import (
    filter_translations,
    has_terms,
    has_words,
    is_believable,
    normalize_text,
    strip_decoration,
)
from pipeline.engines.llm.translation_prompts import (
    VERSION,
    Manner,
    PromptContext,
    PromptLine,
    make_prompt_line,
    make_shortening_question,
)
from pipeline.engines.protocols import Passage, Translated, Usage
from pipeline.errors import EngineError
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.film_context import Brief
from pipeline.values.timeline import Line, Segment

log = logging.getLogger(__name__)

URL = "http://127.0.0.1:8001/v1"
WINDOW = 8_192  # tokens, where neither option nor server says
SMALLEST_WINDOW = 1_024  # below it the rules alone fill it
SECOND_BATCH = 8  # lines of a question that is asked again
WARMTH = (0.0, 0.3, 0.6)  # temperatures of the plain questions: at 0 the same words would come back
THINKING = 4_096  # tokens set aside once a model is seen to reason before it answers
SHORTER = (0.9, 0.7)  # of the present wording: the most that the first and second try at a shorter one may have
Round = tuple[int, Manner, tuple[float, int]]  # lines at a time, how they are asked for, temperature and seed
Style = Literal["full", "compact"]
LEAST_KEPT = 0.25  # of a budget: a shorter wording below it has lost its meaning


class LlmTranslator:
    """Translator by a language model on a server. Asks the server nothing before the first question."""

    requirements = EngineRequirements(licence="Apache-2.0; the model's own licence holds for what the server runs")
    rephrases = True

    def __init__(
        self,
        model: str = "",
        *,
        revision: str | None = None,
        url: str = URL,
        api_key: str | None = None,
        lines_at_once: int = 40,
        window: int | None = None,
        style: Style = "full",
        compare: bool = False,
        reflect: bool = False,
        timeout: float = 120.0,
        tries: int = 4,
        concurrency: int = 8,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`model`: "" for the first that the server lists; `revision`: of the model as it is served. `window`: tokens, None to ask the server.

        `style`: "compact" asks a small model: short questions, no study of the film. `compare`: in a list, hold each line against
        the next translator's. `reflect`: let the model look at its lines a second time. `timeout`: seconds for one answer; `tries`: for one question.
        EngineError where URL or key cannot be used.
        """
        if window is not None and window < SMALLEST_WINDOW:
            raise EngineError(
                "llm", f"a window of {window} tokens is too small for any question; give at least {SMALLEST_WINDOW}"
            )
        if lines_at_once < 1 or concurrency < 1:
            raise EngineError("llm", "lines_at_once and concurrency must be at least 1; mend the profile")
        if style not in get_args(Style):
            raise EngineError("llm", f"style {style!r} is none of {', '.join(get_args(Style))}; mend the profile")
        if style == "compact" and reflect:
            raise EngineError("llm", "style: compact has no second look; take reflect or the style out of the profile")
        self._compact, self.is_compared = style == "compact", compare
        self._chat = ChatClient(url, model, api_key=api_key, timeout=timeout, tries=tries, sleep=sleep)
        self._revision, self._window, self._reflect = revision, window, reflect
        self._thinking = 0  # tokens; grows once when the model is seen to reason
        self.lines_at_once, self.concurrency = lines_at_once, concurrency

    @staticmethod
    def pairs() -> None:
        """Any."""

    @property
    def fingerprint(self) -> str:
        """Model, prompts and options. The URL is not part of it: the same model elsewhere gives the same answers."""
        return (
            f"llm;{self._chat.model}{f'@{self._revision}' if self._revision else ''};prompts={VERSION};temperature=0;seed=0;window={self._window or 'auto'};"
            f"lines={self.lines_at_once};reflect={int(self._reflect)}"
            + (f";compact={compact_prompts.VERSION}" if self._compact else "")
            + (";compared=2" if self.is_compared else "")
        )

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> Brief:
        """What the dialogue as a whole tells. Empty where the model says nothing usable, and where it is asked compactly: what
        small models note of a film is more often wrong than right. EngineError where it is not there.
        """
        if self._compact:
            return Brief()
        return FilmReader(self._ask, self._tokens(), self._thinking, self.concurrency).study(
            segments, source=source, target=target
        )

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment, None for a line that could not be had in any way. EngineError where the server fails."""
        attempt = _Attempt(self, passage, source, target)
        pending = [line for line in attempt.lines if has_words(line.text)]
        spare = {line.name: line.text for line in attempt.lines if not has_words(line.text)}
        for size, manner, warmth in self._rounds(len(pending)):
            for start in range(0, len(pending), size):
                attempt.ask(pending[start : start + size], manner, *warmth)
            pending = [line for line in pending if line.name not in attempt.texts]
            if not pending:
                break
        texts = spare | attempt.texts
        for line in pending:
            number = passage.segments[int(line.name) - 1].number
            log.warning("llm: line %d could not be translated into %s; it is left as it was spoken", number, target)
        return Translated(tuple(texts.get(line.name) for line in attempt.lines), attempt.usage)

    def rephrase(self, line: Line, seconds: float) -> str:
        """The line in fewer words, speakable in `seconds`; the shortest that was had, or its text where none is shorter."""
        present, best = normalize_text(line.text), line.text
        fitting = max(2, int(characters_per_second(line.language) * seconds))
        for share in SHORTER:
            room = max(2, min(fitting, int(share * len(present))))
            said = self._shortened(line, room)
            if said and len(said) < len(best):
                best = said
            if len(best) <= room:
                break
        return best

    def _shortened(self, line: Line, room: int) -> str | None:
        try:
            answer = self._ask(make_shortening_question(line, room, self._tokens(), self._thinking))
        except ContextOverflow:
            return None
        value = answer_parser.extract_object(answer.text)
        frame = make_prompt_line(1, line.segment, line.language, line.language)
        said = strip_decoration(value["line"], frame) if value and isinstance(value.get("line"), str) else ""
        kept = len(said) >= LEAST_KEPT * min(room, len(line.text))
        return said if kept and is_believable(said, frame, target=line.language, foreign=False) else None

    def _ask(self, question: Question) -> Answer:
        answer = self._chat.ask(question)
        if answer.has_reasoned and not self._thinking:
            self._thinking = min(THINKING, self._tokens() // 3)
            log.info("llm: the model reasons before it answers; %d tokens are set aside for it", self._thinking)
        return answer

    def _rounds(self, pending: int) -> list[Round]:
        """A compact question is asked again once: a small model that failed twice is no better the third time."""
        if self._compact:
            return [(self.lines_at_once, Manner.FULL, (0.0, 0)), (1, Manner.ALONE, (0.0, 0))]
        return _rounds(pending, self.lines_at_once)

    def _tokens(self) -> int:
        """The context window."""
        return self._window or max(SMALLEST_WINDOW, self._chat.fetch_card().window or WINDOW)


class _Attempt:
    """The translation of one passage as it grows."""

    def __init__(self, translator: LlmTranslator, passage: Passage, source: str, target: str) -> None:
        self._translator, self._passage, self._source, self._target = translator, passage, source, target
        self.lines = self._setting().asked()
        self.texts: dict[str, str] = {}
        self.usage = Usage()

    def _setting(self) -> PromptContext:
        translator = self._translator
        return PromptContext(self._passage, self._source, self._target, translator._tokens(), translator._thinking)

    def ask(self, lines: Sequence[PromptLine], manner: Manner, temperature: float, seed: int) -> None:
        """Ask for these lines, in as many questions as the window makes of them, and keep what is sound."""
        setting = self._setting()
        question = self._question(setting, lines, manner, temperature, seed)
        try:
            answer = self._answer(question) if setting.is_within_window(question) else None
        except ContextOverflow:
            answer = None
        if answer is None:
            if len(lines) > 1:
                middle = len(lines) // 2
                self.ask(lines[:middle], manner, temperature, seed)
                self.ask(lines[middle:], manner, temperature, seed)
            return
        before = len(self.texts)
        had = self._sound(lines, _texts(answer, lines, manner))
        self.texts |= self._improved([line for line in lines if line.name in had], had)
        rest = [line for line in lines if line.name not in self.texts]
        wiser = self._translator._thinking > setting.thinking  # it was cut off while it reasoned: now it has room
        if rest and not answer.complete and (len(self.texts) > before or wiser):
            self.ask(rest, manner, temperature, seed)

    def _question(
        self, setting: PromptContext, lines: Sequence[PromptLine], manner: Manner, temperature: float, seed: int
    ) -> Question:
        if not self._translator._compact:
            return setting.question(lines, manner, temperature=temperature, seed=seed)
        return compact_prompts.make_compact_question(
            lines,
            self._passage,
            self._source,
            self._target,
            again=manner is not Manner.FULL,
            temperature=temperature,
            seed=seed,
        )

    def _improved(self, lines: Sequence[PromptLine], drafts: dict[str, str]) -> dict[str, str]:
        """The drafts after a second look, where that is wished for and gives every line; else as they are."""
        if not self._translator._reflect or not lines:
            return drafts
        setting = self._setting()
        question = setting.make_review_question(lines, drafts)
        try:
            answer = self._answer(question) if setting.is_within_window(question) else None
        except ContextOverflow:
            answer = None
        found = (
            answer_parser.extract_translations(answer.text, [line.name for line in lines], complete=answer.complete)
            if answer
            else {}
        )
        better = self._sound(lines, found)
        if len(better) < len(lines):
            log.info("llm: a second look gave %d of %d lines; the drafts stay", len(better), len(lines))
            return drafts
        return better

    def _sound(self, lines: Sequence[PromptLine], texts: dict[str, str]) -> dict[str, str]:
        terms = self._passage.brief.terms
        kept = filter_translations(
            lines, texts, source=self._source, target=self._target, kept_terms=[term.target for term in terms]
        )
        if not self._translator._compact:
            return kept
        if languages.is_same_language(self._target, "es"):  # small models forget them
            kept = {name: open_spanish_marks(close_spanish_marks(text)) for name, text in kept.items()}
        # The terms are those that a person settled: nothing was studied.
        return {line.name: kept[line.name] for line in lines if line.name in kept and has_terms(kept[line.name], line, terms)}

    def _answer(self, question: Question) -> Answer:
        answer = self._translator._ask(question)
        self.usage += answer.usage
        return answer


def _rounds(pending: int, most: int) -> list[Round]:
    """How to ask, and again for what is missing: lines at a time, manner, (temperature, seed). No question comes twice."""
    first = (most, Manner.FULL, (0.0, 0))
    half = min(most, pending) // 2
    smaller = [(min(SECOND_BATCH, half), Manner.FULL, (0.0, 0))] if half else []
    plain = [(1, Manner.PLAIN, (warmth, seed)) for seed, warmth in enumerate(WARMTH)]
    return [first, *smaller, (1, Manner.ALONE, (0.0, 0)), *plain]


def _texts(answer: Answer, lines: Sequence[PromptLine], manner: Manner) -> dict[str, str]:
    """What an answer gives for these lines."""
    if manner is not Manner.PLAIN:
        return answer_parser.extract_translations(answer.text, [line.name for line in lines], complete=answer.complete)
    if not answer.complete:
        return {}
    if "{" in answer.text and (
        found := answer_parser.extract_translations(answer.text, [lines[0].name])
    ):  # it would not be plain
        return found
    value = answer_parser.extract_object(answer.text)
    texts = [text for text in value.values() if isinstance(text, str)] if value else []
    if value:
        return {lines[0].name: texts[0]} if len(texts) == 1 else {}
    said = [line.strip() for line in answer_parser.strip_reasoning(answer.text).replace("```", "\n").splitlines() if line.strip()]
    if len(said) > 1 and said[0].endswith((":", "：")):  # "Here is the translation:"
        said = said[1:]
    return {lines[0].name: said[0]} if said else {}
