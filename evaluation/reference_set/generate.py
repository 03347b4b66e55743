"""Generation of the reference set: three short films for each seed, or one long film, spoken, set to music and written."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from evaluation.reference_set.films import FilmPlan, is_complete, write_film
from evaluation.reference_set.schedule import Reel, schedule_long_film, schedule_reel
from evaluation.reference_set.scripts import Script, load_scripts
from evaluation.reference_set.takes import LineSpeaker, SourceTake
from pipeline.filesystem.disk_space import reserve_disk_space

TAKES_FOLDER = ".takes"  # in the set's folder: spoken lines, kept for further films
MAX_HOURS, MAX_SEED = 5.0, 1_000_000
DISK_BYTES_PER_S = 400_000  # disk that a second of film takes with its stems while it is written


@dataclass(frozen=True, slots=True)
class SetSpec:
    """Films to make. `hours`: None for the short ones of each seed, else one long film of at least that length for each."""

    seeds: tuple[int, ...] = (1,)
    hours: float | None = None

    def __post_init__(self) -> None:
        if not self.seeds or not all(0 <= seed <= MAX_SEED for seed in self.seeds):
            raise ValueError(f"a reference set needs seeds from 0 to {MAX_SEED}")
        if self.hours is not None and not 0.0 < self.hours <= MAX_HOURS:
            raise ValueError(f"a long film lasts up to {MAX_HOURS:g} hours, not {self.hours}")

    def name_films(self, scripts: Sequence[Script]) -> Iterator[tuple[str, int, tuple[Script, ...]]]:
        """Name, seed and scripts of each film."""
        for seed in self.seeds:
            if self.hours is not None:
                yield f"long-{self.hours:g}h-{seed}", seed, tuple(scripts)
            else:
                yield from ((f"{script.name}-{seed}", seed, (script,)) for script in scripts)


def make_reference_set(
    folder: Path, model: Path, spec: SetSpec, *, on_line: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[Path]:
    """Make the films in a folder and yield each; those that are there already are left alone. StageError for a full disk.

    `model`: folder of Kokoro's weights. `on_line`: called with the lines that are spoken so far, and all that there are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    speaker = LineSpeaker(model, folder / TAKES_FOLDER)
    scripts = load_scripts()
    films = list(spec.name_films(scripts))
    todo = [film for film in films if not is_complete(film[0], folder, fingerprint=speaker.fingerprint, seed=film[1])]
    takes = speak_scripts(speaker, {script.name: script for _, _, wanted in todo for script in wanted}.values(), on_line)
    for name, seed, wanted in films:
        if (name, seed, wanted) in todo:
            reels = tuple(plan_reels(wanted, takes, seed, spec.hours))
            plan = FilmPlan(name, reels, seed, speaker.fingerprint)
            with reserve_disk_space(folder, round(plan.seconds * DISK_BYTES_PER_S), "reference set"):
                write_film(plan, folder)
        yield folder / f"{name}.mkv"


def speak_scripts(
    speaker: LineSpeaker, scripts: Iterable[Script], on_line: Callable[[int, int], None]
) -> dict[str, tuple[SourceTake, ...]]:
    """Script's name → takes of its lines. `on_line`: as for `make_reference_set`."""
    wanted = tuple(scripts)
    total, counter = sum(len(script.lines) for script in wanted), count(1)
    return {script.name: speaker.speak_script(script, lambda: on_line(next(counter), total)) for script in wanted}


def plan_reels(
    scripts: Sequence[Script], takes: Mapping[str, Sequence[SourceTake]], seed: int, hours: float | None
) -> Iterator[Reel]:
    """The reels of a film: its one script, or for a long film all of them in turn until it is long enough."""
    if hours is not None:
        yield from schedule_long_film(scripts, takes, seconds=3600.0 * hours, seed=seed)
    else:
        yield from (schedule_reel(each, takes[each.name], start=0.0, seed=(seed, *each.name.encode())) for each in scripts)
