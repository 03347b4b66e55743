"""Utterance synthesis with Kokoro at a requested duration: split, planned, synthesized, trimmed, joined and normalized in level."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.kokoro.duration_control import (
    MAX_ADJUSTMENT_S,
    Energy,
    FramePlan,
    Rates,
    fit_length,
    plan_frames,
    trim_silence,
)
from pipeline.engines.kokoro.kokoro_model import SAMPLE_RATE_HZ, Frames, KokoroModel, Packs, PitchFactors, Style, Tokens
from pipeline.engines.kokoro.onnx_graphs import ENGINE
from pipeline.engines.kokoro.phonemes import PAUSE_MARKS
from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.errors import EngineError
from pipeline.values.inflection import SEMITONES_PER_OCTAVE, Inflection

MAX_SYMBOLS = 160  # of one synthesis, 9 s: memory grows with them (0.2 GB a call here), and the model's limit is 510
VOICED_MIN_HZ = 50.0  # a predicted F0 above it is voiced
MAX_SHORTFALL_S = 0.025  # of speech under its planned duration before it is synthesized again
PAUSE_S = 0.25  # between the parts of a longer text
SPEECH_RMS, MAX_PEAK = (
    10 ** (-24 / 20),
    10 ** (-3 / 20),
)  # RMS of speech and peak of a take, of full scale; the mix sets the final level


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a text that is synthesized at once. `durations`: natural ones. `pitch`: factor of the packs' F0."""

    tokens: Tokens
    style: Style
    durations: Frames
    pitch: float
    inflection: Inflection | None


class UtteranceSynthesizer:
    """Synthesizer of symbols with any voice packs. May be called from several threads at once."""

    def __init__(self, model: KokoroModel) -> None:
        self._model = model

    def predict_duration(self, symbols: str, packs: Packs) -> float:
        """Predicted duration of the symbols at the natural pace, in seconds. EngineError if there are none."""
        parts = self._split_parts(symbols, packs)
        return sum(self._plan_part(part, None).seconds for part in parts) + PAUSE_S * (len(parts) - 1)

    def speak(
        self,
        symbols: str,
        packs: Packs,
        seconds: float | None,
        rates: Rates,
        *,
        inflection: Inflection | None = None,
        variation: int = 0,
    ) -> SynthesizedSpeech:
        """Synthesize the symbols at the natural pace, or for `seconds` within the rates. EngineError if nothing is said."""
        parts = self._split_parts(symbols, packs, inflection, variation)
        natural = [self._plan_part(part, None) for part in parts]
        whole = sum(plan.seconds for plan in natural) + PAUSE_S * (len(parts) - 1)
        if seconds is None:
            waves = [self._synthesize_part(part, plan) for part, plan in zip(parts, natural, strict=True)]
            return SynthesizedSpeech(_normalize_level(_join_waves(waves, PAUSE_S)), SAMPLE_RATE_HZ, rate=1.0)
        rate = rates.choose_rate(whole, seconds)
        waves = [self._speak_for_duration(part, plan.seconds / rate) for part, plan in zip(parts, natural, strict=True)]
        wave = _normalize_level(_join_waves(waves, PAUSE_S / rate))
        return SynthesizedSpeech(wave, SAMPLE_RATE_HZ, rate=whole * SAMPLE_RATE_HZ / len(wave))

    def measure_pitch(self, symbols: str, packs: Packs) -> float:
        """Median predicted F0 of the symbols, in Hz. EngineError if there are none."""
        curves = [
            self._model.predict_curves(part.tokens, part.style, self._plan_part(part, None).frames)[1]
            for part in self._split_parts(symbols, packs)
        ]
        voiced = np.concatenate(curves)
        return float(np.median(voiced[voiced > VOICED_MIN_HZ])) * packs.pitch

    def _split_parts(
        self, symbols: str, packs: Packs, inflection: Inflection | None = None, variation: int = 0
    ) -> tuple[_Part, ...]:
        return tuple(self._prepare_part(piece, packs, inflection, variation) for piece in split_symbols(symbols))

    def _prepare_part(self, symbols: str, packs: Packs, inflection: Inflection | None, variation: int) -> _Part:
        tokens = self._model.encode_symbols(symbols)
        if tokens.shape[1] <= 2:
            raise EngineError(ENGINE, f"nothing in {symbols[:60]!r} can be spoken; leave the line out")
        style = self._model.build_style(packs.timbre, packs.prosody, tokens, variation=variation)
        return _Part(tokens, style, self._model.predict_durations(tokens, style), packs.pitch, inflection)

    def _plan_part(self, part: _Part, seconds: float | None) -> FramePlan:
        def energy(frames: Frames) -> Energy:
            return self._model.predict_curves(part.tokens, part.style, frames)[0]

        return plan_frames(part.durations, energy, seconds)

    def _speak_for_duration(self, part: _Part, seconds: float) -> Wave:
        """A part that lasts `seconds`; synthesized once more if the start and end of speech were not as predicted."""
        best = self._synthesize_part(part, self._plan_part(part, seconds))
        error = len(best) / SAMPLE_RATE_HZ - seconds
        if not -MAX_SHORTFALL_S <= error <= MAX_ADJUSTMENT_S:
            again = self._synthesize_part(part, self._plan_part(part, max(seconds - error, seconds / 2)))
            best = min(best, again, key=lambda wave: abs(len(wave) / SAMPLE_RATE_HZ - seconds))
        return fit_length(best, seconds)

    def _synthesize_part(self, part: _Part, plan: FramePlan) -> Wave:
        pitch = np.array([part.pitch], np.float32)
        if part.inflection is not None:
            pitch = pitch * bend_pitch(self._model.predict_curves(part.tokens, part.style, plan.frames)[1], part.inflection)
        wave = trim_silence(self._model.synthesize_wave(part.tokens, part.style, plan.frames, pitch))
        if not wave.size:
            raise EngineError(ENGINE, "the model gave silence; try another voice or wording")
        return wave


def bend_pitch(curve: NDArray[np.float32], inflection: Inflection) -> PitchFactors:
    """Factor of each value of an F0 curve that shifts it, and widens or narrows its range around its median."""
    voiced = curve > VOICED_MIN_HZ
    factors = np.full(curve.shape, 2.0 ** (inflection.shift / SEMITONES_PER_OCTAVE), np.float32)
    if voiced.any():
        factors[voiced] *= (curve[voiced] / np.median(curve[voiced])) ** (inflection.range - 1.0)
    return factors


def split_symbols(symbols: str) -> tuple[str, ...]:
    """Split symbols into parts that the model can synthesize at once, after a punctuation mark if there is one, else at a space."""
    parts: list[str] = []
    while len(symbols) > MAX_SYMBOLS:
        head = symbols[:MAX_SYMBOLS]
        cut = max(head.rfind(f"{mark} ") + 1 for mark in PAUSE_MARKS)
        if cut < MAX_SYMBOLS // 4:
            cut = head.rfind(" ") if " " in head else MAX_SYMBOLS
        parts.append(symbols[:cut].strip())
        symbols = symbols[cut:].strip()
    return (*parts, symbols) if symbols else tuple(parts)


def _join_waves(waves: Sequence[Wave], pause: float) -> Wave:
    silence = np.zeros(round(pause * SAMPLE_RATE_HZ), np.float32)
    return np.concatenate([piece for wave in waves for piece in (silence, wave)][1:])


def _normalize_level(wave: Wave) -> Wave:
    """Normalize speech to -24 dBFS RMS, pauses not counted, or lower if the peak would pass -3 dBFS."""
    frames = np.sqrt(
        [float(np.mean(np.square(frame, dtype=np.float64))) for frame in np.array_split(wave, math.ceil(len(wave) / 480))]
    )
    speech = frames[frames > 0.03 * frames.max()]
    rms = math.sqrt(float(np.mean(np.square(speech))))
    return (wave * min(SPEECH_RMS / rms, MAX_PEAK / float(np.abs(wave).max()))).astype(np.float32)
