"""Results of an evaluation as a Parquet file: a row per figure of each film and language, and a row per observation.

Columns: kind (figure, film, line), film ("" for all), language ("" for the film itself), metric, line, value, weight.
"""

import math
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evaluation.film_evaluation.figures import compute_figures
from evaluation.film_evaluation.observations import Observation, Quantity
from pipeline.errors import FilmError

if TYPE_CHECKING:
    import pyarrow

FORMAT_KEY, FORMAT = b"dubarr-evaluation", b"1"  # of the file's metadata; another number has other metrics
MAX_FILE_BYTES, MAX_ROWS = 256 << 20, 5_000_000
MAX_NAME_CHARACTERS = 300


def write_results(path: Path, observations: Sequence[Observation]) -> None:
    """Write an evaluation, whole or not at all."""
    from pyarrow import parquet

    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    os.close(descriptor)
    try:
        parquet.write_table(build_table(observations), name)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


def build_table(observations: Sequence[Observation]) -> "pyarrow.Table":
    """The file's table."""
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float64()
    columns = {"kind": text, "film": text, "language": text, "metric": text, "line": pyarrow.int32(), "value": number}
    schema = pyarrow.schema([*columns.items(), ("weight", number)], metadata={FORMAT_KEY: FORMAT})
    rows = [
        {"kind": "figure", "film": each.film, "language": each.language, "metric": each.figure.name, "value": each.value}
        | {"weight": float(each.count)}
        for each in compute_figures(observations)
    ]
    rows += [
        {"kind": "film" if each.line is None else "line", "film": each.film, "language": each.language, "line": each.line}
        | {"metric": str(each.quantity), "value": each.value, "weight": each.weight}
        for each in observations
    ]
    return pyarrow.Table.from_pylist(rows, schema)


def read_results(path: Path) -> tuple[Observation, ...]:
    """The observations of an evaluation's file, which may be anybody's. FilmError where it is none."""
    import pyarrow
    from pyarrow import parquet

    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise FilmError(f"{path.name} is larger than {MAX_FILE_BYTES >> 20} MiB; results of an evaluation are not")
        with parquet.ParquetFile(path) as file:
            if (file.schema_arrow.metadata or {}).get(FORMAT_KEY) != FORMAT or file.metadata.num_rows > MAX_ROWS:
                raise FilmError(f"{path.name} is no result of this version's ./dubarr evaluate; evaluate the films again")
            rows = file.read(["kind", "film", "language", "metric", "line", "value", "weight"]).to_pylist()
        return tuple(_parse_row(row) for row in rows if row["kind"] != "figure")
    except (OSError, pyarrow.ArrowException, KeyError, TypeError, ValueError) as error:
        raise FilmError(
            f"{path.name} cannot be read as results of an evaluation ({str(error)[:200]}); give another file"
        ) from error


def _parse_row(row: dict[str, object]) -> Observation:
    film, language, line, value, weight = (row[name] for name in ("film", "language", "line", "value", "weight"))
    if not (isinstance(film, str) and isinstance(language, str) and isinstance(value, float) and isinstance(weight, float)):
        raise TypeError("a row lacks its film, language, value or weight")
    if not (math.isfinite(value) and math.isfinite(weight) and weight >= 0.0) or len(film) + len(language) > MAX_NAME_CHARACTERS:
        raise ValueError("a row is out of bounds")
    if not (line is None or (isinstance(line, int) and line >= 0)):
        raise ValueError("a line has no number")
    return Observation(film, language, Quantity(str(row["metric"])), value, weight, line)
