"""The figures of `./dubarr bench --quality`, on parts that are known."""

from pipeline.engines.protocols import Translated
from tools.benchmarks import quality
from tools.benchmarks.comparison import Comparison, build_cpu_table


def test_translators_are_scored_on_the_film_lines_beside_apertium() -> None:
    references = [line.split("\t")[1] for line in quality.FILM_LINES.read_text("utf-8").splitlines()]

    class Perfect:
        lines_at_once = 7

        def __init__(self) -> None:
            self.given = 0

        def translate(self, passage, *, source, target):
            self.given += len(passage.segments)
            return Translated(tuple(references[self.given - len(passage.segments) : self.given]))

    ours, baseline = quality.measure_translation({"translator": Perfect()}.__getitem__)
    assert (ours.figure, ours.language) == ("chrF 100.0", "en → es")
    assert 40.0 < float(baseline.figure.removeprefix("chrF ")) < 70.0


def test_nothing_is_told_of_a_separation_that_is_not_made(tmp_path) -> None:
    assert list(quality.measure_separation({"separator": None}.__getitem__, tmp_path, None)) == []


def test_cpu_time_is_told_by_second_of_film() -> None:
    row = Comparison("a dub of 1 min", 30.0, 29.0, "s", "work alone", cpu={"synthesize": 30.0, "mix": 6.0}, seconds=60.0)
    table = build_cpu_table([row])
    assert [list(column.cells) for column in table.columns] == [
        ["synthesize", "mix", "all", "real-time factor"],
        ["0.500", "0.100", "0.600", "0.50"],
    ]
