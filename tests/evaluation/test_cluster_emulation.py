import asyncio

import pytest

from evaluation.cluster_emulation import emulate_cluster
from evaluation.queueing_model import WORKER, Visit, compute_bound, compute_demand

ROUTE = (Visit("transcribe", "transcriber", 0.05), Visit("synthesize", "synthesizer", 0.05, calls=4), Visit("mix", WORKER, 0.05))
SERVERS = {"transcriber": 1, "synthesizer": 2, WORKER: 2}


@pytest.fixture(scope="module")
def small_ray():
    from serve.runtime import local_ray as ours

    yield ours.start(cpus=1, gpus=1)
    ours.stop()


@pytest.mark.slow
def test_real_calls_do_all_the_work_and_beat_no_bound(small_ray):
    played = emulate_cluster(ROUTE, SERVERS, workers=2, films=4, shares={"synthesizer": 0.5})
    assert len(played.finished) == 4
    assert played.films_per_hour <= compute_bound(ROUTE, SERVERS, workers=2).films_per_hour * 1.01  # a clock's grain
    assert sum(played.busy.values()) >= 4 * sum(compute_demand(ROUTE).values()) * 0.99
    assert all(played.use(station) <= 1.0 for station in SERVERS)


@pytest.mark.slow
def test_it_can_be_called_where_an_event_loop_runs_as_in_a_notebook(small_ray):
    async def cell():
        return emulate_cluster(ROUTE[:1], {"transcriber": 1}, workers=1, films=1)

    assert len(asyncio.run(cell()).finished) == 1


@pytest.mark.slow
def test_four_cards_work_side_by_side_and_beat_no_bound(small_ray):
    route = (Visit("transcribe", "card", 0.4), Visit("synthesize", "card", 0.2, calls=4), Visit("mix", WORKER, 0.2))
    servers = {"card": 4, WORKER: 8}
    played = emulate_cluster(route, servers, workers=8, films=16, shares={"card": 0.25})
    alone = compute_bound(
        route, {"card": 1, WORKER: 2}, workers=2
    ).films_per_hour  # how near it comes to four is a benchmark's figure
    assert 1.5 * alone < played.films_per_hour <= compute_bound(route, servers, workers=8).films_per_hour * 1.01


@pytest.mark.slow
def test_nothing_is_left_of_it_on_the_cards(small_ray):
    emulate_cluster(ROUTE, SERVERS, workers=1, films=1, shares={"synthesizer": 0.5})
    emulate_cluster(ROUTE, SERVERS, workers=1, films=1, shares={"synthesizer": 0.5})  # there is room again


@pytest.mark.slow
def test_more_actors_than_a_card_holds_are_told_rather_than_waited_for(small_ray):
    import ray

    with pytest.raises(ray.exceptions.GetTimeoutError):
        emulate_cluster(ROUTE, SERVERS, workers=1, films=1, shares={"synthesizer": 0.6}, placed=5.0)
