"""Voice cloning by OmniVoice: a speaker's own voice in over 600 languages, from a few seconds of it and their words, for an exact duration.

The model samples at random; each line is checked and sampled again if it cannot be the text. The random seed depends on the request alone,
so that every replica gives the same answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.engines.cloning import speech_defects
from pipeline.engines.cloning.take_guards import (
    Expectation,
    cap_duration,
    describe_faults,
    has_words_of,
    judge_take,
)
from pipeline.engines.cloning.take_selection import Candidate, derive_seed, select_take
from pipeline.engines.cloning.text_chunks import plan_pauses, split_text
from pipeline.engines.omnivoice.generation_options import ENGINE, GenerationOptions
from pipeline.engines.omnivoice.omnivoice_languages import CODES, LANGUAGES
from pipeline.engines.omnivoice.omnivoice_model import OmnivoiceModel, Text
from pipeline.engines.omnivoice.reference_voices import (
    DESIGNS,
    MAX_CLIP_S,
    ReferenceVoice,
    assign_designs,
    can_be_transcript,
    format_voice,
)
from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.engines.speakers.lru_cache import LruCache
from pipeline.engines.torch import torch_device
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Speaker, Voice

DEFAULT_MODEL = "k2-fsa/OmniVoice"
SAMPLE_RATE_HZ = 48_000  # of the answer: that of films
SLOWEST_RATE, FASTEST_RATE = 0.7, 1.5  # of the natural pace; beyond, words are drawn out or swallowed
MAX_PART_S = 20.0  # s of a part at its natural pace: the model was trained on utterances
SENTENCE_PAUSE_S, CLAUSE_PAUSE_S = 0.22, 0.1  # between parts
MAX_LINE_CHARS = 2_000  # a line has 200
MAX_CACHED_VOICES = 64  # 1 MB each
PROCESSING_VERSION = "text=1;guard=1;clip=1"  # of this engine's processing around the model
CONTROL_SYNTAX = re.compile(r"<[^<>]{0,80}>|[\[\]{}<>|\\]")  # markup, and the library's commands such as [laughter]


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A line to be sampled: parts, in frames each, pauses in seconds between them."""

    parts: tuple[Text, ...]
    pauses: tuple[float, ...]
    code: str
    variation: int


class OmnivoiceSynthesizer:
    """Synthesizer that clones, and speaks for the very duration that is asked for, within 0.7 to 1.5 of the natural pace."""

    requirements = EngineRequirements(
        licence="Apache-2.0 (omnivoice); CC-BY-NC, non-commercial (weights); Higgs Audio 2 Community License (audio tokenizer)",
        extra="omnivoice",
        modules=("omnivoice",),
        model=DEFAULT_MODEL,
        vram=4.0,
        environment="omnivoice",
    )
    casts_choice = True
    clones = True
    needs_transcripts = True
    inflects = False
    varies = True
    tells_faults = True
    concurrency = 1
    languages = LANGUAGES

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        **options: Any,
    ) -> None:
        """`options`: fields of `GenerationOptions`. ModelMissing, EngineError."""
        chosen = GenerationOptions(**options)
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting="SYNTHESIZER_MODEL", revision=revision)
        self._model, self._attempts = OmnivoiceModel(folder, device=device, options=chosen), chosen.attempts
        self._voices: LruCache[str, ReferenceVoice] = LruCache(MAX_CACHED_VOICES)
        self.fingerprint = _build_fingerprint(self._model.digest, chosen)

    def check(self) -> None:
        """EngineLost if the GPU no longer answers."""
        torch_device.check_device(self._model.device)

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        """Cast one of the model's own voices per speaker, by register; those with a reference clip of known words are cloned instead."""
        require_code(language)
        chosen = [name for name in DESIGNS if format_voice(name) in voices]
        names = assign_designs(speakers, chosen or tuple(DESIGNS))
        return tuple(Voice(speaker.label, format_voice(name)) for speaker, name in zip(speakers, names, strict=True))

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Names of the model's own voices, those of low register first; each speaks every language."""
        require_code(language)
        return tuple(map(format_voice, DESIGNS))

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """Estimated duration at the voice's pace, by the library's rules of scripts."""
        parts = self._split_text(text)
        reference, _ = self._find_voice(voice, text)
        pauses = plan_pauses(parts, sentence=SENTENCE_PAUSE_S, clause=CLAUSE_PAUSE_S)
        return sum(self._model.estimate_seconds(part, reference) for part in parts) + sum(pauses)

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None, variation: int = 0) -> SynthesizedSpeech:
        """Synthesize for `seconds`, within half a frame (20 ms) of it and 0.7 to 1.5 of the natural pace. EngineError if nothing is said.

        `variation`: sampled with other random seeds.
        """
        code, parts = require_code(language), self._split_text(text)
        reference, notes = self._find_voice(voice, text)
        natural = [self._model.estimate_seconds(part, reference) for part in parts]
        pauses = plan_pauses(parts, sentence=SENTENCE_PAUSE_S, clause=CLAUSE_PAUSE_S)
        rate = 1.0 if seconds is None else min(max(sum(natural) / max(seconds - sum(pauses), 0.1), SLOWEST_RATE), FASTEST_RATE)
        line = LineRequest(self._plan_frames(parts, natural, rate), pauses, code, variation)
        best = select_take(
            lambda attempt: self._sample_candidate(line, voice, reference, attempt, natural),
            attempts=self._attempts,
            engine=ENGINE,
            text=text,
        )
        faults = best.verdict.faults
        wave = self._finish_wave(best.speech, is_exact=seconds is not None)
        told = (*notes, *((describe_faults(faults, self._attempts),) if faults else ()))
        cloned = voice.reference is not None and not notes
        return SynthesizedSpeech(wave, SAMPLE_RATE_HZ, rate, told, faults, cloned)

    def _plan_frames(self, parts: Sequence[str], natural: Sequence[float], rate: float) -> tuple[Text, ...]:
        """The frames of each part at a rate; rounding errors do not add up, and no part is longer than its cap."""
        ends = np.round(np.cumsum([0.0, *natural]) / rate * self._model.frame_rate).astype(int)
        caps = [int(cap_duration(each) * self._model.frame_rate) for each in natural]
        frames = np.clip(np.diff(ends), 1, caps)
        return tuple(Text(part, int(count)) for part, count in zip(parts, frames, strict=True))

    def _split_text(self, text: str) -> tuple[str, ...]:
        """Split a text into parts of up to 20 s, in order. EngineError if there is nothing to read, or too much."""
        if len(text) > MAX_LINE_CHARS:
            raise EngineError(
                ENGINE, f"a line of {len(text)} characters is too long, over {MAX_LINE_CHARS}; cut {text[:40]!r}… into several"
            )
        words = " ".join(CONTROL_SYNTAX.sub(" ", text).split())
        if not any(letter.isalnum() for letter in words):
            raise EngineError(ENGINE, f"nothing in {text[:60]!r} can be spoken; leave the line out")
        parts = split_text(words, lambda part: self._model.estimate_seconds(part, None) <= MAX_PART_S)
        return tuple(part for part in parts if any(letter.isalnum() for letter in part))

    def _find_voice(self, voice: Voice, text: str) -> tuple[ReferenceVoice, tuple[Note, ...]]:
        """The voice for a text, and the note on a speaker who is not cloned. EngineError for a name of another engine."""
        clip, transcript = voice.reference, voice.transcript
        if clip is not None and can_be_transcript(transcript, MAX_CLIP_S) and not has_words_of(text, transcript or ""):
            key = f"{clip.digest}\0{transcript}"
            return self._voices.get(key, lambda: self._model.encode_clip(clip, transcript or "")), ()
        engine, _, name = voice.name.partition(":")
        if engine != ENGINE or name not in DESIGNS:
            raise EngineError(ENGINE, f"{voice.name!r} is not a voice of this engine; cast the film again")
        designed = self._voices.get(name, lambda: self._model.design_voice(name, seed=derive_seed(ENGINE, name)))
        return designed, () if clip is None else (describe_uncloned(voice, has_transcript=bool(transcript)),)

    def _sample_candidate(
        self, line: LineRequest, voice: Voice, reference: ReferenceVoice, attempt: int, natural: Sequence[float]
    ) -> Candidate[Wave]:
        rate = self._model.rate
        texts = tuple(part.text for part in line.parts)
        identity = voice.reference.digest if voice.reference else ""
        seed = derive_seed(*texts, line.code, voice.name, identity, voice.transcript, line.variation, attempt)
        waves = self._model.generate(line.parts, line.code, reference, seed=seed)
        raw = speech_defects.join_waves(waves, list(line.pauses), rate)
        expected = Expectation(
            " ".join(texts), sum(part.frames for part in line.parts) / self._model.frame_rate, reference=reference.wave
        )
        return Candidate(raw, judge_take(raw, speech_defects.clean_wave(raw, rate), rate, expected))

    def _finish_wave(self, raw: Wave, *, is_exact: bool) -> Wave:
        """The wave at 48 kHz and the level of a take: as long as it was generated, or else cut to its speech."""
        import soxr

        rate = self._model.rate
        wave = (
            speech_defects.fade_ends(raw, round(speech_defects.FADE_S * rate))
            if is_exact
            else speech_defects.clean_wave(raw, rate)
        )
        level = speech_defects.normalize_level(wave, rate)
        return np.clip(soxr.resample(level, rate, SAMPLE_RATE_HZ), -1.0, 1.0).astype(np.float32)


def require_code(language: str) -> str:
    """The library's code of a language. LanguageError where it has none."""
    tag = languages.require_tag(language)
    code = CODES.get(tag) or CODES.get(languages.base_language(tag))
    if code is None:
        raise LanguageError(
            f"omnivoice cannot speak {languages.get_english_name(tag)} ({tag}); choose another synthesizer or language"
        )
    return code


def describe_uncloned(voice: Voice, *, has_transcript: bool) -> Note:
    """The note on a speaker with a reference clip who speaks with a voice of the model's own."""
    reason = (
        "a line has the very words of the reference clip, or the clip's words cannot be right"
        if has_transcript
        else "the words of the reference clip are not known"
    )
    return Note(f"{voice.speaker} speaks with a voice of the model's own, because {reason}", Severity.WARNING)


def _build_fingerprint(digest: str, options: GenerationOptions) -> str:
    from importlib.metadata import version

    return f"omnivoice={version('omnivoice')};model={digest};{options.describe()};{PROCESSING_VERSION}"
