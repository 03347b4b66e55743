"""Progress of a passage through a fallback list of translators: which segments have a text, and from which engine."""

import logging
from collections.abc import Mapping
from dataclasses import replace

from pipeline.engines.protocols import Passage, Translated, Usage
from pipeline.errors import EngineError
from pipeline.values.notes import Note, Severity

log = logging.getLogger(__name__)

EMPTY: Mapping[int, tuple[str, ...]] = {}


class PassageProgress:
    """Translations of a passage so far: the texts by segment, token usage, and notes on the engines that gave or failed to give them."""

    def __init__(self, passage: Passage, notes: tuple[Note, ...]) -> None:
        self._passage = passage
        self._texts: dict[int, str] = {}  # index in the passage → text
        self._untranslated: dict[int, tuple[str, ...]] = {}  # index → words that its engine left as they were
        self._usage, self._notes = Usage(), list(notes)
        self._reasons: list[str] = []
        self._error: EngineError | None = None
        self._has_answer = False

    @property
    def pending(self) -> tuple[int, ...]:
        """Indices of the segments that have no text yet."""
        return tuple(n for n in range(len(self._passage.segments)) if n not in self._texts)

    def untranslated_passage(self) -> Passage:
        """The segments without a text as a passage, with its context."""
        pending = self.pending
        if len(pending) == len(self._passage.segments):
            return self._passage
        return replace(self._passage, segments=tuple(self._passage.segments[n] for n in pending))

    @property
    def numbers(self) -> tuple[int, ...]:
        """Indices of the segments that have a text."""
        return tuple(sorted(self._texts))

    def translated_passage(self) -> Passage:
        """The segments that have a text as a passage, with its context."""
        return replace(self._passage, segments=tuple(self._passage.segments[n] for n in self.numbers))

    def text_of(self, n: int) -> str:
        """The translation of a segment that has one, by its index."""
        return self._texts[n]

    def source_text_of(self, n: int) -> str:
        """The source text of a segment, by its index."""
        return self._passage.segments[n].text

    def passage_of(self, texts: Mapping[int, str]) -> Passage:
        """A passage with these texts, by index, as source texts, and without context: for back-translation."""
        return Passage(tuple(replace(self._passage.segments[n], text=text) for n, text in texts.items()))

    def replace_texts(
        self, name: str, texts: Mapping[int, str], *, reason: str, untranslated: Mapping[int, tuple[str, ...]] = EMPTY
    ) -> None:
        """Replace texts, by index, by those of another engine. `reason`: a clause of the note behind its name."""
        changed = {n: text for n, text in texts.items() if text != self._texts[n]}
        self._texts |= changed
        self._untranslated |= {n: untranslated.get(n, ()) for n in changed}
        if changed:
            numbers = tuple(self._passage.segments[n].number for n in changed)
            self._notes.append(Note(f"Translated by {name}, {reason}", Severity.INFO, numbers))

    def add_answer(self, name: str, answer: Translated) -> None:
        """Add the texts of an engine for the segments without one. A wrong number of texts counts as a failure."""
        pending = self.pending
        if len(answer.texts) != len(pending):
            self.add_failure(name, EngineError(name, f"it answered {len(answer.texts)} texts for {len(pending)} segments"))
            return
        usable = {n: text for n, text in zip(pending, answer.texts, strict=True) if text is not None and text.strip()}
        self._texts |= usable
        self._untranslated |= dict(zip(pending, answer.untranslated, strict=False))
        self._usage, self._has_answer = self._usage + answer.usage, True
        numbers = tuple(self._passage.segments[n].number for n in usable)
        if self._reasons and numbers:
            text = f"Translated by {name}, because {' and '.join(self._reasons)}"
            self._notes.append(Note(text, Severity.WARNING, numbers))
        self._notes += answer.notes
        self._reasons.append(f"{name} gave no usable text")

    def add_failure(self, name: str, error: EngineError) -> None:
        """Record the error of an engine that failed."""
        log.warning("%s could not translate: %s", name, error)
        self._error = self._error or error
        self._reasons.append(f"{name} could not be asked ({str(error).removeprefix(f'{name}: ')})")

    def build_result(self) -> Translated:
        """The translation of the passage. EngineError, the first one, if no engine answered."""
        if self._error is not None and not self._has_answer:
            raise self._error
        texts = tuple(self._texts.get(n) for n in range(len(self._passage.segments)))
        left = tuple(self._untranslated.get(n, ()) for n in range(len(texts)))
        return Translated(texts, self._usage, tuple(self._notes), left if any(left) else ())
