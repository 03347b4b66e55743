"""Casting from a choice of voices, for synthesizers that can, and by turns for those that cannot."""

from collections.abc import Sequence
from typing import Protocol

from pipeline.engines.protocols import Synthesizer
from pipeline.text import languages
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Speaker, Voice


class ChoosingSynthesizer(Synthesizer, Protocol):
    """Synthesizer that casts from a choice of its voices. Engines of one's own need not have it."""

    casts_choice: bool  # True; an engine without this attribute is never given `voices`

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        """Cast as `Synthesizer.cast` does. `voices`: names to cast from; empty: all."""
        ...


def can_cast_choice(synthesizer: Synthesizer) -> bool:
    """True if a synthesizer casts from a choice of voices (`ChoosingSynthesizer`)."""
    return bool(getattr(synthesizer, "casts_choice", False))


def cast_choice(
    synthesizer: Synthesizer, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str]
) -> tuple[Voice, ...]:
    """Cast one voice per speaker from a choice; from all voices where none of the choice speaks the language.

    A synthesizer that cannot cast from a choice has its voices given by turns, in the order of speaking time.
    """
    known = synthesizer.voices(language=language) if voices else ()
    offered = tuple(name for name in voices if name in known)
    if not offered:
        return synthesizer.cast(speakers, language=language)
    if can_cast_choice(synthesizer):
        choosing: ChoosingSynthesizer = synthesizer  # type: ignore[assignment]  # it says so
        return choosing.cast(speakers, language=language, voices=offered)
    return tuple(Voice(speaker.label, offered[place % len(offered)]) for place, speaker in enumerate(speakers))


def describe_unused_choice(voices: Sequence[str], cast: Sequence[Voice], language: str) -> tuple[Note, ...]:
    """Warning where none of the chosen voices speaks the language."""
    if not voices or any(voice.name in voices for voice in cast):
        return ()
    said = f"None of the voices that the rule names speaks {languages.get_english_name(language)}, so that it was cast from all"
    return (Note(said, Severity.WARNING),)
