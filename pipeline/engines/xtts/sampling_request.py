"""Synthesis requests to XTTS: a part of a line, its sampled candidates, and the chosen ones of a whole line."""

import hashlib
from dataclasses import dataclass

from pipeline.engines.xtts import speech_defects
from pipeline.engines.xtts.xtts_model import Draw, Timbre


@dataclass(frozen=True, slots=True)
class SynthesisRequest:
    """One part of a line: what determines how it sounds."""

    text: str
    language: str
    voice: str  # the reference clip's digest, or a studio voice's name
    part: int

    def seed(self, attempt: int) -> int:
        """Random seed of an attempt, 63 bits."""
        question = "\x00".join((self.text, self.language, self.voice, str(self.part), str(attempt)))
        return int.from_bytes(hashlib.blake2b(question.encode(), digest_size=8).digest(), "big") >> 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """One attempt at a part, as it sounds at the natural pace, and what is wrong with it."""

    draw: Draw
    verdict: speech_defects.Verdict


@dataclass(frozen=True, slots=True)
class SampledLine:
    """The chosen draws of a whole line, ready to sound at any pace."""

    draws: tuple[Draw, ...]
    pauses: tuple[float, ...]  # seconds between them
    timbre: Timbre
