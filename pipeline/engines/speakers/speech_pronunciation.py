"""Pronunciations of terms in synthesized speech: by IPA where a synthesizer reads it, else by respelling the text."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from pipeline.engines.protocols import SynthesizedSpeech, Synthesizer
from pipeline.text.pronunciation.lexicon import Lexicon, respell
from pipeline.values.notes import Note, Severity
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Voice


class PronouncingSynthesizer(Synthesizer, Protocol):
    """Synthesizer that reads IPA. Engines of one's own need not: they get texts in which terms are respelled."""

    reads_ipa: bool  # True; an engine without this attribute is never given `pronunciations`

    def seconds(self, text: str, voice: Voice, *, language: str, pronunciations: Sequence[Pronunciation] = ()) -> float | None:
        """Duration as `Synthesizer.seconds` predicts it, with these pronunciations."""
        ...

    def speak(
        self,
        text: str,
        voice: Voice,
        *,
        language: str,
        seconds: float | None,
        variation: int = 0,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> SynthesizedSpeech:
        """Synthesize `text` as `VaryingSynthesizer.speak` does, its terms by their IPA, and where there is none, respelled.

        `variation` is given only to an engine that varies.
        """
        ...


def can_read_ipa(synthesizer: Synthesizer) -> bool:
    """True if a synthesizer takes pronunciations (`PronouncingSynthesizer`)."""
    return bool(getattr(synthesizer, "reads_ipa", False))


def prepare_text(
    synthesizer: Synthesizer, text: str, pronunciations: Sequence[Pronunciation]
) -> tuple[str, Mapping[str, tuple[Pronunciation, ...]]]:
    """The text for a synthesizer, respelled where it reads no IPA, and the pronunciations that it takes itself, by their argument."""
    used = Lexicon(pronunciations).list_used(text)
    if not used:
        return text, {}
    if can_read_ipa(synthesizer):
        return text, {"pronunciations": used}
    return respell(text, used), {}


def note_unread_ipa(
    speech: SynthesizedSpeech, synthesizer: Synthesizer, text: str, pronunciations: Sequence[Pronunciation]
) -> SynthesizedSpeech:
    """The speech with a note on each term of its text that has IPA alone, where the synthesizer reads none."""
    if can_read_ipa(synthesizer):
        return speech
    unread = (each.term for each in Lexicon(pronunciations).list_used(text) if not each.respelling)
    return replace(speech, notes=(*speech.notes, *map(describe_unread_ipa, unread)))


def describe_unread_ipa(term: str) -> Note:
    """The note on a term that is spoken as it is spelt."""
    advice = f'give the glossary a respelling in double quotes as well: {term} "…"'
    return Note(f"“{term}” is spoken as it is spelt, because this voice reads no IPA; {advice}", Severity.WARNING)
