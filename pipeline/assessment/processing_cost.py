"""Processing cost of a dub: seconds that its stages took, per hour of film."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.values.tasks import StageRun, StageStatus

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class ProcessingCost:
    """Cost of one dub, from the last run of each of its stages. `seconds_per_hour`: elapsed seconds per hour of film, analysis
    of the film included; stages run on a CPU or a GPU, as their engines do. `computed`, `reused`: answers of the stages that
    were computed and that came from the cache, whose time is not in the cost.
    """

    seconds_per_hour: float
    computed: int
    reused: int


def measure_cost(runs: Sequence[StageRun], language: str, film_seconds: float | None) -> ProcessingCost | None:
    """Cost of the dub in a language. `runs`: the last one of each stage; None without any, or for a film of unknown length."""
    own = [run for run in runs if run.language in {None, language} and run.status is StageStatus.DONE]
    if not own or not film_seconds:
        return None
    seconds = sum(run.seconds for run in own)
    return ProcessingCost(seconds * HOUR_S / film_seconds, sum(run.executed for run in own), sum(run.reused for run in own))
