"""Voice cloning by XTTS v2 (coqui-tts): a speaker's own voice in 17 languages, from a few seconds of it.

XTTS samples at random, and now and then babbles or omits words. So each part of a line is checked and sampled again
if it cannot be the text; the random seed depends on the request alone, so that every replica gives the same answer.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.engines.cloning import speech_defects
from pipeline.engines.cloning.duration_estimate import estimate_seconds
from pipeline.engines.cloning.take_guards import Expectation, describe_faults, judge_take
from pipeline.engines.cloning.take_selection import Candidate, select_take
from pipeline.engines.cloning.text_chunks import plan_pauses, split_text
from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.engines.speakers.lru_cache import LruCache
from pipeline.engines.torch import torch_device
from pipeline.engines.xtts import studio_voices
from pipeline.engines.xtts.sampling import ENGINE, SampledLine, SampledSpeech, SamplingRequest, Timbre
from pipeline.engines.xtts.synthesis_options import SynthesisOptions
from pipeline.engines.xtts.text_normalization import end_with_stop, normalize_text
from pipeline.engines.xtts.xtts_model import XttsModel
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import HUB_URL, Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.timeline import Speaker, Voice

DEFAULT_MODEL = "coqui/XTTS-v2"
SAMPLE_RATE_HZ = 48_000  # of the answer: that of films
CLONE_NAME = "clone"
SLOWEST_RATE, FASTEST_RATE = 0.9, 1.35  # of the natural pace; beyond, the vocoder drawls or slurs
MAX_PACE_STEPS, DURATION_TOLERANCE = 3, 0.02  # silence does not shrink as speech does, so the pace is found iteratively
SENTENCE_PAUSE_S, CLAUSE_PAUSE_S = 0.22, 0.1  # between parts
MAX_LINE_CHARS = 2_000  # a line has 200
MAX_CACHED_TIMBRES, MAX_CACHED_SPEECH = 64, 32  # 0.1 MB and up to 5 MB each
PROCESSING_VERSION = "text=1;guard=2;pace=1"  # of this engine's processing of the model's output


class XttsSynthesizer:
    """Synthesizer that clones. Speaks at the natural pace, or at 0.9 to 1.35 of it for a requested duration."""

    requirements = EngineRequirements(
        licence="MPL-2.0 (coqui-tts); Coqui Public Model License, non-commercial (weights)",
        extra="tts",
        modules=("TTS",),
        model=DEFAULT_MODEL,
        vram=4.0,
        page=f"{HUB_URL}/{DEFAULT_MODEL}",
    )
    casts_choice = True
    clones = True
    inflects = False
    varies = True
    tells_faults = True
    concurrency = 1
    languages = frozenset({"en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh", "ja", "hu", "ko", "hi"})

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        tos_agreed: bool = False,
        **options: Any,
    ) -> None:
        """`options`: fields of `SynthesisOptions`. EngineError if the licence is not agreed to."""
        chosen = SynthesisOptions(**options)
        if not (tos_agreed or chosen.own_weights):
            raise EngineError(
                ENGINE,
                "the XTTS v2 weights are under the Coqui Public Model License (non-commercial); "
                f"read it at {self.requirements.page} and set COQUI_TOS_AGREED=1",
            )
        self._sampling, self._attempts, self._listener = chosen.build_sampling(), chosen.attempts, chosen.listener
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting="SYNTHESIZER_MODEL", revision=revision)
        self._model = XttsModel(folder, device=device)
        self._timbres: LruCache[str, Timbre] = LruCache(MAX_CACHED_TIMBRES)
        self._speech: LruCache[SamplingRequest, Candidate[SampledSpeech]] = LruCache(MAX_CACHED_SPEECH)
        self.fingerprint = _build_fingerprint(self._model.digest, chosen)

    def check(self) -> None:
        """EngineLost if the GPU no longer answers."""
        torch_device.check_device(self._model.device)

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        """Cast one voice per speaker: a clone of a speaker with a reference clip, else the studio voice that the name gives.

        `xtts:Ana Florence` names a studio voice; `xtts:clone` has no studio voice to fall back on.
        """
        self._model.can_read(".", self._require_code(language))  # a missing package is an error now, not at the first line
        if not self._model.studio:
            return tuple(Voice(speaker.label, f"{ENGINE}:{CLONE_NAME}") for speaker in speakers)
        chosen = [name for name in self._model.studio if f"{ENGINE}:{name}" in voices]
        names = studio_voices.assign_voices(speakers, chosen or self._model.studio)
        return tuple(Voice(speaker.label, f"{ENGINE}:{name}") for speaker, name in zip(speakers, names, strict=True))

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Names of the studio voices, those of low register first; each speaks every language."""
        self._require_code(language)
        return tuple(f"{ENGINE}:{name}" for name in studio_voices.sort_voices(self._model.studio))

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """Estimated duration at the natural pace, by the language's speaking rate: the model's own is random."""
        return estimate_seconds(text, self._require_code(language))

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None, variation: int = 0) -> SynthesizedSpeech:
        """Synthesize at the natural pace, or as near to `seconds` as 0.9 to 1.35 of it allow. EngineError if nothing is said.

        `variation`: sampled with other random seeds.
        """
        code = self._require_code(language)
        parts = self._split_text(text, code)
        timbre, name = self._find_timbre(voice)
        requests = [
            SamplingRequest(end_with_stop(part, code), code, name, number, variation) for number, part in enumerate(parts)
        ]
        best = tuple(self._speech.get(each, lambda each=each: self._select_take(each, timbre)) for each in requests)  # type: ignore[misc]
        line = SampledLine(
            tuple(each.speech for each in best), plan_pauses(parts, sentence=SENTENCE_PAUSE_S, clause=CLAUSE_PAUSE_S), timbre
        )
        natural = self._decode_line(line, 1.0)
        wave = natural if seconds is None else self._approach_duration(line, natural, round(seconds * self._model.rate))
        faults = tuple(dict.fromkeys(fault for each in best for fault in each.verdict.faults))
        notes = (describe_faults(faults, self._attempts),) if faults else ()
        cloned, rate = voice.reference is not None, len(natural) / len(wave)
        return SynthesizedSpeech(self._resample_and_level(wave), SAMPLE_RATE_HZ, rate, notes, faults, cloned)

    def _require_code(self, language: str) -> str:
        tag = languages.require_tag(language)
        code = languages.base_language(tag)
        if code not in self.languages or code not in self._model.languages:
            raise LanguageError(
                f"xtts cannot speak {languages.get_english_name(tag)} ({tag}); choose another synthesizer or language"
            )
        return code

    def _split_text(self, text: str, code: str) -> tuple[str, ...]:
        """Split a text into normalized parts that the model can read, in order.

        EngineError if there is nothing to read, or too much.
        """
        if len(text) > MAX_LINE_CHARS:
            raise EngineError(
                ENGINE, f"a line of {len(text)} characters is too long, over {MAX_LINE_CHARS}; cut {text[:40]!r}… into several"
            )
        words = normalize_text(self._model.replace_unknown_letters(normalize_text(text, code), code), code)
        if not words:
            raise EngineError(ENGINE, f"nothing in {text[:60]!r} can be spoken; leave the line out")
        parts = split_text(words, lambda part: self._model.can_read(end_with_stop(part, code), code))
        return tuple(part for part in parts if any(letter.isalnum() for letter in part))

    def _find_timbre(self, voice: Voice) -> tuple[Timbre, str]:
        """The voice's timbre, and the clip's digest or the studio voice's name. EngineError if it has neither."""
        if (clip := voice.reference) is not None:
            return self._timbres.get(clip.digest, lambda: self._model.encode_voice(clip)), clip.digest
        engine, _, name = voice.name.partition(":")
        if engine != ENGINE:
            raise EngineError(ENGINE, f"{voice.name!r} is not a voice of this engine; cast the film again")
        if name not in self._model.studio:
            raise EngineError(
                ENGINE,
                f"{voice.speaker} has no reference clip, and the model no voice {name!r}; "
                "give the speaker one, or put speakers_xtts.pth beside the model",
            )
        return self._model.studio[name], name

    def _select_take(self, request: SamplingRequest, timbre: Timbre) -> Candidate[SampledSpeech]:
        return select_take(
            lambda attempt: self._sample_candidate(request, timbre, attempt),
            attempts=self._attempts,
            engine=ENGINE,
            text=request.text,
        )

    def _sample_candidate(self, request: SamplingRequest, timbre: Timbre, attempt: int) -> Candidate[SampledSpeech]:
        rate = self._model.rate
        text, language = request.text, request.language
        speech = self._model.sample_speech(text, language, timbre, seed=request.derive_seed(attempt), sampling=self._sampling)
        wave = speech_defects.clean_wave(speech.natural, rate)
        error = self._listener(wave, rate, text, language) if self._listener and len(wave) else None
        expected = Expectation(text, estimate_seconds(text, language), speech.ended, error)
        return Candidate(speech, judge_take(speech.natural, wave, rate, expected))

    def _decode_line(self, line: SampledLine, speed: float) -> Wave:
        rate = self._model.rate
        waves = [speech_defects.clean_wave(self._model.decode_wave(part, line.timbre, speed=speed), rate) for part in line.parts]
        return speech_defects.join_waves(waves, [pause / speed for pause in line.pauses], rate)

    def _approach_duration(self, line: SampledLine, natural: Wave, wished: int) -> Wave:
        """The line at the pace that comes nearest to `wished` samples, within the slowest and the fastest rate."""
        goal = min(max(wished, len(natural) / FASTEST_RATE), len(natural) / SLOWEST_RATE)
        best, latest, speed = natural, natural, 1.0
        for _ in range(MAX_PACE_STEPS):
            if abs(len(best) - goal) <= DURATION_TOLERANCE * goal:
                break
            faster = min(max(speed * len(latest) / goal, SLOWEST_RATE), FASTEST_RATE)
            if faster == speed:
                break
            speed, latest = faster, self._decode_line(line, faster)
            best = min(best, latest, key=lambda wave: abs(len(wave) - goal))
        return best

    def _resample_and_level(self, wave: Wave) -> Wave:
        import soxr

        level = speech_defects.normalize_level(wave, self._model.rate)
        return np.clip(soxr.resample(level, self._model.rate, SAMPLE_RATE_HZ), -1.0, 1.0).astype(np.float32)


def _build_fingerprint(digest: str, options: SynthesisOptions) -> str:
    from importlib.metadata import version

    listener = options.listener
    identity = getattr(listener, "fingerprint", getattr(listener, "__qualname__", type(listener).__name__))
    heard = "" if listener is None else f";heard={identity}"
    return f"xtts;coqui-tts={version('coqui-tts')};model={digest};{options.describe()};{PROCESSING_VERSION}{heard}"
