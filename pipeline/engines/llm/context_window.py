"""Context window of a language model: token estimates, and a chat that keeps the window and the tokens that reasoning takes."""

import logging
import math

from pipeline.engines.llm.chat_client import ChatClient
from pipeline.engines.llm.chat_dialect import Question
from pipeline.engines.llm.chat_response import Answer

log = logging.getLogger(__name__)

DEFAULT_WINDOW = 8_192  # tokens, if neither option nor server gives it
MIN_WINDOW = 1_024  # tokens; below it the rules alone fill it
REASONING_TOKENS = 4_096  # set aside once a model is seen to reason before it answers


class WindowedChat:
    """Chat with a model whose window is known: as given, as its server lists it, or by default. Thread-safe."""

    def __init__(self, client: ChatClient, window: int | None) -> None:
        """`window`: tokens, None to take the server's."""
        self._client, self._window = client, window
        self.reasoning_tokens = 0  # per answer; grows once, when the model is seen to reason

    @property
    def window(self) -> int:
        """The context window, in tokens. EngineError if the server fails that would give it."""
        return self._window or max(MIN_WINDOW, self._client.fetch_card().window or DEFAULT_WINDOW)

    def ask(self, question: Question) -> Answer:
        """The model's answer. ContextOverflow if it does not fit the window; EngineError if the server fails or refuses."""
        answer = self._client.ask(question)
        if answer.has_reasoned and not self.reasoning_tokens:
            self.reasoning_tokens = min(REASONING_TOKENS, self.window // 3)
            log.info("llm: the model reasons before it answers; %d tokens are set aside for it", self.reasoning_tokens)
        return answer


def estimate_tokens(text: str) -> int:
    """Upper estimate of a text's tokens: tokenizers differ, and running over the window costs a question."""
    cost = 0.0
    for letter in text:
        point = ord(letter)
        if point < 0x80:
            cost += 0.32 if letter.isalnum() or letter == " " else 0.5
        elif point < 0x250:
            cost += 0.6
        elif point < 0x800:  # Greek, Cyrillic, Hebrew, Arabic
            cost += 0.7
        else:  # Indic, Thai, Chinese, …; what lies beyond is emoji, a token per byte
            cost += 1.3 if point < 0x10000 else 4.0
    return math.ceil(cost)
