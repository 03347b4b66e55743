from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.queueing_model import (
    WORKER,
    QueuedFilm,
    Visit,
    build_route,
    compute_bound,
    compute_demand,
    compute_solo_seconds,
    merge_stations,
    relieve_bottlenecks,
    simulate,
    simulate_queue,
    speed_up_stations,
)
from pipeline.values.tasks import StageRun, StageStatus

ROUTE = (Visit("transcribe", "transcriber", 1.0), Visit("synthesize", "synthesizer", 2.0, calls=4), Visit("mix", WORKER, 1.0))
ONE_EACH = {"transcriber": 1, "synthesizer": 1, WORKER: 1}

routes = st.lists(
    st.builds(Visit, st.just("stage"), st.sampled_from(list(ONE_EACH)), st.floats(0.1, 5.0), st.integers(1, 5)),
    min_size=1,
    max_size=5,
).map(tuple)
servers = st.fixed_dictionaries({name: st.integers(1, 4) for name in ONE_EACH})


def run(name, *, second=0, seconds=1.0, executed=1, status=StageStatus.DONE, language=None):
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
    return StageRun(name, language, 1, status, at, seconds, executed)


def test_a_film_alone_takes_the_sum_of_its_stages():
    played = simulate(ROUTE, ONE_EACH, workers=1, films=1)
    assert played.finished == (10.0,) == (compute_solo_seconds(ROUTE, ONE_EACH),)


def test_calls_of_one_stage_spread_over_the_replicas():
    assert simulate(ROUTE, ONE_EACH | {"synthesizer": 2}, workers=1, films=1).seconds == 6.0
    assert simulate(ROUTE, ONE_EACH | {"synthesizer": 3}, workers=1, films=1).seconds == 6.0  # the fourth call waits


def test_two_films_meet_before_the_same_engine():
    played = simulate(ROUTE, ONE_EACH, workers=2, films=2)
    assert played.finished == (10.0, 18.0)  # the second is spoken after the first, its transcript was ready long before
    assert played.busy == {"transcriber": 2.0, "synthesizer": 16.0, WORKER: 2.0}
    assert played.use("synthesizer") == pytest.approx(16 / 18)


def test_many_films_come_near_the_bound_of_the_narrowest_station():
    limit = compute_bound(ROUTE, ONE_EACH, workers=4)
    assert (limit.station, limit.films_per_hour) == ("synthesizer", 450.0)
    assert simulate(ROUTE, ONE_EACH, workers=4, films=200).films_per_hour == pytest.approx(450.0, rel=0.02)


def test_one_worker_is_the_bound_where_the_engines_mostly_wait():
    assert compute_bound(ROUTE, ONE_EACH, workers=1).station == "workers"


def test_what_may_wait_is_dubbed_when_nobody_else_waits():
    mix = (Visit("mix", WORKER, 10.0),)
    turns = [QueuedFilm(mix, bulk=True), QueuedFilm(mix, bulk=True), QueuedFilm(mix, at=5.0), QueuedFilm(mix, at=1.0)]
    assert simulate_queue(turns, {WORKER: 1}, workers=1).finished == (10.0, 40.0, 30.0, 20.0)  # what is begun is finished first


def test_a_film_that_comes_later_finds_the_workers_idle():
    played = simulate_queue(
        [QueuedFilm((Visit("mix", WORKER, 1.0),)), QueuedFilm((Visit("mix", WORKER, 1.0),), at=100.0)], {WORKER: 1}, workers=1
    )
    assert played.finished == (1.0, 101.0)


def test_films_of_different_length_take_their_own_ways():
    short, long = (Visit("mix", WORKER, 1.0),), (Visit("transcribe", "transcriber", 5.0), Visit("mix", WORKER, 1.0))
    played = simulate_queue([QueuedFilm(long), QueuedFilm(short), QueuedFilm(short)], ONE_EACH, workers=2)
    assert played.finished == (6.0, 1.0, 2.0)
    assert played.busy == {"transcriber": 5.0, "synthesizer": 0.0, WORKER: 3.0}


def test_engines_that_share_a_card_take_turns_on_it():
    joined = merge_stations(ROUTE, ("transcriber", "synthesizer"), "card")
    assert compute_demand(joined) == {"card": 9.0, WORKER: 1.0}
    both = simulate(joined, {"card": 1, WORKER: 2}, workers=2, films=2)
    assert both.busy["card"] == 18.0
    assert both.seconds > simulate(ROUTE, ONE_EACH | {WORKER: 2}, workers=2, films=2).seconds


@given(routes, servers, st.integers(1, 4), st.lists(st.tuples(st.floats(0.0, 9.0), st.booleans()), min_size=1, max_size=9))
def test_no_film_is_lost_or_done_before_it_came(route, having, workers, coming):
    turns = [QueuedFilm(route, at, bulk) for at, bulk in coming]
    played = simulate_queue(turns, having, workers=workers)
    least = compute_solo_seconds(route, having) * (1 - 1e-9)
    assert all(done >= turn.at + least for done, turn in zip(played.finished, turns, strict=True))
    assert sum(played.busy.values()) == pytest.approx(len(turns) * sum(compute_demand(route).values()))


@given(routes, servers, st.integers(1, 5), st.integers(1, 12))
def test_no_play_beats_the_bound_or_loses_work(route, having, workers, films):
    played = simulate(route, having, workers=workers, films=films)
    assert played.films_per_hour <= compute_bound(route, having, workers=workers).films_per_hour * (1 + 1e-9)
    assert sum(played.busy.values()) == pytest.approx(films * sum(compute_demand(route).values()))
    assert all(moment > 0 for moment in played.finished)
    assert all(played.use(station) <= 1 + 1e-9 for station in having)


def test_growing_adds_where_it_is_narrowest_and_never_lowers_the_bound():
    steps = list(relieve_bottlenecks(ROUTE, ONE_EACH, workers=1, steps=8))
    bounds = [limit.films_per_hour for _, _, limit in steps]
    assert bounds == sorted(bounds)
    assert bounds[-1] > 2 * bounds[0]
    assert len({limit.station for _, _, limit in steps}) > 1  # it moved


def test_a_route_is_what_was_executed_last_in_its_order():
    runs = [
        run("synthesize", second=5, seconds=6.0, executed=12, language="es"),
        run("transcribe", second=1, seconds=9.0, status=StageStatus.ERROR),
        run("transcribe", second=3, seconds=4.0, executed=8),
        run("diarize", second=2, executed=0),  # from the cache
        run("mix", second=6, seconds=2.0, executed=1, language="es"),
    ]
    route = build_route(runs, {"transcriber": 2, "synthesizer": 4})
    assert [visit.stage for visit in route] == ["transcribe", "synthesize", "mix"]
    assert route[0] == Visit("transcribe", "transcriber", seconds=1.0, calls=8)  # eight calls, two at a time, in 4 s
    assert route[2] == Visit("mix", WORKER, 2.0)


def test_a_route_played_where_it_was_measured_takes_as_long_as_it_did():
    runs = [run("transcribe", second=1, seconds=4.0, executed=8), run("mix", second=6, seconds=2.0)]
    having = {"transcriber": 2, WORKER: 1}
    assert simulate(build_route(runs, having), having, workers=1, films=1).seconds == pytest.approx(6.0)


def test_a_role_that_nobody_plays_is_the_workers_own_work():
    (visit,) = build_route([run("separate", seconds=0.5)], {"transcriber": 2, WORKER: 1})
    assert visit == Visit("separate", WORKER, 0.5)


def test_a_faster_station_leaves_the_others_as_they_were():
    faster = speed_up_stations(ROUTE, {"synthesizer": 4.0})
    assert compute_demand(faster) == {"transcriber": 1.0, "synthesizer": 2.0, WORKER: 1.0}


def test_a_station_without_servers_is_refused_rather_than_waited_for():
    with pytest.raises(ValueError, match="server at every station"):
        simulate(ROUTE, {"transcriber": 1}, workers=1, films=1)
