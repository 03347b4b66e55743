"""Lists of engines in one role: the first that can do a language does it, and the dub is told where that was not the first.

A list is built inside one replica and plays its role like a single engine. Its `fingerprints` name, for each language (of a
translator: for each pair, `source→target`), only the engines that can answer for it, so that another version of one engine
leaves the cached answers of the others alone; "" stands for the languages that no engine of the list names. An engine that
is not the first of its list has another fingerprint there than alone: its answers carry the note that says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from pipeline.engines.protocols import Engine, SynthesizedSpeech, Synthesizer, Transcriber, Utterance
from pipeline.errors import LanguageError
from pipeline.text import languages
from pipeline.text.languages import Guess
from pipeline.values.notes import Note
from pipeline.values.timeline import Speaker, Voice, Word

E = TypeVar("E", bound=Engine)


@dataclass(frozen=True, slots=True)
class Member(Generic[E]):
    """One engine of a list, by its name. `languages`: tags that it understands or speaks, None: any."""

    name: str
    engine: E
    languages: frozenset[str] | None = None


class _Languages(Generic[E]):
    """The members of a list by language: the first that can do it, and its fingerprint."""

    def __init__(self, members: Sequence[Member[E]]) -> None:
        self.members = tuple(members)
        self.all = _union(member.languages for member in members)
        named = _union(member.languages for member in members if member.languages is not None) or frozenset()
        self.fingerprints = {tag: self._fingerprint(tag) for tag in named}
        if any(member.languages is None for member in members):
            self.fingerprints[""] = self._fingerprint(None)

    def member(self, language: str) -> Member[E]:
        """The first that can do this language. LanguageError where none can."""
        for member in self.members:
            if languages.is_among(language, member.languages):
                return member
        raise LanguageError(f"{say_none_of(self.members)} can do {name_language(language)}; choose another engine or language")

    def find_skipped(self, language: str | None) -> tuple[str, ...]:
        """Names of those before the first that can do it. None: a language that no member names."""
        able = (_is_able(member, language) for member in self.members)
        return tuple(member.name for member in self.members[: next((n for n, can in enumerate(able) if can), 0)])

    def _fingerprint(self, language: str | None) -> str:
        skipped = self.find_skipped(language)
        return fingerprint_after(skipped, self.members[len(skipped)].engine.fingerprint)


def _is_able(member: Member[Any], language: str | None) -> bool:
    return member.languages is None or (language is not None and languages.is_among(language, member.languages))


class SynthesizerList:
    """Synthesizer over a list: casting, voices and speech of a language are those of the first engine that speaks it."""

    def __init__(self, members: Sequence[Member[Synthesizer]]) -> None:
        self._members = _Languages(members)
        self.languages = self._members.all
        self.fingerprint, self.fingerprints = join_fingerprints(members), self._members.fingerprints
        self.concurrency = min(member.engine.concurrency for member in members)
        self.clones = any(member.engine.clones for member in members)

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        """The voices that the language's engine gives."""
        return self._members.member(language).engine.cast(speakers, language=language)

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Those of the language's engine."""
        return self._members.member(language).engine.voices(language=language)

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        """The line, spoken by the language's engine, with a note where that is not the first of the list."""
        member = self._members.member(language)
        spoken = member.engine.speak(text, voice, language=language, seconds=seconds)
        skipped = self._members.find_skipped(language)
        if not skipped:
            return spoken
        told = Note(f"{name_language(language)} is spoken by {member.name}, because {say_cannot(skipped, 'speak')} it")
        return replace(spoken, notes=(*spoken.notes, told))

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """The length of a text at its natural pace, in seconds; None where the language's engine cannot tell it before it speaks."""
        told = getattr(self._members.member(language).engine, "seconds", None)
        return told(text, voice, language=language) if told else None

    def check(self) -> None:
        """EngineLost where a member has lost its device."""
        check_all(member.engine for member in self._members.members)


class TranscriberList:
    """Transcriber over a list: the first engine that understands the language. The first that tells languages apart hears it."""

    def __init__(self, members: Sequence[Member[Transcriber]]) -> None:
        self._members = _Languages(members)
        self.languages = self._members.all
        self.fingerprint, self.fingerprints = join_fingerprints(members), self._members.fingerprints
        self.concurrency = min(member.engine.concurrency for member in members)
        self.longest_utterance = min(member.engine.longest_utterance for member in members)
        self.across_speakers = all(member.engine.across_speakers for member in members)

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """The words as the language's engine hears them."""
        return self._members.member(language).engine.transcribe(utterance, language=language, prompt=prompt)

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """The languages that the first member hears which knows more than one; empty where each knows one alone."""
        several = (each for each in self._members.members if each.languages is None or len(each.languages) > 1)
        member = next(several, None)
        return member.engine.identify(utterance) if member else ()

    def check(self) -> None:
        """EngineLost where a member has lost its device."""
        check_all(member.engine for member in self._members.members)


def _union(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for each in sets:
        if each is None:
            return None
        found |= each
    return found


def join_fingerprints(members: Sequence[Member[Any]]) -> str:
    """The fingerprints of all members as one."""
    return " | ".join(member.engine.fingerprint for member in members)


def fingerprint_after(skipped: Sequence[str], fingerprint: str) -> str:
    """A fingerprint that tells which engines of the list were passed over: the answers' notes name them."""
    return "; ".join([*(f"not {name}" for name in skipped), fingerprint])


def check_all(engines: Iterable[Engine]) -> None:
    """EngineLost where one of them has lost its device."""
    for engine in engines:
        if check := getattr(engine, "check", None):
            check()


def name_language(tag: str) -> str:
    """A language for people: `Catalan (ca)`."""
    return f"{languages.english_name(tag)} ({tag})"


def say_cannot(names: Sequence[str], verb: str) -> str:
    """`kokoro and xtts cannot speak`."""
    return f"{names[0]} cannot {verb}" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} cannot {verb}"


def say_none_of(members: Sequence[Member[Any]]) -> str:
    """`none of kokoro, espeak`."""
    return "none of " + ", ".join(member.name for member in members)
