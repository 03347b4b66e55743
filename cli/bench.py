"""`./dubarr bench`: what Dubarr costs on this machine, each figure beside its floor, in one run."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from cli import screen
from cli.benchmarks import comparison, mixing, overhead, serving
from cli.benchmarks.comparison import Comparison
from cli.own_service import OwnService, own_service
from pipeline import spans

README = Path(__file__).parents[1] / "README.md"
MIXING, UPLOAD, HEALTH, OVERHEAD = NAMES = ("mixing", "upload", "health", "overhead")
SERVED = frozenset({UPLOAD, HEALTH, OVERHEAD})


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured. `minutes`: of the film that is mixed; `megabytes`: uploaded; `seconds`: of asking /health."""

    minutes: float
    megabytes: float
    seconds: float
    trials: tuple[overhead.Trial, ...]


FULL = Effort(5, 250, 5, (overhead.WARM_UP, overhead.ONE_MINUTE, overhead.HEARD, overhead.TEN_MINUTES))
QUICK = Effort(0.5, 25, 1, (overhead.WARM_UP, overhead.ONE_MINUTE))


@click.command()
@click.option("--only", "names", multiple=True, type=click.Choice(NAMES), help="Measure this alone; may be given again.")
@click.option("--quick", is_flag=True, help="Shorter films, fewer bytes: half a minute beside the service's start.")
@click.option("--write", is_flag=True, help="Put the table into the README.")
@click.option(
    "--trace",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what all processes were at into this file, for Perfetto (https://ui.perfetto.dev).",
)
def bench(names: tuple[str, ...], quick: bool, write: bool, trace: Path | None) -> None:
    """Measure Dubarr against its floors.

    Mixing, muxing, uploads, /health, and what orchestration adds to a dub. Starts a service of its own in a temporary
    folder; nothing else should run meanwhile. Takes about four minutes on two cores.
    """
    if write and names:
        raise click.UsageError("--write wants the whole table; leave --only out")
    if write:
        comparison.require_place(README)
    with tempfile.TemporaryDirectory(prefix="dubarr-bench-", ignore_cleanup_errors=True) as temporary:
        home = Path(temporary).resolve()
        rows = list(measured(frozenset(names or NAMES), QUICK if quick else FULL, home))
        if trace:
            trace.write_text(spans.chrome_trace(spans.read(home / "trace")), "utf-8")
    screen.results().print(comparison.table(rows))
    if write:
        comparison.write(
            README, rows, caption=f"On {os.cpu_count()} cores, by `./dubarr bench{' --quick' if quick else ''} --write`."
        )
        screen.say(f"written to {README}")


def measured(names: frozenset[str], effort: Effort, home: Path) -> Iterator[Comparison]:
    """These comparisons, each as soon as it is known. `home`: an empty folder for all that is made on the way."""
    if MIXING in names:
        with screen.waiting("mixing and muxing"):
            yield from mixing.measured(home, effort.minutes)
    if not names & SERVED:
        return
    films = home / "films"
    films.mkdir()
    made = {}
    if OVERHEAD in names:
        with screen.waiting("making the films"):
            made = overhead.films(effort.trials, films)
    with own_service(home, TRACE_DIR=f"{home}/trace", LIBRARY_ROOTS=str(films)) as own:
        yield from _served(own, names, effort, home, made)


def _served(
    own: OwnService, names: frozenset[str], effort: Effort, home: Path, made: dict[overhead.Trial, Path]
) -> Iterator[Comparison]:
    if OVERHEAD in names:
        with screen.waiting("dubbing"):
            yield from overhead.measured(own.client, made, home / "trace")
    if HEALTH in names:
        with screen.waiting("asking /health"):
            yield from serving.health(own.url, home, seconds=effort.seconds)
    if UPLOAD in names:
        with screen.waiting("uploading"):
            yield from serving.upload(own.client, home, megabytes=effort.megabytes)
