import asyncio

import pytest

from pipeline.simulation import WORKER, Visit, bound, demand
from serve.rehearsal import rehearse

ROUTE = (Visit("transcribe", "transcriber", 0.05), Visit("synthesize", "synthesizer", 0.05, calls=4), Visit("mix", WORKER, 0.05))
SERVERS = {"transcriber": 1, "synthesizer": 2, WORKER: 2}


@pytest.fixture(scope="module")
def small_ray():
    from serve import small_ray as ours

    yield ours.start(cpus=1, gpus=1)
    ours.stop()


@pytest.mark.slow
def test_real_calls_do_all_the_work_and_beat_no_bound(small_ray):
    played = rehearse(ROUTE, SERVERS, workers=2, films=4, shares={"synthesizer": 0.5})
    assert len(played.finished) == 4
    assert played.films_per_hour <= bound(ROUTE, SERVERS, workers=2).films_per_hour * 1.01  # a clock's grain
    assert sum(played.busy.values()) >= 4 * sum(demand(ROUTE).values()) * 0.99
    assert all(played.use(station) <= 1.0 for station in SERVERS)


@pytest.mark.slow
def test_it_can_be_called_where_an_event_loop_runs_as_in_a_notebook(small_ray):
    async def cell():
        return rehearse(ROUTE[:1], {"transcriber": 1}, workers=1, films=1)

    assert len(asyncio.run(cell()).finished) == 1


@pytest.mark.slow
def test_nothing_is_left_of_it_on_the_cards(small_ray):
    rehearse(ROUTE, SERVERS, workers=1, films=1, shares={"synthesizer": 0.5})
    rehearse(ROUTE, SERVERS, workers=1, films=1, shares={"synthesizer": 0.5})  # there is room again


@pytest.mark.slow
def test_more_actors_than_a_card_holds_are_told_rather_than_waited_for(small_ray):
    import ray

    with pytest.raises(ray.exceptions.GetTimeoutError):
        rehearse(ROUTE, SERVERS, workers=1, films=1, shares={"synthesizer": 0.6}, placed=5.0)
