"""Selection of a take: sampled again with another random seed until one has no fault, else the best of all attempts."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from pipeline.engines.cloning.take_guards import Verdict
from pipeline.errors import EngineError

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Candidate(Generic[S]):
    """One attempt at a text, and the verdict on it."""

    speech: S
    verdict: Verdict


def select_take(sample: Callable[[int], Candidate[S]], *, attempts: int, engine: str, text: str) -> Candidate[S]:
    """The first attempt without a fault, or the one with the lowest score. `sample`: attempt 0, 1, … EngineError if all are silent."""
    candidates: list[Candidate[S]] = []
    for attempt in range(attempts):
        candidates.append(sample(attempt))
        if not candidates[-1].verdict.faults:
            return candidates[-1]
    best = min(candidates, key=lambda candidate: candidate.verdict.score)
    if not np.isfinite(best.verdict.score):
        raise EngineError(engine, f"{text[:60]!r} came out silent {attempts} times; try another wording or reference clip")
    return best


def derive_seed(*question: object) -> int:
    """Random seed of 63 bits, derived from all that a take depends on: every replica gives the same answer to the same request."""
    joined = "\x00".join(map(str, question))
    return int.from_bytes(hashlib.blake2b(joined.encode(), digest_size=8).digest(), "big") >> 1
