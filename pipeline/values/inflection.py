"""Inflection of a line: how its pitch differs from its voice's own."""

from dataclasses import dataclass

SEMITONES_PER_OCTAVE = 12


@dataclass(frozen=True, slots=True)
class Inflection:
    """Inflection of a take against its voice's own: shift of F0 in semitones, factor of the pitch range around the mean."""

    shift: float = 0.0
    range: float = 1.0
