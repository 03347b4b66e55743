"""Fallback list of synthesizers: each language is spoken by the first engine that supports it.

A line whose takes all have a fault, by an engine that tells them (`tells_faults`), is spoken by the next engine of the list.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pipeline.audio.pitch import measure_median_pitch
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
from pipeline.engines.speakers.audio_input import mix_to_mono
from pipeline.engines.speakers.speech_duration import ask_duration
from pipeline.engines.speakers.speech_pronunciation import can_read_ipa
from pipeline.engines.speakers.speech_variation import can_tell_faults, can_vary, speak_variation
from pipeline.engines.speakers.voice_choice import cast_choice
from pipeline.errors import EngineError, EngineLost
from pipeline.text import languages
from pipeline.values.notes import Note, Severity
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Speaker, Voice


class SynthesizerList:
    """Synthesizer over a list: casting, voices and speech of a language are those of the first engine that speaks it."""

    def __init__(self, members: Sequence[Member[Synthesizer]]) -> None:
        self._members = LanguageMembers(members)
        self.languages = self._members.all
        self.concurrency = min(member.engine.concurrency for member in members)
        self.clones = any(member.engine.clones for member in members)
        self.inflects = any(getattr(member.engine, "inflects", False) for member in members)
        self.varies = any(can_vary(member.engine) for member in members)
        self.needs_transcripts = any(getattr(member.engine, "needs_transcripts", False) for member in members)
        self.casts_choice = True
        self.reads_ipa = any(can_read_ipa(member.engine) for member in members)

    @property
    def fingerprint(self) -> str:
        """The fingerprints of all members."""
        return join_fingerprints(self._members.members)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Language → fingerprints of the engine that speaks it and of its substitute."""
        return {tag: self._add_substitute(tag, found) for tag, found in self._members.fingerprints.items()}

    @property
    def is_provisional(self) -> bool:
        """True while a member's server is away and its last known model stands for it."""
        return self._members.is_provisional

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
        substitute = self._find_substitute(language)
        options: dict[str, Any] = {"variation": variation, "pronunciations": pronunciations}
        try:
            speech = speak_as(member.engine, text, voice, language=language, seconds=seconds, **options)
            trouble = ", ".join(speech.faults)
        except EngineError as error:
            if substitute is None or isinstance(error, EngineLost):
                raise
            speech, trouble = None, str(error)
        if trouble and substitute is not None:
            other = adapt_voice(substitute.engine, voice, language)
            replaced = speak_as(substitute.engine, text, other, language=language, seconds=seconds, **options)
            if speech is None or not replaced.faults:
                return replace(replaced, notes=(*replaced.notes, describe_substitute(member.name, substitute.name, trouble)))
        assert speech is not None
        skipped = self._members.find_skipped(language)
        if not skipped:
            return speech
        note = Note(f"{name_language(language)} is spoken by {member.name}, because {say_cannot(skipped, 'speak')} it")
        return replace(speech, notes=(*speech.notes, note))

    def _find_substitute(self, language: str | None) -> Member[Synthesizer] | None:
        """The engine for lines whose takes all have a fault: the next that speaks the language, where the first tells its faults."""
        able = [
            member
            for member in self._members.members
            if member.languages is None or (language is not None and languages.is_among(language, member.languages))
        ]
        return able[1] if len(able) > 1 and can_tell_faults(able[0].engine) else None

    def _add_substitute(self, tag: str, fingerprint: str) -> str:
        found = self._find_substitute(tag or None)
        return fingerprint if found is None else f"{fingerprint}; else {found.engine.fingerprint}"

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


def speak_as(engine: Synthesizer, text: str, voice: Voice, **options: Any) -> SynthesizedSpeech:
    """Synthesize with one engine of a list: one that does not clone takes no timbre from the clip that others need."""
    speech = speak_variation(engine, text, voice, **options)
    is_own = speech.cloned is None and not engine.clones and not getattr(engine, "has_unknown_voices", False)
    return replace(speech, cloned=False) if is_own else speech


def adapt_voice(engine: Synthesizer, voice: Voice, language: str) -> Voice:
    """The voice for another engine than it was cast for: the same clip where that clones, else a voice of the same register."""
    (cast,) = engine.cast((Speaker(voice.speaker, 0.0, _find_pitch(voice)),), language=language)
    return replace(cast, reference=voice.reference, transcript=voice.transcript) if engine.clones else cast


def _find_pitch(voice: Voice) -> float | None:
    """Pitch of a voice in Hz, that of its reference clip where it is a clone; None where it cannot be measured."""
    import soundfile

    if voice.pitch is not None or voice.reference is None:
        return voice.pitch
    try:
        wave, rate = soundfile.read(voice.reference.path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError:
        return None
    return measure_median_pitch(mix_to_mono(wave), rate)


def describe_substitute(engine: str, substitute: str, trouble: str) -> Note:
    """The note on a line that the next engine of a list spoke."""
    return Note(f"Spoken by {substitute}, because every attempt of {engine} had a fault: {trouble}", Severity.WARNING)
