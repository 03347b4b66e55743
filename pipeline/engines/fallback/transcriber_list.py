"""Fallback list of transcribers: each language is recognised by the first engine that supports it."""

from collections.abc import Sequence

from pipeline.engines.fallback.list_members import LanguageMembers, Member, check_all, find_by_name, join_fingerprints
from pipeline.engines.protocols import Transcriber, Utterance
from pipeline.text.languages import Guess
from pipeline.values.timeline import Word


class TranscriberList:
    """Transcriber over a list: the first engine that supports the language recognises it; the first of several languages identifies it."""

    def __init__(self, members: Sequence[Member[Transcriber]]) -> None:
        self._members = LanguageMembers(members)
        self.languages = self._members.all
        self.concurrency = min(member.engine.concurrency for member in members)
        self.longest_utterance = min(member.engine.longest_utterance for member in members)
        self.across_speakers = all(member.engine.across_speakers for member in members)

    @property
    def fingerprint(self) -> str:
        """The fingerprints of all members."""
        return join_fingerprints(self._members.members)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Language → fingerprint of the engine that recognises it."""
        return self._members.fingerprints

    @property
    def is_provisional(self) -> bool:
        """True while a member's server is away and its last known model stands for it."""
        return self._members.is_provisional

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        """The words that the language's engine recognises."""
        return self._members.find_member(language).engine.transcribe(utterance, language=language, prompt=prompt)

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        """Identify the spoken language by the first member with more than one; empty if each has one only."""
        several = (each for each in self._members.members if each.languages is None or len(each.languages) > 1)
        member = next(several, None)
        return member.engine.identify(utterance) if member else ()

    def check(self) -> None:
        """EngineLost if a member has lost its device."""
        check_all(member.engine for member in self._members.members)

    def find_engine(self, name: str) -> Transcriber:
        """Find an engine of the list by its name. SettingsError where there is none."""
        return find_by_name(self._members.members, name)
