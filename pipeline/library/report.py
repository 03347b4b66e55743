"""Report of a library: a folder of Parquet files, one row per film and run. It is also the history that later runs read.

A row is written to a file of its own as soon as its film is finished, so that a crash loses none; many small files are
compacted into larger ones on the way. A compaction that a crash interrupted leaves rows twice: they are read once. Control
characters in names and errors are escaped.
"""

import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pipeline.control_characters import escape_control_characters
from pipeline.errors import DubarrError
from pipeline.library.scan import IGNORED_STATUS, Failure, Row, RunHistory, Version, make_version

if TYPE_CHECKING:
    import pyarrow

MAX_HELD_ROWS = 200  # rows of films that are not dubbed, which are written together
FILES_PER_COMPACTION = 100  # files that one compaction merges
MAX_READ_ATTEMPTS = 5  # a compaction may delete files between listing and reading


def build_schema() -> "pyarrow.Schema":
    """Columns of a report. `took`: s that the film's dub took, waiting included; `at`: time of writing the row, UTC."""
    import pyarrow as pa

    words = pa.list_(pa.string())
    kinds = {"size": pa.int64(), "mtime_ns": pa.int64(), "duration": pa.float64(), "tracks": words, "subtitles": words}
    kinds |= {"targets": words, "task": pa.int64(), "took": pa.float64(), "at": pa.timestamp("us", tz="UTC")}
    names = ["path", "size", "mtime_ns", "duration", "language", "tracks", "subtitles", "dubbed_by", "fault", "verdict"]
    names += ["targets", "reason", "status", "task", "output", "error", "took", "at"]
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])


def read_report(report: Path, *, since: datetime | None = None) -> "pyarrow.Table":
    """Rows of a report in order of path and time, of all runs or those `since` then; none where there is no report yet."""
    import pyarrow.compute

    rows = _drop_duplicates(pyarrow.concat_tables([build_schema().empty_table(), *_read_files(report)]))
    selected = rows.filter(pyarrow.compute.field("at") >= since) if since else rows
    return selected.sort_by([("path", "ascending"), ("at", "ascending")])


def read_history(report: Path) -> RunHistory:
    """Run history of a report: languages that films were dubbed into, and films whose last run failed."""
    done: dict[Version, frozenset[str]] = {}
    failed: dict[Version, Failure] = {}
    for row in read_report(report).select(["path", "size", "mtime_ns", "targets", "status", "task", "error"]).to_pylist():
        version, targets = make_version(row["path"], row["size"], row["mtime_ns"]), frozenset(row["targets"])
        if row["status"] == "DONE":
            done[version] = done.get(version, frozenset()) | targets
            failed.pop(version, None)
        elif row["status"] in {"ERROR", "CANCELLED", IGNORED_STATUS}:
            failed[version] = Failure(targets, row["error"] or "", row["task"])
    return RunHistory(done, failed)


def _read_files(report: Path) -> "list[pyarrow.Table]":
    """Tables of the report's files. Where a compaction deletes one meanwhile, its rows are in a new file: all are listed again."""
    for _ in range(MAX_READ_ATTEMPTS):
        paths = sorted(report.glob("*.parquet"))
        try:
            return [_read_file(path) for path in paths]
        except FileNotFoundError:
            continue
    raise DubarrError(f"the files in {report} come and go; does more than one run write there?")


def _read_file(path: Path) -> "pyarrow.Table":
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_table(path, schema=build_schema())
    except FileNotFoundError:
        raise
    except (OSError, pyarrow.ArrowException) as error:
        reason = str(error).partition("\n")[0]
        raise DubarrError(f"{path} cannot be read ({reason}); move it away: its films are then asked for again") from error


def _drop_duplicates(table: "pyarrow.Table") -> "pyarrow.Table":
    """The table without repeated rows; path and time identify a row."""
    keys = zip(table["path"].to_pylist(), table["at"].cast("int64").to_pylist(), strict=True)
    first = {key: number for number, key in reversed(list(enumerate(keys)))}
    return table if len(first) == table.num_rows else table.take(sorted(first.values()))


class ReportWriter:
    """Writer of the rows of one run. The folder is made with the first file. `files_per_compaction`: files that one merges."""

    def __init__(self, report: Path, *, files_per_compaction: int = FILES_PER_COMPACTION) -> None:
        self._report, self._files_per_compaction = report, files_per_compaction
        self._run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self._held: list[Row] = []
        self._files: list[Path] = []  # small ones, not yet compacted
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._write_held()
        self._compact()

    def add(self, row: Row) -> None:
        """Add a row. One with a status, of a film that was dubbed or failed, is on disk before this returns."""
        self._held.append({**row, "at": datetime.now(UTC)})
        if row.get("status") or len(self._held) >= MAX_HELD_ROWS:
            self._write_held()

    def _write_held(self) -> None:
        if not self._held:
            return
        import pyarrow

        columns = build_schema().names
        self._files.append(
            self._write_file(
                pyarrow.Table.from_pylist([_complete_row(row, columns) for row in self._held], schema=build_schema())
            )
        )
        self._held = []
        if len(self._files) >= self._files_per_compaction:
            self._compact()

    def _compact(self) -> None:
        if len(self._files) > 1:
            import pyarrow

            compacted, self._files = self._files, []
            self._write_file(pyarrow.concat_tables(map(_read_file, compacted)))
            for path in compacted:
                path.unlink()

    def _write_file(self, table: "pyarrow.Table") -> Path:
        """Write a file atomically: it is complete, or does not exist."""
        import pyarrow.parquet

        path = self._report / f"{self._run}-{self._written:06}.parquet"
        self._written += 1
        try:
            self._report.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".part").unlink(missing_ok=True)
            with path.with_suffix(".part").open("xb") as file:  # a symbolic link of that name is not followed
                pyarrow.parquet.write_table(table, file)
                file.flush()
                os.fsync(file.fileno())
            return path.with_suffix(".part").replace(path)
        except OSError as error:
            advice = "make room or name another with --report, then start again: what is dubbed is not dubbed twice"
            raise DubarrError(f"the report in {self._report} cannot be written ({error.strerror}); {advice}") from error


def _complete_row(row: Row, columns: Sequence[str]) -> Row:
    return {"status": "", **{name: _escape_value(row[name]) for name in columns if name in row}}


def _escape_value(value: Any) -> Any:
    """A value of a row, with control characters in its texts escaped: names and errors come from strangers' files."""
    if isinstance(value, list):
        return [_escape_value(each) for each in value]
    return escape_control_characters(value) if isinstance(value, str) else value
