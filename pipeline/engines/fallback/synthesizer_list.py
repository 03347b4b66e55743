"""Fallback list of synthesizers: each language is spoken by the first engine that supports it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipeline.engines.fallback.list_members import (
    LanguageMembers,
    Member,
    check_all,
    find_by_name,
    join_fingerprints,
    name_language,
    say_cannot,
)
from pipeline.engines.protocols import SynthesizedSpeech, Synthesizer
from pipeline.engines.speakers.speech_duration import ask_duration
from pipeline.engines.speakers.speech_pronunciation import can_read_ipa
from pipeline.engines.speakers.speech_variation import can_vary, speak_variation
from pipeline.engines.speakers.voice_choice import cast_choice
from pipeline.values.notes import Note
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Speaker, Voice


class SynthesizerList:
    """Synthesizer over a list: casting, voices and speech of a language are those of the first engine that speaks it."""

    def __init__(self, members: Sequence[Member[Synthesizer]]) -> None:
        self._members = LanguageMembers(members)
        self.languages = self._members.all
        self.fingerprint, self.fingerprints = join_fingerprints(members), self._members.fingerprints
        self.concurrency = min(member.engine.concurrency for member in members)
        self.clones = any(member.engine.clones for member in members)
        self.inflects = any(getattr(member.engine, "inflects", False) for member in members)
        self.varies = any(can_vary(member.engine) for member in members)
        self.casts_choice = True
        self.reads_ipa = any(can_read_ipa(member.engine) for member in members)

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        """Cast voices of the language's engine."""
        return cast_choice(self._members.find_member(language).engine, speakers, language=language, voices=voices)

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Names of the voices of the language's engine."""
        return self._members.find_member(language).engine.voices(language=language)

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
        """Synthesize the line with the language's engine; a note is added where that is not the first of the list."""
        member = self._members.find_member(language)
        options: dict[str, Any] = {"variation": variation, "pronunciations": pronunciations}
        speech = speak_variation(member.engine, text, voice, language=language, seconds=seconds, **options)
        skipped = self._members.find_skipped(language)
        if not skipped:
            return speech
        note = Note(f"{name_language(language)} is spoken by {member.name}, because {say_cannot(skipped, 'speak')} it")
        return replace(speech, notes=(*speech.notes, note))

    def seconds(self, text: str, voice: Voice, *, language: str, pronunciations: Sequence[Pronunciation] = ()) -> float | None:
        """Duration of a text at its natural pace, in seconds; None where the language's engine cannot predict it."""
        engine = self._members.find_member(language).engine
        return ask_duration(engine, text, voice, language=language, pronunciations=pronunciations)

    def check(self) -> None:
        """EngineLost if a member has lost its device."""
        check_all(member.engine for member in self._members.members)

    def find_engine(self, name: str) -> Synthesizer:
        """Find an engine of the list by its name. SettingsError where there is none."""
        return find_by_name(self._members.members, name)
