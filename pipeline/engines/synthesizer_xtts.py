"""Speech by XTTS v2 (coqui-tts): a speaker's own voice in 17 languages, from a few seconds of it.

XTTS draws its words by lot, and now and then babbles, or swallows some. So each part of a line is listened to and drawn
again where it cannot be the text; the lot depends on the question alone, so that every replica gives the same answer.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields

import numpy as np

from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.engines.speakers.lru_cache import LruCache
from pipeline.engines.torch import torch_device
from pipeline.engines.xtts import speech_defects, studio_voices
from pipeline.engines.xtts.duration_estimate import estimate_seconds
from pipeline.engines.xtts.sampling_request import Candidate, SampledLine, SynthesisRequest
from pipeline.engines.xtts.text_chunks import plan_pauses, split_text
from pipeline.engines.xtts.text_normalization import end_with_stop, normalize_text
from pipeline.engines.xtts.xtts_model import ENGINE, Draw, Sampling, Timbre, XttsModel
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import HUB_URL, Hub
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.timeline import Speaker, Voice

log = logging.getLogger(__name__)

MODEL = "coqui/XTTS-v2"
RATE = 48_000  # Hz of the answer: what films have
CLONE = "clone"
SLOWEST, FASTEST = 0.9, 1.35  # of the natural pace; beyond, the vocoder drawls or slurs
TRIES, TOLERANCE = 3, 0.02  # silence does not shrink as speech does, so the pace is approached
SENTENCE, CLAUSE = 0.22, 0.1  # seconds of silence between parts
LONGEST = 2_000  # characters; a line has 200
TIMBRES_KEPT, DRAWS_KEPT = 64, 32  # 0.1 MB and up to 5 MB each
VERSION = "text=1;guard=1;pace=1"  # of what this module makes of the model's answers

Listener = Callable[[Wave, int, str, str], float]  # (wave, sample rate, text, language) → share of the text misheard


class XttsSynthesizer:
    """Synthesizer that clones. Speaks at the natural pace, or from 0.9 to 1.35 of it to hold a wished duration."""

    requirements = EngineRequirements(
        licence="MPL-2.0 (coqui-tts); Coqui Public Model License, non-commercial (weights)",
        extra="tts",
        modules=("TTS",),
        model=MODEL,
        vram=4.0,
        page=f"{HUB_URL}/{MODEL}",
    )
    clones = True
    concurrency = 1
    languages = frozenset({"en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh", "ja", "hu", "ko", "hi"})

    def __init__(
        self,
        model: str = MODEL,
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        tos_agreed: bool = False,
        own_weights: bool = False,
        attempts: int = 3,
        sampling: Mapping[str, float] | None = None,
        heard: Listener | None = None,
    ) -> None:
        """`own_weights`: the model is yours and not Coqui's. `attempts`: draws of a part before the best is taken.

        `sampling`: options of `Sampling` other than its defaults. `heard`: listens to every candidate, as a recogniser would.
        EngineError where the licence is not agreed to.
        """
        if not (tos_agreed or own_weights):
            raise EngineError(
                ENGINE,
                "the XTTS v2 weights are under the Coqui Public Model License (non-commercial); "
                f"read it at {self.requirements.page} and set COQUI_TOS_AGREED=1",
            )
        if attempts < 1:
            raise EngineError(ENGINE, f"attempts={attempts} cannot be used; give 1 or more")
        self._sampling, self._attempts, self._heard = _sampling(sampling or {}), attempts, heard
        folder = (hub or Hub()).fetch_folder(model, engine=ENGINE, setting="SYNTHESIZER_MODEL", revision=revision)
        self._model = XttsModel(folder, device=device)
        self._timbres: LruCache[str, Timbre] = LruCache(TIMBRES_KEPT)
        self._draws: LruCache[SynthesisRequest, Draw] = LruCache(DRAWS_KEPT)
        self.fingerprint = _fingerprint(self._model.digest, self._sampling, attempts, heard)

    def check(self) -> None:
        """EngineLost where the GPU no longer answers."""
        torch_device.check_device(self._model.device)

    def cast(self, speakers: Sequence[Speaker], *, language: str) -> tuple[Voice, ...]:
        """One voice per speaker. It clones whoever gets a reference clip; its name tells who speaks for the others.

        `xtts:Ana Florence` is a voice that comes with the model; `xtts:clone` has none to fall back on.
        """
        self._model.fits(".", self._code(language))  # says now, not at the first line, that a package is missing
        if not self._model.studio:
            return tuple(Voice(speaker.label, f"{ENGINE}:{CLONE}") for speaker in speakers)
        names = studio_voices.assign_voices(speakers, self._model.studio)
        return tuple(Voice(speaker.label, f"{ENGINE}:{name}") for speaker, name in zip(speakers, names, strict=True))

    def voices(self, *, language: str) -> tuple[str, ...]:
        """The voices that come with the model, those of low register first; every one speaks every language."""
        self._code(language)
        return tuple(f"{ENGINE}:{name}" for name in studio_voices.sort_voices(self._model.studio))

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        """About how long the text lasts at the natural pace, by the language's speaking rate: the model draws its own by lot."""
        return estimate_seconds(text, self._code(language))

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        """Speak at the natural pace, or as near to `seconds` as 0.9 to 1.35 of it allow. EngineError where nothing is said."""
        code = self._code(language)
        parts = self._parts(text, code)
        timbre, who = self._timbre(voice)
        orders = [SynthesisRequest(end_with_stop(part, code), code, who, number) for number, part in enumerate(parts)]
        draws = tuple(self._draws.get(order, lambda order=order: self._best(order, timbre)) for order in orders)  # type: ignore[misc]
        line = SampledLine(draws, plan_pauses(parts, sentence=SENTENCE, clause=CLAUSE), timbre)
        natural = self._sound(line, 1.0)
        wave = natural if seconds is None else self._approach_duration(line, natural, round(seconds * self._model.rate))
        return SynthesizedSpeech(self._resample_and_level(wave), RATE, rate=len(natural) / len(wave))

    def _code(self, language: str) -> str:
        tag = languages.require_tag(language)
        code = languages.base_language(tag)
        if code not in self.languages or code not in self._model.languages:
            raise LanguageError(
                f"xtts cannot speak {languages.get_english_name(tag)} ({tag}); choose another synthesizer or language"
            )
        return code

    def _parts(self, text: str, code: str) -> tuple[str, ...]:
        """The text in pieces that the model can read, as they stand in the line.

        EngineError where there is nothing to read, or too much.
        """
        if len(text) > LONGEST:
            raise EngineError(
                ENGINE, f"a line of {len(text)} characters is too long, over {LONGEST}; cut {text[:40]!r}… into several"
            )
        words = normalize_text(self._model.sayable(normalize_text(text, code), code), code)
        if not words:
            raise EngineError(ENGINE, f"nothing in {text[:60]!r} can be spoken; leave the line out")
        parts = split_text(words, lambda part: self._model.fits(end_with_stop(part, code), code))
        return tuple(part for part in parts if any(letter.isalnum() for letter in part))

    def _timbre(self, voice: Voice) -> tuple[Timbre, str]:
        """The voice to the model, and what identifies it."""
        if (clip := voice.reference) is not None:
            return self._timbres.get(clip.digest, lambda: self._model.timbre(clip)), clip.digest
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

    def _best(self, order: SynthesisRequest, timbre: Timbre) -> Draw:
        """The first attempt without a fault, or the one with the least. EngineError where all are silent."""
        candidates: list[Candidate] = []
        for attempt in range(self._attempts):
            candidates.append(self._candidate(order, timbre, attempt))
            if not candidates[-1].verdict.faults:
                return candidates[-1].draw
        best = min(candidates, key=lambda candidate: candidate.verdict.score)
        if not np.isfinite(best.verdict.score):
            raise EngineError(
                ENGINE, f"{order.text[:60]!r} came out silent {self._attempts} times; try another wording or reference clip"
            )
        log.warning(
            "engine=%s voice=%s language=%s attempts=%d the best of them still is: %s; text=%r",
            ENGINE, order.voice[:16], order.language, self._attempts, ", ".join(best.verdict.faults), order.text[:60],
        )  # fmt: skip
        return best.draw

    def _candidate(self, order: SynthesisRequest, timbre: Timbre, attempt: int) -> Candidate:
        rate = self._model.rate
        draw = self._model.draw(order.text, order.language, timbre, seed=order.seed(attempt), sampling=self._sampling)
        wave = speech_defects.clean_wave(self._model.wave(draw, timbre, speed=1.0), rate)
        error = self._heard(wave, rate, order.text, order.language) if self._heard and len(wave) else None
        expected = estimate_seconds(order.text, order.language)
        return Candidate(draw, speech_defects.judge_candidate(wave, rate, expected, ended=draw.ended, error=error))

    def _sound(self, line: SampledLine, speed: float) -> Wave:
        rate = self._model.rate
        waves = [speech_defects.clean_wave(self._model.wave(draw, line.timbre, speed=speed), rate) for draw in line.draws]
        return speech_defects.join_waves(waves, [pause / speed for pause in line.pauses], rate)

    def _approach_duration(self, line: SampledLine, natural: Wave, wished: int) -> Wave:
        """The line at the pace that comes nearest to `wished` samples."""
        goal = min(max(wished, len(natural) / FASTEST), len(natural) / SLOWEST)
        best, latest, speed = natural, natural, 1.0
        for _ in range(TRIES):
            if abs(len(best) - goal) <= TOLERANCE * goal:
                break
            faster = min(max(speed * len(latest) / goal, SLOWEST), FASTEST)
            if faster == speed:
                break
            speed, latest = faster, self._sound(line, faster)
            best = min(best, latest, key=lambda wave: abs(len(wave) - goal))
        return best

    def _resample_and_level(self, wave: Wave) -> Wave:
        import soxr

        level = speech_defects.normalize_level(wave, self._model.rate)
        return np.clip(soxr.resample(level, self._model.rate, RATE), -1.0, 1.0).astype(np.float32)


def _sampling(options: Mapping[str, float]) -> Sampling:
    known = [option.name for option in fields(Sampling)]
    if unknown := sorted(set(options) - set(known)):
        raise EngineError(ENGINE, f"sampling has no option {unknown[0]!r}; there are {', '.join(known)}")
    return Sampling(**options)  # type: ignore[arg-type]  # Sampling checks the values


def _fingerprint(digest: str, sampling: Sampling, attempts: int, heard: Listener | None) -> str:
    from importlib.metadata import version

    options = f"temperature={sampling.temperature};repetition={sampling.repetition_penalty};k={sampling.top_k};p={sampling.top_p}"
    listener = (
        "" if heard is None else f";heard={getattr(heard, 'fingerprint', getattr(heard, '__qualname__', type(heard).__name__))}"
    )
    return f"xtts;coqui-tts={version('coqui-tts')};model={digest};{options};attempts={attempts};{VERSION}{listener}"
