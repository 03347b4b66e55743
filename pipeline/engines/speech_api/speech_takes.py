"""Takes from a speech server, checked as they arrive: silence, babble and omitted words are requested again; the pace by `speed`."""

import logging
from dataclasses import dataclass, replace

import numpy as np

from pipeline.engines.cloning import speech_defects
from pipeline.engines.cloning.take_guards import BABBLE_GRACE_S, Expectation, Verdict, judge_take
from pipeline.engines.protocols import Wave
from pipeline.engines.speech_api.speech_client import SpeechClient
from pipeline.engines.speech_api.speech_request import ENGINE, SpeechRequest
from pipeline.errors import EngineError

log = logging.getLogger(__name__)

SLOWEST_RATE, FASTEST_RATE = 0.8, 1.4  # of the natural pace, that a server is asked for
MAX_SPEED_STEPS, DURATION_TOLERANCE = 2, 0.03  # speech does not shrink quite in proportion; the film's timing stretches the rest
SAME_DURATION_RATIO = 0.02  # a take that differs less from the natural one, though another speed was requested, ignores it
UNUSABLE_DURATION_FACTOR = 4.0  # times the expected duration, plus the grace of take_guards: no line lasts as long


@dataclass(frozen=True, slots=True)
class CheckedTake:
    """A cleaned take at `sample_rate` Hz, with what may be wrong with it."""

    wave: Wave
    sample_rate: int
    verdict: Verdict

    @property
    def seconds(self) -> float:
        """Duration; above 0.0 for a take that can be used."""
        return len(self.wave) / self.sample_rate


class SpeechTakes:
    """Takes of one server, each of up to `attempts` renditions. Thread-safe."""

    def __init__(self, client: SpeechClient, attempts: int) -> None:
        self._client, self._attempts = client, attempts
        self._ignores_speed = False

    def is_pace_fixed(self, speed: float) -> bool:
        """True if the server refused or ignored such a speed, or is not to be given any."""
        return self._ignores_speed or not self._client.accepts_speed(speed)

    def make_take(self, request: SpeechRequest, expected: float) -> CheckedTake:
        """The first take without a fault, or the one with the least. `expected`: seconds. EngineError if none can be used."""
        takes: list[CheckedTake] = []
        for attempt in range(self._attempts):
            wave, rate = self._client.synthesize(replace(request, seed=request.seed + attempt), expected)
            clean = speech_defects.clean_wave(wave, rate)
            takes.append(CheckedTake(clean, rate, judge_take(wave, clean, rate, Expectation(request.text, expected))))
            if not takes[-1].verdict.faults:
                return takes[-1]
        best = min(takes, key=lambda take: take.verdict.score)
        said = request.text[:60]
        if not np.isfinite(best.verdict.score):
            raise EngineError(ENGINE, f"{said!r} came out silent {self._attempts} times; try another voice or wording")
        if best.seconds > UNUSABLE_DURATION_FACTOR * expected + BABBLE_GRACE_S:
            raise EngineError(
                ENGINE,
                f"{said!r} came out {best.seconds:.0f} s long at best, for about {expected:.1f} s of words, in {self._attempts} attempts; "
                "try another voice or wording",
            )
        log.warning("%s: the best of %d takes of %r is %s", ENGINE, len(takes), said, ", ".join(best.verdict.faults))
        return best

    def approach_duration(self, request: SpeechRequest, natural: CheckedTake, seconds: float) -> CheckedTake:
        """The take that comes nearest to a duration, by the field `speed`. A server that ignores it is not asked again."""
        goal = min(max(seconds, natural.seconds / FASTEST_RATE), natural.seconds / SLOWEST_RATE)
        best, latest, speed = natural, natural, 1.0
        for _ in range(MAX_SPEED_STEPS):
            faster = min(max(speed * latest.seconds / goal, SLOWEST_RATE), FASTEST_RATE)
            if abs(best.seconds / goal - 1.0) <= DURATION_TOLERANCE or faster == speed or self.is_pace_fixed(faster):
                break
            speed, latest = faster, self.make_take(replace(request, speed=faster), goal)
            if self._is_same_pace(natural, latest, speed):
                break
            if not latest.verdict.faults:
                best = min(best, latest, key=lambda take: abs(take.seconds - goal))
        return best

    def _is_same_pace(self, natural: CheckedTake, latest: CheckedTake, speed: float) -> bool:
        """True if a take shows that the server ignores `speed`; remembered."""
        changed = abs(latest.seconds / natural.seconds - 1.0)
        if changed < SAME_DURATION_RATIO < abs(speed - 1.0) / 2 and self._client.accepts_speed(speed):
            self._ignores_speed = True
            log.warning("%s: the server ignores the field speed; set speed: false in the profile", ENGINE)
        return self.is_pace_fixed(speed)
