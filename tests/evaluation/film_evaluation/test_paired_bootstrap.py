"""Two evaluations side by side, and their files."""

from dataclasses import replace

import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from evaluation.film_evaluation import results_file
from evaluation.film_evaluation.figures import FIGURES
from evaluation.film_evaluation.observations import Observation, Quantity
from evaluation.film_evaluation.paired_bootstrap import compare_evaluations
from evaluation.film_evaluation.results_file import read_results, write_results
from pipeline.errors import FilmError


def observe(quantity: Quantity, values, film: str = "talk", language: str = "es") -> tuple[Observation, ...]:
    return tuple(Observation(film, language, quantity, float(value), 2.0, number) for number, value in enumerate(values, 1))


RANDOM = np.random.default_rng(7)
FILLS = RANDOM.uniform(0.6, 1.0, 80)


def compare(first, second, name: str):
    return next(each for each in compare_evaluations(first, second) if each.figure.name == name)


def test_a_small_difference_that_every_line_has_is_certain():
    found = compare(observe(Quantity.FILL, FILLS), observe(Quantity.FILL, FILLS + 0.01), "fill")
    assert found.low == pytest.approx(0.01) and found.high == pytest.approx(0.01)
    assert found.is_significant and found.is_better and found.pairs == 80


def test_a_difference_within_the_noise_is_not():
    shuffled = FILLS + RANDOM.normal(0.0, 0.2, 80)
    found = compare(observe(Quantity.FILL, FILLS), observe(Quantity.FILL, shuffled), "fill")
    assert found.low < 0.0 < found.high and not found.is_significant


def test_intervals_hold_the_true_difference_nearly_always():
    inside = 0
    for _ in range(40):
        noise = RANDOM.normal(0.1, 0.3, 60)
        found = compare(observe(Quantity.FILL, np.zeros(60)), observe(Quantity.FILL, noise), "fill")
        inside += found.low <= 0.1 <= found.high
    assert inside >= 34


def test_the_same_evaluations_give_the_same_interval():
    first, second = observe(Quantity.ONSET, FILLS), observe(Quantity.ONSET, FILLS[::-1])
    assert list(compare_evaluations(first, second)) == list(compare_evaluations(first, second))


def test_only_lines_of_both_are_compared():
    first, second = observe(Quantity.FILL, FILLS), observe(Quantity.FILL, FILLS[:50])
    assert compare(first, second, "fill").pairs == 50
    assert not list(compare_evaluations(first, observe(Quantity.FILL, FILLS, film="other")))


def test_figures_of_films_need_three_of_them_for_an_interval():
    def of_films(*values):
        return tuple(Observation(f"film {n}", "", Quantity.DIARIZATION, value) for n, value in enumerate(values))

    two = compare(of_films(0.1, 0.2), of_films(0.05, 0.1), "DER, collar .25 s")
    assert two.low is None and not two.is_significant and two.is_better
    three = compare(of_films(0.1, 0.2, 0.3), of_films(0.05, 0.1, 0.2), "DER, collar .25 s")
    assert three.is_significant and (three.first, three.second) == pytest.approx((0.2, 0.35 / 3))


def test_a_rate_is_neither_better_nor_worse():
    found = compare(observe(Quantity.RATE, FILLS), observe(Quantity.RATE, FILLS + 0.1), "rate p50")
    assert found.is_significant and found.is_better is None


def test_every_quantity_has_a_figure():
    assert {figure.quantity for figure in FIGURES} == set(Quantity)
    assert len({figure.name for figure in FIGURES}) == len(FIGURES)


def test_results_are_read_as_they_were_written(tmp_path):
    film = Observation("talk", "", Quantity.DIARIZATION, 0.12, 100.0)
    observations = (film, *observe(Quantity.ROUND_TRIP, [0.0, 0.25]))
    write_results(tmp_path / "a.parquet", observations)
    assert read_results(tmp_path / "a.parquet") == observations
    rows = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert {name: rows[2][name] for name in ("kind", "film", "language", "metric", "line")} == {
        "kind": "figure",
        "film": "talk",
        "language": "es",
        "metric": "round-trip WER",
        "line": None,
    }
    assert [row["kind"] for row in rows].count("figure") == 4, "of the film, and of all films"


@pytest.mark.parametrize(
    "change",
    [
        {"value": float("nan")},
        {"weight": -1.0},
        {"film": None},
        {"line": -1},
        {"metric": "of another version"},
        {"film": "x" * 999},
    ],
)
def test_rows_of_a_stranger_are_checked(tmp_path, change):
    table = results_file.build_table(observe(Quantity.FILL, [0.5]))
    rows = [row | change if row["kind"] == "line" else row for row in table.to_pylist()]
    parquet.write_table(pyarrow.Table.from_pylist(rows, table.schema), tmp_path / "b.parquet")
    with pytest.raises(FilmError, match=r"b\.parquet cannot be read as results"):
        read_results(tmp_path / "b.parquet")


def test_other_files_are_refused(tmp_path, monkeypatch):
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(FilmError, match=r"text\.parquet cannot be read"):
        read_results(tmp_path / "text.parquet")
    parquet.write_table(pyarrow.table({"film": ["a"]}), tmp_path / "other.parquet")
    with pytest.raises(FilmError, match=r"other\.parquet is no result"):
        read_results(tmp_path / "other.parquet")
    monkeypatch.setattr(results_file, "MAX_FILE_BYTES", 10)
    with pytest.raises(FilmError, match="larger than"):
        read_results(tmp_path / "other.parquet")


def test_several_dubbed_lines_of_one_line_count_as_their_mean():
    first = observe(Quantity.FILL, FILLS)
    divided = tuple(
        part for each in first for part in (replace(each, value=each.value - 0.1), replace(each, value=each.value + 0.1))
    )
    found = compare(first, divided, "fill")
    assert found.first == pytest.approx(found.second) and found.pairs == 80
