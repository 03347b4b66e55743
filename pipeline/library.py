"""Many films: discover → look → decide → dub → report, as one Ray Data pipeline over a library.

`discover`, `look` and `decide` are plain functions; `plan` shows what would be done, `dub_all` does it. The report is a
folder of Parquet files, one row a film and run. It is also the memory: what it calls DONE is not dubbed again.

Who dubs is given as a coroutine function, so that the films of a library can go to a service, and this file knows none.
"""

import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import films, languages, subtitles
from pipeline.errors import DubarrError, FilmError
from pipeline.media import TrackKind

if TYPE_CHECKING:
    import pyarrow
    from ray.data import Dataset

Row = dict[str, Any]
Version = tuple[str, int, int]  # a film as it lies there: path, size, mtime_ns

MOST_FILMS = 100_000  # of one library; more is a folder given by mistake
LOOKS_AT_ONCE = 2  # ffprobe waits for the disk more than for a core


class Verdict(StrEnum):
    """What is to be done about a film, or why nothing is."""

    DUB = "dub"
    DONE = "dubbed before"
    SPEAKS = "speaks it already"
    OURS = "a dub of ours"
    FOREIGN = "in another language than asked for"
    TOO_LONG = "too long"
    NO_FILM = "no film"


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a library is dubbed. `targets`, `sources`: BCP 47; no sources: whatever a film speaks, told or not."""

    targets: tuple[str, ...]
    sources: tuple[str, ...] = ()
    longest: float = 4 * 3600.0  # s

    def __post_init__(self) -> None:
        if not self.targets:
            raise ValueError("a library is dubbed into something; name target languages")


@dataclass(frozen=True, slots=True)
class Found:
    """A film as it lies in the library. `language`: of its dialogue; `fault`: why it is no film that can be dubbed."""

    path: str
    size: int  # bytes
    mtime_ns: int
    duration: float | None = None  # s
    language: str | None = None
    tracks: tuple[str, ...] = ()  # languages that are heard in it
    subtitles: tuple[str, ...] = ()  # languages of its subtitles, in it and beside it
    dubbed_by: str = ""
    fault: str = ""

    @property
    def version(self) -> Version:
        """What tells it from the same film later changed."""
        return self.path, self.size, self.mtime_ns


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a film. `targets`: the languages to dub it into; `reason`: in words."""

    verdict: Verdict
    targets: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a film. `status`: DONE or ERROR. `task`: its number where it was dubbed."""

    status: str
    task: int | None = None
    output: str | None = None
    error: str | None = None


Dubbing = Callable[[Path, tuple[str, ...], str | None], Awaitable[Outcome]]  # film, target languages, the film's language


# --- the steps ---


def discover(root: Path) -> Iterator[Path]:
    """The films under a folder by their names, in order; hidden folders and links to elsewhere are left out."""
    real, found = root.resolve(), 0
    for path in sorted(real.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(real).parts)
        if hidden or path.suffix.casefold() not in subtitles.FILM_SUFFIXES or not path.resolve().is_relative_to(real):
            continue
        if path.is_file():
            found += 1
            if found > MOST_FILMS:
                raise FilmError(f"{root} holds more than {MOST_FILMS} films; name one of its folders")
            yield path


def look(path: Path) -> Found:
    """A film as far as a look tells. What is no film has a fault instead."""
    stat = path.stat()
    try:
        film = films.look(path)
    except FilmError as error:
        return Found(str(path), stat.st_size, stat.st_mtime_ns, fault=str(error))
    beside = [sidecar.language for sidecar in subtitles.sidecars_of(path) if not sidecar.forced]
    inside = [track.language for track in film.of_kind(TrackKind.SUBTITLE) if "forced" not in track.dispositions]
    return Found(
        path=str(path),
        size=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
        duration=film.duration,
        language=film.track(film.dialogue).language,
        tracks=_named(track.language for track in film.of_kind(TrackKind.AUDIO)),
        subtitles=_named([*inside, *beside]),
        dubbed_by=film.dubbed_by,
    )


def _named(tags: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def decide(film: Found, rules: Rules, done: Mapping[Version, frozenset[str]]) -> Decision:
    """What to do about a film. `done`: what earlier runs have dubbed it into."""
    if film.fault:
        return Decision(Verdict.NO_FILM, reason=film.fault)
    if film.dubbed_by:
        return Decision(Verdict.OURS, reason=f"made by {film.dubbed_by}")
    if film.duration is not None and film.duration > rules.longest:
        return Decision(Verdict.TOO_LONG, reason=f"{_clock(film.duration)} long; at most {_clock(rules.longest)} is dubbed")
    missing = tuple(target for target in rules.targets if not _among(target, film.tracks))
    if not missing:
        return Decision(Verdict.SPEAKS, reason=f"it has {', '.join(film.tracks)}")
    if rules.sources and not (film.language and _among(film.language, rules.sources)):
        return Decision(Verdict.FOREIGN, reason=f"it speaks {film.language or 'a language that it does not tell'}")
    left = tuple(target for target in missing if not _among(target, done.get(film.version, frozenset())))
    return Decision(Verdict.DUB, left) if left else Decision(Verdict.DONE, reason="an earlier run dubbed it")


def _among(tag: str, tags: Any) -> bool:
    return any(languages.same(tag, other) for other in tags)


def _clock(seconds: float) -> str:
    return f"{seconds // 3600:.0f}:{seconds // 60 % 60:02.0f}:{seconds % 60:02.0f}"


def finished(report: Path) -> dict[Version, frozenset[str]]:
    """What a report calls DONE: a film's version → the languages that it was dubbed into."""
    done: dict[Version, frozenset[str]] = {}
    for row in read(report).to_pylist():
        if row["status"] == "DONE":
            version = (row["path"], row["size"], row["mtime_ns"])
            done[version] = done.get(version, frozenset()) | frozenset(row["targets"])
    return done


def read(report: Path, *, since: datetime | None = None) -> "pyarrow.Table":
    """The rows of a report in order of path, of all runs or those `since` then; none where there is no report yet."""
    import pyarrow.compute
    import pyarrow.parquet

    tables = [pyarrow.parquet.read_table(file, schema=schema()) for file in sorted(report.glob("*.parquet"))]
    whole = pyarrow.concat_tables([schema().empty_table(), *tables])
    return (whole.filter(pyarrow.compute.field("at") >= since) if since else whole).sort_by("path")


# --- the pipeline ---


def plan(root: Path, rules: Rules, report: Path | None = None, *, at_once: int = 4) -> "Dataset":
    """A library as rows: what each film is, and what is to be done about it. Runs when it is read, and dubs nothing.

    `report`: that of earlier runs. `at_once`: films that go on together.
    """
    paths = [{"path": str(path)} for path in discover(root)]
    if not paths:
        raise FilmError(f"there are no films under {root}; name a folder that holds some")
    import ray.data

    done = finished(report) if report else {}
    films_found = ray.data.from_items(paths, override_num_blocks=math.ceil(len(paths) / at_once))
    return films_found.map(_planned, fn_args=(rules, done), num_cpus=1 / LOOKS_AT_ONCE)


def _planned(row: Row, rules: Rules, done: Mapping[Version, frozenset[str]]) -> Row:
    film = look(Path(row["path"]))
    decision = decide(film, rules, done)
    return {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in asdict(film).items()},
        "verdict": decision.verdict.value,
        "targets": list(decision.targets),
        "reason": decision.reason,
    }


def dub_all(root: Path, rules: Rules, dub: Dubbing, report: Path, *, at_once: int = 4) -> "pyarrow.Table":
    """Dub what a library lacks, and add a row for every film to the report. Returns this run's rows.

    A film that fails has its error in its row, and is tried again by the next run; the others go on. What was reported
    before a crash stays reported: rows are written as films are finished, `at_once` at a time.
    """
    rows = plan(root, rules, report, at_once=at_once).map(_Dubber, fn_kwargs={"dub": dub}, concurrency=1, num_cpus=0.1)
    began = datetime.now(UTC)
    rows.map_batches(_typed, batch_format="pyarrow", batch_size=None).write_parquet(str(report))
    return read(report, since=began)


class _Dubber:
    """Ray Data's actor: it waits for many films at once, and works on none itself."""

    async def __call__(self, row: Row, dub: Dubbing) -> Row:
        """The row with what became of its film."""
        begun = time.monotonic()
        outcome = await self._outcome(row, dub) if row["verdict"] == Verdict.DUB else Outcome("")
        took = time.monotonic() - begun if outcome.status else None
        return {**row, **asdict(outcome), "took": took, "at": datetime.now(UTC)}

    async def _outcome(self, row: Row, dub: Dubbing) -> Outcome:
        try:
            return await dub(Path(row["path"]), tuple(row["targets"]), row["language"])
        except DubarrError as error:  # it is this film's; the library goes on
            return Outcome("ERROR", error=str(error))


def schema() -> "pyarrow.Schema":
    """The columns of a report. `took`: s that the film's dub took, waiting included."""
    import pyarrow as pa

    words = pa.list_(pa.string())
    kinds = {"size": pa.int64(), "mtime_ns": pa.int64(), "duration": pa.float64(), "tracks": words, "subtitles": words}
    kinds |= {"targets": words, "task": pa.int64(), "took": pa.float64(), "at": pa.timestamp("us", tz="UTC")}
    names = ["path", "size", "mtime_ns", "duration", "language", "tracks", "subtitles", "dubbed_by", "fault", "verdict"]
    names += ["targets", "reason", "status", "task", "output", "error", "took", "at"]
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])


def _typed(table: "pyarrow.Table") -> "pyarrow.Table":
    """The rows with the report's types, whatever Arrow made of columns that are empty in these few."""
    return table.select(schema().names).cast(schema())
