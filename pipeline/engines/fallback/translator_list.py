"""A list of translators in one role: line by line the first that has the pair, then the next where that one gives no text.

A member that is to be compared (`is_compared`) has each line held against the next member's: by translating both back, and by
the agreement of their words.

`pipeline.engines.fallback.engine_lists` tells of lists and their fingerprints.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from pipeline.engines.apertium.agreement import find_disagreements
from pipeline.engines.fallback.back_translation import choose_second
from pipeline.engines.fallback.engine_lists import Member, check_all, fingerprint_after, name_language, say_cannot, say_none_of
from pipeline.engines.protocols import Passage, Translated, Translator, Usage
from pipeline.errors import EngineError, EngineLost, LanguageError
from pipeline.text import languages
from pipeline.values.film_context import Brief
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Line, Segment

log = logging.getLogger(__name__)

T = TypeVar("T")
Pair = tuple[str, str]  # source, target

REST_S = (
    30.0  # a translator that could not be asked is left alone for so long: its retries would be waited for passage by passage
)


class TranslatorList:
    """Translator over a list: each line goes to the first engine that has the pair, and on to the next where that gives no text.

    `pairs`: name → what that engine can translate, None: any. A failed engine rests for `rest` seconds.
    """

    def __init__(
        self,
        members: Sequence[Member[Translator]],
        pairs: dict[str, frozenset[Pair] | None],
        *,
        rest: float = REST_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._members, self._pairs = tuple(members), pairs
        self._rest, self._clock = rest, clock
        self._failed: dict[str, tuple[float, EngineError]] = {}  # name → when it can be asked again, and why not before
        self._failing = threading.Lock()
        self.concurrency = min(member.engine.concurrency for member in members)
        self.rephrases = any(member.engine.rephrases for member in members)

    @property
    def lines_at_once(self) -> int | None:
        """As many as the member likes that likes the fewest."""
        return min((n for member in self._members if (n := member.engine.lines_at_once) is not None), default=None)

    @property
    def fingerprint(self) -> str:
        """Those of all members. One that cannot be asked for its model counts as not there."""
        return " | ".join(map(self._fingerprint_of, self._members))

    @property
    def is_provisional(self) -> bool:
        """True while a member cannot be asked for its model: the fingerprints are other ones once it can."""
        return any(self._fingerprint_of(member) == _absent(member.name) for member in self._members)

    @property
    def fingerprints(self) -> dict[str, str]:
        """`source→target` → the fingerprints of those that have the pair, in order; "": of those that have any pair."""
        own = {member.name: self._fingerprint_of(member) for member in self._members}
        named = {pair for pairs in self._pairs.values() if pairs is not None for pair in pairs}
        found = {f"{source}→{target}": self._fingerprints(self._able(source, target), own) for source, target in named}
        universal = tuple(member for member in self._members if self._pairs[member.name] is None)
        return found | ({"": self._fingerprints(universal, own)} if universal else {})

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> Brief:
        """What the first member finds out that has the pair and can be asked; empty where none can."""
        for member in self._able(source, target):
            try:
                return self._asked(member, lambda engine: engine.study(segments, source=source, target=target))
            except EngineLost:
                raise
            except EngineError as error:
                log.warning("%s could not study the film: %s", member.name, error)
        return Brief()

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment. LanguageError where no member has the pair; EngineError where none could be asked."""
        members = self._able(source, target)
        if not members:
            raise LanguageError(f"{say_none_of(self._members)} can translate {name_language(source)} to {name_language(target)}")
        work = _Passage(passage, self._skipped(members, source, target))
        for member in members:
            try:
                answer = self._asked(member, lambda engine: engine.translate(work.rest(), source=source, target=target))
            except EngineLost:
                raise  # another replica may do it
            except EngineError as error:
                work.failed(member.name, error)
            else:
                work.answered(member.name, answer)
                if member is members[0] and getattr(member.engine, "is_compared", False):
                    self._compare(work, members[1:], source=source, target=target)
            if not work.pending:
                break
        return work.translated()

    def _compare(self, work: "_Passage", others: Sequence[Member[Translator]], *, source: str, target: str) -> None:
        """Take the next member's text for each line that says more of the original there. Nothing where one cannot be asked."""
        judge = next((each for each in others if self._has_named(each, target, source)), None)
        if judge is None or not work.numbers:
            return
        other = others[0]
        try:
            answer = self._asked(other, lambda engine: engine.translate(work.part(), source=source, target=target))
            if len(answer.texts) != len(work.numbers) or not any(answer.texts):
                return
            candidates = {n: text for n, text in zip(work.numbers, answer.texts, strict=True) if text and text.strip()}
            mine = self._texts_of(judge, work.spoken({n: work.text(n) for n in candidates}), source=target, target=source)
            theirs = self._texts_of(judge, work.spoken(candidates), source=target, target=source)
        except EngineLost:
            raise
        except EngineError as error:
            log.warning("lines were not compared with those of %s: %s", other.name, error)
            return
        taken = choose_second([work.original(n) for n in candidates], mine, theirs)
        nearer = {n: candidates[n] for n, is_taken in zip(candidates, taken, strict=True) if is_taken}
        work.replace(other.name, nearer, reason="whose words say more of the original")
        wrong = _disagreeing({n: work.text(n) for n in candidates if n not in nearer}, target)
        no_better = _disagreeing({n: candidates[n] for n in wrong}, target)
        agreeing = {n: candidates[n] for n in wrong if n not in no_better}
        work.replace(other.name, agreeing, reason="whose words agree in gender and number")

    def _texts_of(self, member: Member[Translator], passage: Passage, *, source: str, target: str) -> list[str]:
        answer = self._asked(member, lambda engine: engine.translate(passage, source=source, target=target))
        return [text or "" for text in answer.texts]

    def _has_named(self, member: Member[Translator], source: str, target: str) -> bool:
        """Whether a member names this pair among those that it has: one that takes any is no judge."""
        pairs = self._pairs[member.name]
        return pairs is not None and languages.is_pair_among(source, target, pairs)

    def rephrase(self, line: Line, seconds: float) -> str:
        """The line in fewer words by the first member that rephrases; as it is where none of them can be asked."""
        for member in self._members:
            if member.engine.rephrases:
                try:
                    return self._asked(member, lambda engine: engine.rephrase(line, seconds))
                except EngineLost:
                    raise
                except EngineError as error:
                    log.warning("%s could not rephrase line %d: %s", member.name, line.number, error)
        return line.text

    def check(self) -> None:
        """EngineLost where a member has lost its device."""
        check_all(member.engine for member in self._members)

    def _able(self, source: str, target: str) -> tuple[Member[Translator], ...]:
        return tuple(member for member in self._members if languages.is_pair_among(source, target, self._pairs[member.name]))

    def _skipped(self, able: Sequence[Member[Translator]], source: str, target: str) -> tuple[Note, ...]:
        """What is to be told where the first member is left out, because it has not got the pair."""
        skipped = tuple(member.name for member in self._members[: self._members.index(able[0])])
        if not skipped:
            return ()
        way = f"{name_language(source)} to {name_language(target)}"
        return (Note(f"{way} is translated by {able[0].name}, because {say_cannot(skipped, 'translate')} it"),)

    def _fingerprints(self, able: Sequence[Member[Translator]], own: dict[str, str]) -> str:
        first = self._members.index(able[0])
        skipped = tuple(member.name for member in self._members[:first])
        return fingerprint_after(skipped, " | ".join(own[member.name] for member in able))

    def _fingerprint_of(self, member: Member[Translator]) -> str:
        try:
            return self._asked(member, lambda engine: engine.fingerprint)
        except EngineError:
            return _absent(member.name)

    def _asked(self, member: Member[Translator], question: Callable[[Translator], T]) -> T:
        """The member's answer. The same EngineError again, without asking, for one that failed a moment ago."""
        until, error = self._failed.get(member.name, (0.0, None))
        if error is not None and self._clock() < until:
            raise EngineError(*error.args)
        try:
            return question(member.engine)
        except EngineLost:
            raise
        except EngineError as problem:
            with self._failing:
                self._failed[member.name] = (self._clock() + self._rest, problem)
            raise


def _disagreeing(texts: Mapping[int, str], language: str) -> tuple[int, ...]:
    """Indices of the texts with a noun phrase whose words do not agree."""
    found = find_disagreements(list(texts.values()), language=language)
    return tuple(n for n, phrases in zip(texts, found, strict=True) if phrases)


def _absent(name: str) -> str:
    """The fingerprint of an engine that cannot be asked for its model."""
    return f"{name} could not be asked"


class _Passage:
    """A passage on its way through the members of a list: the texts that were had, and what is told of them."""

    def __init__(self, passage: Passage, notes: tuple[Note, ...]) -> None:
        self._passage = passage
        self._texts: dict[int, str] = {}  # index in the passage → text
        self._usage, self._notes = Usage(), list(notes)
        self._reasons: list[str] = []
        self._error: EngineError | None = None
        self._has_answer = False

    @property
    def pending(self) -> tuple[int, ...]:
        """Indices of the segments that have no text yet."""
        return tuple(n for n in range(len(self._passage.segments)) if n not in self._texts)

    def rest(self) -> Passage:
        """What is still to be translated, with all that is known of it."""
        pending = self.pending
        if len(pending) == len(self._passage.segments):
            return self._passage
        return replace(self._passage, segments=tuple(self._passage.segments[n] for n in pending))

    @property
    def numbers(self) -> tuple[int, ...]:
        """Indices of the segments that have a text."""
        return tuple(sorted(self._texts))

    def part(self) -> Passage:
        """Those segments, with all that is known of the passage."""
        return replace(self._passage, segments=tuple(self._passage.segments[n] for n in self.numbers))

    def text(self, n: int) -> str:
        """The text that a segment has."""
        return self._texts[n]

    def original(self, n: int) -> str:
        """What is said in a segment."""
        return self._passage.segments[n].text

    def spoken(self, texts: Mapping[int, str]) -> Passage:
        """These texts as if they were said, with nothing around them."""
        return Passage(tuple(replace(self._passage.segments[n], text=text) for n, text in texts.items()))

    def replace(self, name: str, texts: Mapping[int, str], *, reason: str) -> None:
        """Take these texts of another engine in the place of those that were had. `reason`: a clause behind its name."""
        changed = {n: text for n, text in texts.items() if text != self._texts[n]}
        self._texts |= changed
        if changed:
            numbers = tuple(self._passage.segments[n].number for n in changed)
            self._notes.append(Note(f"Translated by {name}, {reason}", Severity.INFO, numbers))

    def answered(self, name: str, answer: Translated) -> None:
        """Take the texts of an engine that was asked for the rest."""
        pending = self.pending
        if len(answer.texts) != len(pending):
            self.failed(name, EngineError(name, f"it answered {len(answer.texts)} texts for {len(pending)} segments"))
            return
        had = {n: text for n, text in zip(pending, answer.texts, strict=True) if text is not None and text.strip()}
        self._texts |= had
        self._usage, self._has_answer = self._usage + answer.usage, True
        numbers = tuple(self._passage.segments[n].number for n in had)
        if self._reasons and numbers:
            text = f"Translated by {name}, because {' and '.join(self._reasons)}"
            self._notes.append(Note(text, Severity.WARNING, numbers))
        self._notes += answer.notes
        self._reasons.append(f"{name} gave no usable text")

    def failed(self, name: str, error: EngineError) -> None:
        """Note why an engine could not be asked."""
        log.warning("%s could not translate: %s", name, error)
        self._error = self._error or error
        self._reasons.append(f"{name} could not be asked ({str(error).removeprefix(f'{name}: ')})")

    def translated(self) -> Translated:
        """All that was had. EngineError where nobody answered."""
        if self._error is not None and not self._has_answer:
            raise self._error
        texts = tuple(self._texts.get(n) for n in range(len(self._passage.segments)))
        return Translated(texts, self._usage, tuple(self._notes))
