"""The report of a library: a folder of Parquet files, one row a film and run. It is also the memory of what was done.

A row lands in a file of its own as soon as its film is finished, so that a crash costs none; many small files are folded
into larger ones on the way. A fold that a crash cut short leaves rows twice: they are read once. Control characters in
names and errors are escaped.
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

MAX_HELD_ROWS = 200  # rows of films that nothing is done about, which may wait for company
FILES_PER_COMPACTION = 100  # files that become one
MAX_READ_ATTEMPTS = 5  # that may happen while the files are read


def build_schema() -> "pyarrow.Schema":
    """The columns of a report. `took`: s that the film's dub took, waiting included; `at`: when its row was written."""
    import pyarrow as pa

    words = pa.list_(pa.string())
    kinds = {"size": pa.int64(), "mtime_ns": pa.int64(), "duration": pa.float64(), "tracks": words, "subtitles": words}
    kinds |= {"targets": words, "task": pa.int64(), "took": pa.float64(), "at": pa.timestamp("us", tz="UTC")}
    names = ["path", "size", "mtime_ns", "duration", "language", "tracks", "subtitles", "dubbed_by", "fault", "verdict"]
    names += ["targets", "reason", "status", "task", "output", "error", "took", "at"]
    return pa.schema([(name, kinds.get(name, pa.string())) for name in names])


def read_report(report: Path, *, since: datetime | None = None) -> "pyarrow.Table":
    """The rows of a report in order of path and time, of all runs or those `since` then; none where there is no report yet."""
    import pyarrow.compute

    whole = _drop_duplicates(pyarrow.concat_tables([build_schema().empty_table(), *_read_files(report)]))
    kept = whole.filter(pyarrow.compute.field("at") >= since) if since else whole
    return kept.sort_by([("path", "ascending"), ("at", "ascending")])


def read_history(report: Path) -> RunHistory:
    """What the runs of a report have dubbed, and what failed in the last of them."""
    done: dict[Version, frozenset[str]] = {}
    failed: dict[Version, Failure] = {}
    for row in read_report(report).select(["path", "size", "mtime_ns", "targets", "status", "task", "error"]).to_pylist():
        version, targets = make_version(row["path"], row["size"], row["mtime_ns"]), frozenset(row["targets"])
        if row["status"] == "DONE":
            done[version] = done.get(version, frozenset()) | targets
            failed.pop(version, None)
        elif row["status"] in {"ERROR", IGNORED_STATUS}:
            failed[version] = Failure(targets, row["error"] or "", row["task"])
    return RunHistory(done, failed)


def _read_files(report: Path) -> "list[pyarrow.Table]":
    """What its files hold. Where a run folds some of them meanwhile, their rows are in a new one: all are listed again."""
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
    """Each row once: a film has one at a moment."""
    keys = zip(table["path"].to_pylist(), table["at"].cast("int64").to_pylist(), strict=True)
    first = {key: number for number, key in reversed(list(enumerate(keys)))}
    return table if len(first) == table.num_rows else table.take(sorted(first.values()))


class ReportWriter:
    """Adds the rows of one run to a report. The folder is made when the first row lands. `folded`: files that become one."""

    def __init__(self, report: Path, *, folded: int = FILES_PER_COMPACTION) -> None:
        self._report, self._folded = report, folded
        self._run = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        self._held: list[Row] = []
        self._files: list[Path] = []  # small ones, not yet folded
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._land()
        self._fold()

    def add(self, row: Row) -> None:
        """Take a row in. That of a film which something was done about is on disk before this returns."""
        self._held.append({**row, "at": datetime.now(UTC)})
        if row.get("status") or len(self._held) >= MAX_HELD_ROWS:
            self._land()

    def _land(self) -> None:
        if not self._held:
            return
        import pyarrow

        columns = build_schema().names
        self._files.append(
            self._write(pyarrow.Table.from_pylist([_complete_row(row, columns) for row in self._held], schema=build_schema()))
        )
        self._held = []
        if len(self._files) >= self._folded:
            self._fold()

    def _fold(self) -> None:
        if len(self._files) > 1:
            import pyarrow

            folded, self._files = self._files, []
            self._write(pyarrow.concat_tables(map(_read_file, folded)))
            for path in folded:
                path.unlink()

    def _write(self, table: "pyarrow.Table") -> Path:
        """A file that is whole or not there."""
        import pyarrow.parquet

        path = self._report / f"{self._run}-{self._written:06}.parquet"
        self._written += 1
        try:
            self._report.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".part").unlink(missing_ok=True)
            with path.with_suffix(".part").open("xb") as file:  # a link that lies there is not followed
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
    """A value of a row; in texts, which are names and errors of others' making, control characters are escaped."""
    if isinstance(value, list):
        return [_escape_value(each) for each in value]
    return escape_control_characters(value) if isinstance(value, str) else value
