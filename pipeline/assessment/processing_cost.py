"""Processing cost of a dub: CPU- and GPU-seconds of its stages, and the time that they took, per hour of film."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.values.tasks import StageRun, StageStatus

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class ProcessingCost:
    """Cost of one dub, from the last run of each of its stages, per hour of film, analysis of the film included.

    `seconds_per_hour`: elapsed. `cpu_seconds_per_hour`, `gpu_seconds_per_hour`: used in all processes; None where the runs were
    recorded by an older release. `computed`, `reused`: answers that were computed, and that came from the cache and cost nothing.
    """

    seconds_per_hour: float
    cpu_seconds_per_hour: float | None
    gpu_seconds_per_hour: float | None
    computed: int
    reused: int


def measure_cost(runs: Sequence[StageRun], language: str, film_seconds: float | None) -> ProcessingCost | None:
    """Cost of the dub in a language. `runs`: the last one of each stage; None without any, or for a film of unknown length."""
    own = [run for run in runs if run.language in {None, language} and run.status is StageStatus.DONE]
    if not own or not film_seconds:
        return None
    per_hour = HOUR_S / film_seconds
    cpu_seconds, gpu_seconds = sum(run.cpu_seconds for run in own), sum(run.gpu_seconds for run in own)
    return ProcessingCost(
        seconds_per_hour=per_hour * sum(run.seconds for run in own),
        cpu_seconds_per_hour=per_hour * cpu_seconds if cpu_seconds else None,
        gpu_seconds_per_hour=per_hour * gpu_seconds if cpu_seconds else None,
        computed=sum(run.executed for run in own),
        reused=sum(run.reused for run in own),
    )
