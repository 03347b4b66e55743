"""Memory footprint (PSS) and open files of the service's processes, and their growth over tasks: leak detection."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.endurance.processes import OTHER, PROC, PROGRAM, Process

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Footprint:
    """The footprint of one process: `memory` in MB (2²⁰ bytes), shared pages by its share (PSS); `files` it has open."""

    name: str  # kind and process id: a process that was replaced is another one
    memory: float
    files: int


@dataclass(frozen=True, slots=True)
class Growth:
    """The growth of one process. `memory`, `peak`: MB at the end and at most; `slope`: MB, `files_slope`: files a task."""

    name: str
    memory: float
    peak: float
    slope: float
    files: int
    files_slope: float


def measure_footprints(processes: Iterable[Process]) -> tuple[Footprint, ...]:
    """Of every process that stays; one that ends meanwhile is left out."""
    found = (_measure_footprint(process) for process in processes if process.kind not in {OTHER, PROGRAM})
    return tuple(footprint for footprint in found if footprint)


def _measure_footprint(process: Process) -> Footprint | None:
    folder = PROC / str(process.pid)
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()
        files = sum(1 for _ in (folder / "fd").iterdir())
    except OSError:
        return None  # gone meanwhile
    kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return Footprint(f"{process.kind} {process.pid}", kilobytes * 1024 / MIB, files)


def fit_slope(points: Sequence[tuple[float, float]]) -> float:
    """The least-squares slope through (x, y); 0.0 where there are fewer than two different x."""
    if len(points) < 2:
        return 0.0
    middle_x, middle_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - middle_x) ** 2 for x, _ in points)
    return sum((x - middle_x) * (y - middle_y) for x, y in points) / spread if spread else 0.0


def measure_growths(samples: Sequence[tuple[int, tuple[Footprint, ...]]]) -> tuple[Growth, ...]:
    """The growth of each process over samples of (tasks done, footprints), by name."""
    names = sorted({footprint.name for _, all_of_them in samples for footprint in all_of_them})
    return tuple(_measure_growth(name, samples) for name in names)


def _measure_growth(name: str, samples: Sequence[tuple[int, tuple[Footprint, ...]]]) -> Growth:
    its = [(tasks, footprint) for tasks, all_of_them in samples for footprint in all_of_them if footprint.name == name]
    return Growth(
        name=name,
        memory=its[-1][1].memory,
        peak=max(footprint.memory for _, footprint in its),
        slope=fit_slope([(tasks, footprint.memory) for tasks, footprint in its]),
        files=its[-1][1].files,
        files_slope=fit_slope([(tasks, footprint.files) for tasks, footprint in its]),
    )
