"""`./dubarr bench`: benchmarks of Dubarr on this machine, each figure beside its baseline, in one run."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.service.temporary_service import TemporaryService, start_temporary_service
from pipeline import tracing
from tools.benchmarks import comparison, mixing, overhead, serving
from tools.benchmarks.comparison import Comparison

README = Path(__file__).parents[1] / "README.md"
MIXING, UPLOAD, HEALTH, OVERHEAD = NAMES = ("mixing", "upload", "health", "overhead")
SERVICE_BENCHMARKS = frozenset({UPLOAD, HEALTH, OVERHEAD})


@dataclass(frozen=True, slots=True)
class MeasuringPlan:
    """Extent of a benchmark run. `minutes`: of the film that is mixed; `megabytes`: uploaded; `seconds`: of requests to /health."""

    minutes: float
    megabytes: float
    seconds: float
    trials: tuple[overhead.Trial, ...]


FULL_PLAN = MeasuringPlan(5, 250, 5, (overhead.WARM_UP, overhead.ONE_MINUTE, overhead.HEARD, overhead.TEN_MINUTES))
QUICK_PLAN = MeasuringPlan(0.5, 25, 1, (overhead.WARM_UP, overhead.ONE_MINUTE))


@click.command()
@click.option("--only", "names", multiple=True, type=click.Choice(NAMES), help="Measure this alone; may be given again.")
@click.option("--quick", is_flag=True, help="Shorter films, fewer bytes: half a minute beside the service's start.")
@click.option("--write", is_flag=True, help="Put the table into the README.")
@click.option("--quality", is_flag=True, help="Measure the quality of the profile's engines instead of speed.")
@click.option(
    "--recordings",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="With --quality: a folder of recordings to recognise too, a transcript beside each (speech.wav, speech.txt).",
)
@click.option(
    "--trace",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what all processes were at into this file, for Perfetto (https://ui.perfetto.dev).",
)
def bench(names: tuple[str, ...], quick: bool, write: bool, quality: bool, recordings: Path | None, trace: Path | None) -> None:
    """Measure Dubarr against baselines.

    Mixing, muxing, uploads, /health, what orchestration adds to a dub, and CPU time by stage. Starts a service of its own in a
    temporary folder; nothing else should run meanwhile. Takes about six minutes on two cores.

    With --quality: word error rates, chrF of translations, what is left of the music, and how well the voices are understood,
    for the profile's engines. Takes about ten minutes.
    """
    if quality:
        measure_quality(recordings)
        return
    if write and names:
        raise click.UsageError("--write wants the whole table; leave --only out")
    if write:
        comparison.require_table_marks(README)
    with tempfile.TemporaryDirectory(prefix="dubarr-bench-", ignore_cleanup_errors=True) as temporary:
        home = Path(temporary).resolve()
        rows = list(measure_costs(frozenset(names or NAMES), QUICK_PLAN if quick else FULL_PLAN, home))
        if trace:
            trace.write_text(tracing.format_chrome_trace(tracing.read_traces(home / "trace")), "utf-8")
    console.create_stdout_console().print(comparison.build_comparison_table(rows))
    if any(row.cpu for row in rows):
        console.create_stdout_console().print(comparison.build_cpu_table(rows))
    if write:
        comparison.write_table(
            README, rows, caption=f"On {os.cpu_count()} cores, by `./dubarr bench{' --quick' if quick else ''} --write`."
        )
        console.say(f"written to {README}")


def measure_quality(recordings: Path | None) -> None:
    """Measure and print the quality of the profile's engines. DubarrError where they or their weights are not installed."""
    from cli.install import model_downloads
    from evaluation import metrics
    from evaluation.round_trip import RECOGNIZER_MODEL
    from pipeline.engines.protocols import Role
    from pipeline.engines.registry import engine_builder
    from pipeline.models.model_hub import Hub
    from serve import profile_loader
    from serve.engines.engine_options import find_options
    from tools.benchmarks import quality

    metrics.require_libraries("./dubarr bench --quality")
    settings = console.load_settings()
    model_downloads.fetch_for_start(settings)
    shares = profile_loader.load_profile(settings).roles()

    def build(role: Role) -> Any:
        share = shares.get(role)
        return engine_builder.build_engine(role, share.engine, **find_options(settings, role, share)) if share else None

    ear = Hub(settings.models_dir).fetch_folder(RECOGNIZER_MODEL, engine="whisper", setting="MODELS_DIR")
    found = []
    with tempfile.TemporaryDirectory(prefix="dubarr-quality-") as home, console.show_spinner("measuring, for some minutes"):
        for figure in quality.measure_engines(build, Path(home), ear, recordings):
            found.append(figure)
            console.say(f"{' '.join(filter(None, (figure.what.strip(), figure.language)))}: {figure.figure}")
    console.create_stdout_console().print(quality.build_quality_table(found))


def measure_costs(names: frozenset[str], effort: MeasuringPlan, home: Path) -> Iterator[Comparison]:
    """Run these benchmarks, yielding each comparison as soon as it is known. `home`: an empty folder for intermediate files."""
    if MIXING in names:
        with console.show_spinner("mixing and muxing"):
            yield from mixing.measure_mixing(home, effort.minutes)
    if not names & SERVICE_BENCHMARKS:
        return
    films = home / "films"
    films.mkdir()
    made = {}
    if OVERHEAD in names:
        with console.show_spinner("making the films"):
            made = overhead.make_films(effort.trials, films)
    with start_temporary_service(home, TRACE_DIR=f"{home}/trace", LIBRARY_ROOTS=str(films)) as own:
        yield from _measure_service(own, names, effort, home, made)


def _measure_service(
    own: TemporaryService, names: frozenset[str], effort: MeasuringPlan, home: Path, made: dict[overhead.Trial, Path]
) -> Iterator[Comparison]:
    if OVERHEAD in names:
        with console.show_spinner("dubbing"):
            yield from overhead.measure_overhead(own.client, made, home / "trace", mark=f"DATA_DIR={home}/data")
    if HEALTH in names:
        with console.show_spinner("asking /health"):
            yield from serving.measure_health(own.url, home, seconds=effort.seconds)
    if UPLOAD in names:
        with console.show_spinner("uploading"):
            yield from serving.measure_upload(own.client, home, megabytes=effort.megabytes)
