"""Benchmark of orchestration overhead: time of a task from its submission to DONE, less the work of engines, programs and stages."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import DubarrError
from pipeline.tracing import WORK_KINDS, Work, measure_busy_seconds, read_traces
from pipeline.values.timeline import Span
from tools.benchmarks.comparison import Comparison
from tools.benchmarks.cpu_time import measure_cpu_seconds, subtract_cpu_seconds
from tools.benchmarks.films import repeat_film, write_subtitles

if TYPE_CHECKING:
    from serve.client.client import Client

TARGETS = ("es",)
MAX_OVERHEAD_S = 1.5  # s, of a film of a minute
MAX_OVERHEAD_SHARE = 0.05  # of the work, of a film of ten minutes
SHORT_FILM_S = 120.0  # s; films up to this length are held to seconds, longer ones to a share
POLL_INTERVAL_S = 1.0  # s between questions whether it is done: each costs the machine that is measured


@dataclass(frozen=True, slots=True)
class Course:
    """Timing of one task, in seconds: `wall` from the submission to DONE, `work` in which an engine, program or stage was busy."""

    wall: float
    work: float

    @property
    def overhead(self) -> float:
        """Seconds in which only orchestration was under way."""
        return self.wall - self.work


def measure_course(works: Sequence[Work], offered: float, done: float) -> Course:
    """A task's course, by what all processes were at between two points of the machine's clock."""
    within = Span(offered, done)
    return Course(within.duration, measure_busy_seconds([work for work in works if work.kind in WORK_KINDS], within))


def dub_film(client: "Client", film: Path) -> Span:
    """Offer a film and wait for its dub. From the offer to DONE, on the machine's clock. DubarrError where it fails."""
    ahead = time.time() - time.monotonic()
    offered = time.monotonic()
    task_id = client.submit_path(film, TARGETS, "en")["id"]
    *_, task = client.follow(task_id, every=POLL_INTERVAL_S)
    if task["status"] != "DONE":
        raise DubarrError(f"{film.name} could not be dubbed: {task['error']}")
    return Span(offered, datetime.fromisoformat(task["finished_at"]).timestamp() - ahead)


@dataclass(frozen=True, slots=True)
class Trial:
    """A film to dub: its length in seconds, whether subtitles lie beside it, and where their sentences begin."""

    seconds: float
    subtitled: bool
    turn: int = 0

    @property
    def name(self) -> str:
        """The row's first cell."""
        return f"a dub of {round(self.seconds / 60)} min, {'with subtitles' if self.subtitled else 'recognised'}"


WARM_UP = Trial(25, subtitled=True, turn=15)
ONE_MINUTE, TEN_MINUTES = Trial(60, subtitled=True), Trial(600, subtitled=True, turn=1)
HEARD = Trial(61, subtitled=False)  # a second longer: what was diarized before would be answered from the cache


def make_films(trials: Sequence[Trial], folder: Path) -> dict[Trial, Path]:
    """Make the films of these trials, out of the sample film."""
    from evaluation.sample import film as sample
    from evaluation.sample.sample_script import SCENES

    sound, base = sample.synthesize_sound(SCENES, folder), sample.make_sample_film(folder, subtitles=False)
    made = {}
    for number, trial in enumerate(trials):
        made[trial] = repeat_film(base, trial.seconds, folder / f"film-{number}.mkv")
        if trial.subtitled:
            write_subtitles(made[trial], sound.cues, period=sound.seconds, seconds=trial.seconds, turn=trial.turn)
    return made


def measure_overhead(client: "Client", made: Mapping[Trial, Path], trace: Path, *, mark: str) -> Iterator[Comparison]:
    """Dub these films one after another. The first warms the service up, and is not told.

    `mark`: NAME=value in the environment of the service's processes, whose CPU time is told by stage.
    """
    warm_up, *trials = made
    dub_film(client, made[warm_up])
    for trial in trials:
        before = measure_cpu_seconds(mark)
        span = dub_film(client, made[trial])
        cost = subtract_cpu_seconds(before, measure_cpu_seconds(mark))
        yield replace(
            compare_with_work(trial, measure_course(read_traces(trace), span.start, span.end)), cpu=cost, seconds=trial.seconds
        )


def compare_with_work(trial: Trial, found: Course) -> Comparison:
    """A task's course beside the work in it, and the promise that it stays under."""
    short = trial.seconds < SHORT_FILM_S
    kept = found.overhead <= MAX_OVERHEAD_S if short else found.overhead <= MAX_OVERHEAD_SHARE * found.work
    told = f"{found.overhead:.2f} s" if short else f"{found.overhead / found.work:.1%}"
    bar = f"{told} of orchestration, at most {f'{MAX_OVERHEAD_S:g} s' if short else f'{MAX_OVERHEAD_SHARE:.0%}'}"
    return Comparison(trial.name, found.wall, found.work, "s", "engines, programs and stages alone", bar, kept)
