"""Fallback list of translators: each line goes to the first engine that has the pair, and to the next where that gives no text.

An engine with `is_compared` has each line compared with the next engine's (`pipeline.engines.fallback.translation_comparison`).
Fingerprints of lists: `pipeline.engines.fallback.list_members`.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from pipeline.engines.fallback.circuit_breaker import COOLDOWN_S, CircuitBreaker
from pipeline.engines.fallback.list_members import (
    Member,
    check_all,
    find_by_name,
    fingerprint_after,
    name_language,
    say_cannot,
    say_none_of,
)
from pipeline.engines.fallback.passage_progress import PassageProgress
from pipeline.engines.fallback.translation_comparison import replace_worse_lines
from pipeline.engines.protocols import Passage, Translated, Translator
from pipeline.errors import EngineError, EngineLost, LanguageError
from pipeline.text import languages
from pipeline.values.film_context import FilmContext
from pipeline.values.notes import Note
from pipeline.values.timeline import Line, Segment

log = logging.getLogger(__name__)

T = TypeVar("T")
Pair = tuple[str, str]  # source, target


class TranslatorList:
    """Translator over a list: each line goes to the first engine that has the pair, and on to the next where that gives no text.

    `pairs`: name → pairs of that engine, None: any. A failed engine is not called for `cooldown` seconds.
    """

    def __init__(
        self,
        members: Sequence[Member[Translator]],
        pairs: dict[str, frozenset[Pair] | None],
        *,
        cooldown: float = COOLDOWN_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._members, self._pairs = tuple(members), pairs
        self._breaker = CircuitBreaker(cooldown=cooldown, clock=clock)
        self.concurrency = min(member.engine.concurrency for member in members)
        self.rephrases = any(member.engine.rephrases for member in members)

    @property
    def lines_at_once(self) -> int | None:
        """The smallest `lines_at_once` of the members; None if none of them has a limit."""
        return min((n for member in self._members if (n := member.engine.lines_at_once) is not None), default=None)

    def find_engine(self, name: str) -> Translator:
        """Find an engine of the list by its name. SettingsError where there is none."""
        return find_by_name(self._members, name)

    @property
    def fingerprint(self) -> str:
        """The fingerprints of all members; a placeholder for a member whose server cannot be reached."""
        return " | ".join(map(self._fingerprint_of, self._members))

    @property
    def is_provisional(self) -> bool:
        """True while a member's server cannot be reached: the fingerprints change once it answers."""
        return any(self._fingerprint_of(member) == _absent_fingerprint(member.name) for member in self._members)

    @property
    def fingerprints(self) -> dict[str, str]:
        """`source→target` → the fingerprints of the members that have the pair, in order; "": of those that have any pair."""
        own = {member.name: self._fingerprint_of(member) for member in self._members}
        named = {pair for pairs in self._pairs.values() if pairs is not None for pair in pairs}
        found = {f"{source}→{target}": self._join_fingerprints(self._find_able(source, target), own) for source, target in named}
        universal = tuple(member for member in self._members if self._pairs[member.name] is None)
        return found | ({"": self._join_fingerprints(universal, own)} if universal else {})

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        """The brief of the first member that has the pair and answers; empty if none does."""
        for member in self._find_able(source, target):
            try:
                return self._call(member, lambda engine: engine.study(segments, source=source, target=target))
            except EngineLost:
                raise
            except EngineError as error:
                log.warning("%s could not study the film: %s", member.name, error)
        return FilmContext()

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment. LanguageError if no member has the pair; EngineError if none could be reached."""
        members = self._find_able(source, target)
        if not members:
            raise LanguageError(f"{say_none_of(self._members)} can translate {name_language(source)} to {name_language(target)}")
        progress = PassageProgress(passage, self._note_skipped(members, source, target))
        for member in members:
            try:
                answer = self._translate_by(member, progress.untranslated_passage(), source, target)
            except EngineLost:
                raise  # another replica may do it
            except EngineError as error:
                progress.add_failure(member.name, error)
            else:
                progress.add_answer(member.name, answer)
                if member is members[0] and getattr(member.engine, "is_compared", False):
                    self._compare(progress, members[1:], source, target)
            if not progress.pending:
                break
        return progress.build_result()

    def _compare(self, progress: PassageProgress, others: Sequence[Member[Translator]], source: str, target: str) -> None:
        """Replace lines by the next member's better ones. No change if no member translates back, or one cannot be reached."""
        judge = next((each for each in others if self._has_named(each, target, source)), None)
        if judge is None or not progress.numbers:
            return
        other = others[0]
        try:
            replace_worse_lines(
                progress,
                other.name,
                lambda passage: self._translate_by(other, passage, source, target),
                lambda passage: self._translate_by(judge, passage, target, source),
                target=target,
            )
        except EngineLost:
            raise
        except EngineError as error:
            log.warning("lines were not compared with those of %s: %s", other.name, error)

    def _has_named(self, member: Member[Translator], source: str, target: str) -> bool:
        """True if a member names this pair among its own; one that takes any pair is not used for back-translation."""
        pairs = self._pairs[member.name]
        return pairs is not None and languages.is_pair_among(source, target, pairs)

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        """Shorter wordings by the first member that has the pair, rephrases and answers; none if none does."""
        for member in self._find_able(source, line.language):
            if member.engine.rephrases:
                try:
                    return self._call(member, lambda engine: engine.rephrase(line, shares, source=source))
                except EngineLost:
                    raise
                except EngineError as error:
                    log.warning("%s could not rephrase line %d: %s", member.name, line.number, error)
        return ()

    def check(self) -> None:
        """EngineLost if a member has lost its device."""
        check_all(member.engine for member in self._members)

    def _find_able(self, source: str, target: str) -> tuple[Member[Translator], ...]:
        return tuple(member for member in self._members if languages.is_pair_among(source, target, self._pairs[member.name]))

    def _note_skipped(self, able: Sequence[Member[Translator]], source: str, target: str) -> tuple[Note, ...]:
        """The note on members that are skipped because they lack the pair; empty if the first member has it."""
        skipped = tuple(member.name for member in self._members[: self._members.index(able[0])])
        if not skipped:
            return ()
        way = f"{name_language(source)} to {name_language(target)}"
        return (Note(f"{way} is translated by {able[0].name}, because {say_cannot(skipped, 'translate')} it"),)

    def _join_fingerprints(self, able: Sequence[Member[Translator]], own: dict[str, str]) -> str:
        first = self._members.index(able[0])
        skipped = tuple(member.name for member in self._members[:first])
        return fingerprint_after(skipped, " | ".join(own[member.name] for member in able))

    def _fingerprint_of(self, member: Member[Translator]) -> str:
        try:
            return self._call(member, lambda engine: engine.fingerprint)
        except EngineError:
            return _absent_fingerprint(member.name)

    def _translate_by(self, member: Member[Translator], passage: Passage, source: str, target: str) -> Translated:
        return self._call(member, lambda engine: engine.translate(passage, source=source, target=target))

    def _call(self, member: Member[Translator], question: Callable[[Translator], T]) -> T:
        return self._breaker.call(member.name, lambda: question(member.engine))


def _absent_fingerprint(name: str) -> str:
    """The placeholder fingerprint of an engine whose server cannot be reached."""
    return f"{name} could not be asked"
