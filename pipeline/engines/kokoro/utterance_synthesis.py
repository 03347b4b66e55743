"""Utterances by Kokoro at a wished length: cut where the model must stop, planned, spoken, trimmed, joined and levelled."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.engines.kokoro.duration_control import GIVE, Energy, fit_length, plan_frames, trim_silence
from pipeline.engines.kokoro.duration_control import FramePlan as Plan
from pipeline.engines.kokoro.kokoro_model import RATE, Frames, KokoroModel, Packs, Style, Tokens
from pipeline.engines.kokoro.onnx_graphs import ENGINE
from pipeline.engines.kokoro.phonemes import PAUSES
from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.errors import EngineError

LONGEST = 160  # symbols spoken at once, 9 s: memory grows with them (0.2 GB a call here), and the model ends at 510
VOICED = 50.0  # Hz: a planned F0 above it is a voice's
NEAR = 0.025  # s by which speech may fall short of its length before it is spoken again
PAUSE = 0.25  # s between the parts of a longer text
LEVEL, CEILING = (
    10 ** (-24 / 20),
    10 ** (-3 / 20),
)  # RMS of speech and peak of a take, of full scale; the mix sets the final level


@dataclass(frozen=True, slots=True)
class Rates:
    """The slowest and the fastest pace, of the natural one, at which a voice is well understood."""

    slowest: float
    fastest: float


@dataclass(frozen=True, slots=True)
class _Part:
    """As much of a text as is spoken at once. `durations`: natural ones."""

    tokens: Tokens
    style: Style
    durations: Frames
    pitch: float


class Utterances:
    """Speaks symbols with any voice packs. May be called from several threads at once."""

    def __init__(self, model: KokoroModel) -> None:
        self._model = model

    def seconds(self, symbols: str, packs: Packs) -> float:
        """Predicted duration of the symbols at the natural pace, in seconds. EngineError where there are none."""
        parts = self._parts(symbols, packs)
        return sum(self._plan(part, None).seconds for part in parts) + PAUSE * (len(parts) - 1)

    def speak(self, symbols: str, packs: Packs, seconds: float | None, rates: Rates) -> SynthesizedSpeech:
        """The symbols at the natural pace, or for `seconds` as far as the rates go. EngineError where nothing is said."""
        parts = self._parts(symbols, packs)
        natural = [self._plan(part, None) for part in parts]
        whole = sum(plan.seconds for plan in natural) + PAUSE * (len(parts) - 1)
        if seconds is None:
            waves = [self._wave(part, plan) for part, plan in zip(parts, natural, strict=True)]
            return SynthesizedSpeech(_normalize_level(_join_waves(waves, PAUSE)), RATE, rate=1.0)
        rate = min(max(whole / seconds, rates.slowest), rates.fastest)
        waves = [self._speak_for_duration(part, plan.seconds / rate) for part, plan in zip(parts, natural, strict=True)]
        wave = _normalize_level(_join_waves(waves, PAUSE / rate))
        return SynthesizedSpeech(wave, RATE, rate=whole * RATE / len(wave))

    def pitch(self, symbols: str, packs: Packs) -> float:
        """The median F0 of the symbols in Hz, as the model plans it. EngineError where there are none."""
        curves = [
            self._model.curves(part.tokens, part.style, self._plan(part, None).frames)[1] for part in self._parts(symbols, packs)
        ]
        voiced = np.concatenate(curves)
        return float(np.median(voiced[voiced > VOICED])) * packs.pitch

    def _parts(self, symbols: str, packs: Packs) -> tuple[_Part, ...]:
        return tuple(self._part(piece, packs) for piece in split_symbols(symbols))

    def _part(self, symbols: str, packs: Packs) -> _Part:
        tokens = self._model.tokens(symbols)
        if tokens.shape[1] <= 2:
            raise EngineError(ENGINE, f"nothing in {symbols[:60]!r} can be spoken; leave the line out")
        style = self._model.style(packs.timbre, packs.prosody, tokens)
        return _Part(tokens, style, self._model.natural(tokens, style), packs.pitch)

    def _plan(self, part: _Part, seconds: float | None) -> Plan:
        def energy(frames: Frames) -> Energy:
            return self._model.curves(part.tokens, part.style, frames)[0]

        return plan_frames(part.durations, energy, seconds)

    def _speak_for_duration(self, part: _Part, seconds: float) -> Wave:
        """A part that lasts `seconds`; spoken once more where the edges of speech lay elsewhere than foretold."""
        best = self._wave(part, self._plan(part, seconds))
        error = len(best) / RATE - seconds
        if not -NEAR <= error <= GIVE:
            again = self._wave(part, self._plan(part, max(seconds - error, seconds / 2)))
            best = min(best, again, key=lambda wave: abs(len(wave) / RATE - seconds))
        return fit_length(best, seconds)

    def _wave(self, part: _Part, plan: Plan) -> Wave:
        wave = trim_silence(self._model.wave(part.tokens, part.style, plan.frames, part.pitch))
        if not wave.size:
            raise EngineError(ENGINE, "the model answered silence; try another voice or wording")
        return wave


def split_symbols(symbols: str) -> tuple[str, ...]:
    """Symbols in parts that the model can say at once, cut after a mark where there is one, else at a space."""
    parts: list[str] = []
    while len(symbols) > LONGEST:
        head = symbols[:LONGEST]
        cut = max(head.rfind(f"{mark} ") + 1 for mark in PAUSES)
        if cut < LONGEST // 4:
            cut = head.rfind(" ") if " " in head else LONGEST
        parts.append(symbols[:cut].strip())
        symbols = symbols[cut:].strip()
    return (*parts, symbols) if symbols else tuple(parts)


def _join_waves(waves: Sequence[Wave], pause: float) -> Wave:
    silence = np.zeros(round(pause * RATE), np.float32)
    return np.concatenate([piece for wave in waves for piece in (silence, wave)][1:])


def _normalize_level(wave: Wave) -> Wave:
    """Speech at -24 dBFS RMS, pauses not counted, or lower where the peak would pass -3 dBFS."""
    frames = np.sqrt(
        [float(np.mean(np.square(frame, dtype=np.float64))) for frame in np.array_split(wave, math.ceil(len(wave) / 480))]
    )
    speech = frames[frames > 0.03 * frames.max()]
    rms = math.sqrt(float(np.mean(np.square(speech))))
    return (wave * min(LEVEL / rms, CEILING / float(np.abs(wave).max()))).astype(np.float32)
