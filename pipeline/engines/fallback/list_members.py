"""Members of a fallback list of engines, by language: the first that supports a language answers for it.

A list runs inside one replica and implements its role's protocol like a single engine. Its `fingerprints` name, for each language
(of a translator: for each pair, `source→target`), only the engines that can answer for it, so that another version of one engine
leaves the cached answers of the others valid; "" stands for the languages that no engine of the list names. An engine that
is not the first of its list has another fingerprint there than alone: its answers carry a note with the reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pipeline.engines.protocols import Engine
from pipeline.errors import LanguageError, SettingsError
from pipeline.text import languages

E = TypeVar("E", bound=Engine)


@dataclass(frozen=True, slots=True)
class Member(Generic[E]):
    """One engine of a list, by its name. `languages`: BCP 47 tags that it understands or speaks, None: any."""

    name: str
    engine: E
    languages: frozenset[str] | None = None


class LanguageMembers(Generic[E]):
    """Members of a list by language: the first that supports it answers, and its fingerprint is the language's."""

    def __init__(self, members: Sequence[Member[E]]) -> None:
        self.members = tuple(members)
        self.all = _union(member.languages for member in members)
        self._named = _union(member.languages for member in members if member.languages is not None) or frozenset()

    @property
    def fingerprints(self) -> dict[str, str]:
        """Language → fingerprint of the engine that answers for it; "": of languages that no engine names."""
        found = {tag: self._fingerprint(tag) for tag in self._named}
        return found | ({"": self._fingerprint(None)} if any(member.languages is None for member in self.members) else {})

    @property
    def is_provisional(self) -> bool:
        """True while a member's server is away and its last known model stands for it."""
        return any(getattr(member.engine, "is_provisional", False) for member in self.members)

    def find_member(self, language: str) -> Member[E]:
        """Find the first member that supports the language. LanguageError if none does."""
        for member in self.members:
            if languages.is_among(language, member.languages):
                return member
        raise LanguageError(f"{say_none_of(self.members)} can do {name_language(language)}; choose another engine or language")

    def find_skipped(self, language: str | None) -> tuple[str, ...]:
        """Find the names of the members before the first that supports the language. None: a language that no member names."""
        able = (_supports(member, language) for member in self.members)
        return tuple(member.name for member in self.members[: next((n for n, can in enumerate(able) if can), 0)])

    def _fingerprint(self, language: str | None) -> str:
        skipped = self.find_skipped(language)
        return fingerprint_after(skipped, self.members[len(skipped)].engine.fingerprint)


def _supports(member: Member[Any], language: str | None) -> bool:
    return member.languages is None or (language is not None and languages.is_among(language, member.languages))


def _union(sets: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for each in sets:
        if each is None:
            return None
        found |= each
    return found


def find_by_name(members: Sequence[Member[E]], name: str) -> E:
    """Find the engine of a name. SettingsError where the list has none."""
    found = next((member.engine for member in members if member.name == name), None)
    if found is None:
        raise SettingsError("engine", name, f"it is {say_none_of(members)}")
    return found


def join_fingerprints(members: Sequence[Member[Any]]) -> str:
    """The fingerprints of all members as one."""
    return " | ".join(member.engine.fingerprint for member in members)


def fingerprint_after(skipped: Sequence[str], fingerprint: str) -> str:
    """A fingerprint with the names of the engines of the list that were skipped: the answers' notes name them."""
    return "; ".join([*(f"not {name}" for name in skipped), fingerprint])


def check_all(engines: Iterable[Engine]) -> None:
    """Check the devices of all engines: EngineLost if one has lost its own."""
    for engine in engines:
        if check := getattr(engine, "check", None):
            check()


def name_language(tag: str) -> str:
    """A language for people: `Catalan (ca)`."""
    return f"{languages.get_english_name(tag)} ({tag})"


def say_cannot(names: Sequence[str], verb: str) -> str:
    """`kokoro and xtts cannot speak`."""
    return f"{names[0]} cannot {verb}" if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]} cannot {verb}"


def say_none_of(members: Sequence[Member[Any]]) -> str:
    """`none of kokoro, espeak`."""
    return "none of " + ", ".join(member.name for member in members)
