"""Translation by a large language model behind any OpenAI-compatible URL: vLLM, llama.cpp, Ollama, or hosted.

The model reads the whole film first, then translates passages with the dialogue around them and a budget of characters per
line.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, get_args

from pipeline.engines.llm import answer_parser, compact_prompts
from pipeline.engines.llm.chat_client import ChatClient, ContextOverflow
from pipeline.engines.llm.context_window import MIN_WINDOW, WindowedChat
from pipeline.engines.llm.film_study import FilmReader
from pipeline.engines.llm.passage_translation import PassageTranslation, PromptStyle
from pipeline.engines.llm.shortening_prompt import Budget, make_budgets, make_shortening_question
from pipeline.engines.llm.translation_checks import has_words, is_believable, strip_decoration
from pipeline.engines.llm.translation_prompts import VERSION, make_prompt_line
from pipeline.engines.protocols import Passage, Translated
from pipeline.errors import EngineError
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.film_context import FilmContext
from pipeline.values.timeline import Line, Segment

log = logging.getLogger(__name__)

URL = "http://127.0.0.1:8001/v1"
SECOND_TRY = 0.8  # of each share: a second question, where the first brought no wording that is short enough
MIN_KEPT_SHARE = 0.25  # of a budget: a shorter wording below it has lost its meaning

Style = Literal["full", "compact"]


class LlmTranslator:
    """Translator by a language model on a server. Connects at the first question only."""

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
        """`model`: "" for the first that the server lists; `revision`: of the model as it is served. `window`: tokens, None to take
        the server's.

        `style`: "compact" for a small model: short questions, no study of the film. `compare`: in a list of engines, compare each
        line with the next translator's. `reflect`: have the model review its lines. `timeout`: seconds for one answer; `tries`:
        for one question.
        EngineError if URL, key or an option cannot be used.
        """
        if window is not None and window < MIN_WINDOW:
            raise EngineError("llm", f"a window of {window} tokens is too small for any question; give at least {MIN_WINDOW}")
        if lines_at_once < 1 or concurrency < 1:
            raise EngineError("llm", "lines_at_once and concurrency must be at least 1; mend the profile")
        if style not in get_args(Style):
            raise EngineError("llm", f"style {style!r} is none of {', '.join(get_args(Style))}; mend the profile")
        if style == "compact" and reflect:
            raise EngineError("llm", "style: compact has no second look; take reflect or the style out of the profile")
        self._client = ChatClient(url, model, api_key=api_key, timeout=timeout, tries=tries, sleep=sleep)
        self._chat = WindowedChat(self._client, window)
        self._style = PromptStyle(lines_at_once, compact=style == "compact", reflect=reflect)
        self._revision, self._window, self.is_compared = revision, window, compare
        self.lines_at_once, self.concurrency = lines_at_once, concurrency

    @staticmethod
    def pairs() -> None:
        """None: any pair of languages."""

    @property
    def fingerprint(self) -> str:
        """Model, prompts and options. The URL is not part of it: the same model elsewhere gives the same answers."""
        return (
            f"llm;{self._client.model}{f'@{self._revision}' if self._revision else ''};prompts={VERSION};temperature=0;seed=0;"
            f"window={self._window or 'auto'};lines={self.lines_at_once};reflect={int(self._style.reflect)}"
            + (f";compact={compact_prompts.VERSION}" if self._style.compact else "")
            + (";compared=2" if self.is_compared else "")
        )

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        """Notes on the film, from its whole dialogue. EngineError if the server fails.

        Empty if no answer is usable, and in the compact style: the notes of small models are more often wrong than right.
        """
        if self._style.compact:
            return FilmContext()
        reader = FilmReader(self._chat.ask, self._chat.window, self._chat.reasoning_tokens, self.concurrency)
        return reader.study(segments, source=source, target=target)

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment, None for a line that could not be translated in any round. EngineError if the server fails."""
        translation = PassageTranslation(self._chat, self._style, passage, source, target)
        pending = [line for line in translation.lines if has_words(line.text)]
        wordless = {line.name: line.text for line in translation.lines if not has_words(line.text)}
        for step in self._style.plan_rounds(len(pending)):
            for start in range(0, len(pending), step.size):
                translation.ask(pending[start : start + step.size], step)
            pending = [line for line in pending if line.name not in translation.texts]
            if not pending:
                break
        texts = wordless | translation.texts
        for line in pending:
            number = passage.segments[int(line.name) - 1].number
            log.warning("llm: line %d could not be translated into %s; it is left as it was spoken", number, target)
        return Translated(tuple(texts.get(line.name) for line in translation.lines), translation.usage)

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        """Shorter wordings, the longest first: one for each share of the present text's syllables, in one call.

        Asked once more for less where none of them is short enough. None that is not believable, or not shorter.
        """
        found: dict[str, None] = {}
        for factor in (1.0, SECOND_TRY):
            budgets = make_budgets(line, [factor * share for share in shares])
            found |= dict.fromkeys(self._ask_shorter(line, budgets, source))
            if any(len(text) <= shares[0] * len(line.text) for text in found):
                break
        return tuple(sorted(found, key=len, reverse=True))

    def _ask_shorter(self, line: Line, budgets: Sequence[Budget], source: str) -> Iterator[str]:
        """The wordings of one answer that are valid."""
        try:
            question = make_shortening_question(line, budgets, self._chat.window, self._chat.reasoning_tokens)
            answer = self._chat.ask(question)
        except ContextOverflow:
            return
        value = answer_parser.extract_object(answer.text) or {}
        frame = make_prompt_line(1, line.segment, source, line.language)
        for budget in budgets:
            said = strip_decoration(text, frame) if isinstance(text := value.get(budget.name), str) else ""
            kept = MIN_KEPT_SHARE * min(budget.characters, len(line.text)) <= len(said) < len(line.text)
            if kept and is_believable(said, frame, target=line.language, foreign=False):
                yield said
