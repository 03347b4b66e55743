"""Candidate takes of a line, made apart from its dub."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewTake:
    """Candidate take before it has an id. `varied`: its difference to the line's planned take, in words. `heard`, `wer`: of its round
    trip; None where it was not verified. `audio`: relative to the artifacts folder.
    """

    language: str
    number: int
    text: str
    voice: str
    varied: str
    seconds: float
    rate: float
    audio: str
    heard: str | None = None
    wer: float | None = None


@dataclass(frozen=True, slots=True)
class TakeCandidate(NewTake):
    """Candidate take. `chosen`: the dub speaks the line with it."""

    id: int = 0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class KeptTake:
    """Take that a dub is to keep: the chosen candidate of a line, or the take of a locked line."""

    language: str
    number: int
    text: str
    seconds: float
    rate: float
    audio: str
    is_locked: bool
