import json
from pathlib import Path
from typing import Any

import pytest
from logical_cluster import Dubs

from evaluation.queueing_model import WORKER, Visit
from tests.benchmarks.simulate import CARD, Node, given_routes, main, measured, narrowest, predicted

AT = "2026-01-01T00:00:{:06.3f}Z"


def call(node: str, start: float, end: float) -> dict[str, Any]:
    return {"node": node, "cards": ["0"], "start": start, "end": end}


def task(start: float, end: float) -> dict[str, Any]:
    return {"started_at": AT.format(start), "finished_at": AT.format(end)}


def run(name: str, second: float, seconds: float, executed: int = 1) -> dict[str, Any]:
    about = {"language": None, "attempt": 1, "reused": 0, "error": None, "cached": False, "status": "DONE"}
    return about | {"name": name, "started_at": AT.format(second), "seconds": seconds, "executed": executed}


def test_start_and_end_are_told_apart_from_the_steady_time() -> None:
    calls = [call("a", 2, 12), call("a", 12, 22), call("b", 4, 12), call("b", 14, 20)]  # b starts later, rests, ends earlier
    was = measured(Dubs(2, 1.0, calls, [task(0, 20), task(0, 24)], [[], []]))
    assert (was.rise, was.seconds, was.fall) == (2, 16, 2)
    assert was.busy == pytest.approx(30 / 32)  # of two cards, 16 s each, b's two of rest missing
    assert was.whole == pytest.approx(3600 * 2 / 24)
    assert was.steady == pytest.approx(3600 / 16 * 30 / 17)  # a film took 17 s of a card


def test_a_card_that_never_worked_is_told() -> None:
    with pytest.raises(AssertionError, match="1 cards worked, not 2"):
        measured(Dubs(2, 1.0, [call("a", 0, 1)], [task(0, 2)], [[]]))


def test_a_film_waits_for_cards_as_long_as_was_given_not_as_long_as_it_waited_when_measured() -> None:
    runs = [run("probe", 0, 1.0), run("synthesize", 2, 30.0, executed=8), run("mix", 33, 2.0)]
    route, _ = given_routes(Dubs(1, 3.0, [], [task(0, 35), task(0, 50)], [runs, runs]))
    assert route[:3] == (Visit("probe", WORKER, 1.0), Visit("synthesize", CARD, 3.0, calls=8), Visit("mix", WORKER, 2.0))
    assert route[3].seconds == pytest.approx(2.0)  # what no stage tells of, of the film that waited least


def test_twice_the_nodes_do_twice_as_much_until_something_else_is_narrow() -> None:
    route = (Visit("synthesize", CARD, 1.0, calls=10), Visit("mix", WORKER, 2.0))
    node = Node(cards=1, cpus=1, workers=2)
    one, two = (predicted([route], node, nodes=nodes) for nodes in (1, 2))
    assert two.films_per_hour == pytest.approx(2 * one.films_per_hour, rel=0.05)
    assert one.use(CARD) > 0.95
    assert narrowest([route], node, nodes=2) == CARD
    assert narrowest([route], Node(cards=8, cpus=1, workers=8), nodes=1) == WORKER


def test_it_prints_a_line_for_each_number_of_nodes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "stages.json"
    file.write_text(json.dumps([{"stages": [run("transcribe", 0, 4.0, 4), run("synthesize", 5, 40.0, 8), run("mix", 50, 2.0)]}]))
    assert main(["--stages", str(file), "--nodes", "1", "8"]) == 0
    first, last = capsys.readouterr().out.splitlines()[2:]
    assert first.startswith("| 1 | 81.") and " | 1.00 | " in first  # 44 s of a card
    assert last.startswith("| 8 | 6") and last.endswith("| card |")
