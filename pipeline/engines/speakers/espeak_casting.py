"""Voice casting by pitch: espeak-ng's voice variants for speakers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.values.timeline import Register, Speaker

PITCH_OPTIONS = tuple(range(30, 71, 5))  # values of -p that still sound like the variant; steps keep a small error in F0 harmless
NEUTRAL_OPTION = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """A voice variant, with its median F0 in Hz at the pitch options 30, 50 and 70."""

    variant: str
    low: float
    middle: float
    high: float

    def pitch(self, option: int) -> float:
        """F0 in Hz at a pitch option from 30 to 70, log-linear in between."""
        end = self.low if option < NEUTRAL_OPTION else self.high
        return self.middle * math.pow(end / self.middle, abs(option - NEUTRAL_OPTION) / 20)


# Measured with YIN over one Spanish and one Catalan sentence each, espeak-ng 1.51; other languages differ by under 4 %.
# Left out: variants that whisper, croak, echo, clip, have a pace of their own, or hardly differ from another.
# Order breaks ties: the clearest first.
VARIANTS: dict[Register, tuple[Candidate, ...]] = {
    Register.LOW: (
        Candidate("m3", 94, 110, 131),
        Candidate("m1", 82, 99, 119),
        Candidate("m7", 94, 111, 131),
        Candidate("m8", 81, 92, 107),
        Candidate("", 88, 105, 128),
        Candidate("Michael", 94, 113, 134),
        Candidate("m4", 85, 97, 117),
        Candidate("pablo", 99, 115, 138),
        Candidate("m2", 84, 102, 128),
        Candidate("Gene2", 96, 116, 145),
        Candidate("miguel", 99, 115, 135),
        Candidate("Lee", 80, 98, 120),
        Candidate("Mario", 94, 114, 132),
        Candidate("Alex", 81, 104, 135),
        Candidate("Denis", 88, 103, 125),
        Candidate("Henrique", 103, 115, 133),
    ),
    Register.HIGH: (
        Candidate("f2", 173, 202, 241),
        Candidate("f3", 194, 222, 258),
        Candidate("f4", 153, 183, 223),
        Candidate("f5", 176, 211, 256),
        Candidate("Annie", 230, 252, 285),
        Candidate("f1", 155, 184, 224),
        Candidate("belinda", 186, 230, 290),
        Candidate("aunty", 125, 174, 236),
        Candidate("steph", 147, 185, 235),
        Candidate("shelby", 174, 195, 220),
        Candidate("Andrea", 199, 245, 306),
        Candidate("grandma", 189, 214, 248),
        Candidate("Alicia", 218, 256, 311),
        Candidate("anika", 226, 272, 332),
    ),
}
REGISTER_BORDER_HZ = 155.0  # that of `Speaker.register`
MIN_BORDER_RATIO = 1.06  # a semitone: the distance of a voice's pitch from the border, so that its register is clear


def cast_by_pitch(speakers: Sequence[Speaker], choice: Sequence[tuple[Candidate, int]] = ()) -> tuple[tuple[Candidate, int], ...]:
    """Cast a variant and a pitch option per speaker, in order; earlier speakers have the first choice. Deterministic.

    Unique variants while they last, then unique pitches of the nearest ones, then anything of the right register. `choice`: to cast
    from; empty: all variants.
    """
    chosen: list[tuple[Candidate, int]] = []
    for speaker in speakers:
        offers = sorted(_list_candidates(speaker, choice), key=lambda offer: _rank(offer, speaker, chosen))
        chosen.append(offers[0])
    return tuple(chosen)


def list_clear_variants() -> tuple[Candidate, ...]:
    """List the variants with a clear register at the neutral pitch: low ones first, the clearest of each first."""
    return tuple(each for register, variants in VARIANTS.items() for each in variants if _is_clear(each.middle, register))


def _list_candidates(speaker: Speaker, choice: Sequence[tuple[Candidate, int]]) -> list[tuple[Candidate, int]]:
    register = speaker.register or Register.LOW
    if choice:
        return [offer for offer in choice if _is_clear(offer[0].pitch(offer[1]), register)] or list(choice)
    return [
        (candidate, option)
        for candidate in VARIANTS[register]
        for option in PITCH_OPTIONS
        if _is_clear(candidate.pitch(option), register)
    ]


def _is_clear(pitch: float, register: Register) -> bool:
    return (
        pitch <= REGISTER_BORDER_HZ / MIN_BORDER_RATIO
        if register is Register.LOW
        else pitch >= REGISTER_BORDER_HZ * MIN_BORDER_RATIO
    )


def _rank(offer: tuple[Candidate, int], speaker: Speaker, taken: list[tuple[Candidate, int]]) -> tuple[float, ...]:
    """Sort key, smaller is better: unused, then the variant whose own F0 is nearest, then the option that brings it nearest."""
    candidate, option = offer
    uses = sum(candidate == other for other, _ in taken)
    if speaker.pitch is None:
        return taken.count(offer), uses, 0.0, abs(option - NEUTRAL_OPTION)
    near = abs(math.log(candidate.middle / speaker.pitch))
    left = abs(math.log(candidate.pitch(option) / speaker.pitch))
    return taken.count(offer), uses, near, left
