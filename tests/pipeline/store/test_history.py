"""What the store tells of the past: films finished, failures, the pace of stages."""

from datetime import timedelta
from pathlib import Path

import pytest
from fakes import wish

from pipeline.store.database.database import now
from pipeline.store.history import FINISHED_FILMS_DAYS, MAX_PACE_FILMS
from pipeline.store.store import Store
from pipeline.values.service_status import FinishedFilm
from pipeline.values.tasks import Lease, StageRun, StageStatus, Task

BEGUN = now() - timedelta(hours=1)


def ran(
    name: str, begin: float, seconds: float, language: str | None = None, *, attempt: int = 1, made: int = 1, reused: int = 0
):
    """A stage's run, `begin` seconds after the film was begun."""
    return StageRun(
        name, language, attempt, StageStatus.DONE, BEGUN + timedelta(seconds=begin), seconds, executed=made, reused=reused
    )


def begin(
    store: Store, name: str, *runs: StageRun, languages: tuple[str, ...] = ("es",), seconds: float = 100.0
) -> tuple[Task, Lease]:
    """A film at work, with these runs of its stages."""
    store.tasks.submit(wish(Path(f"/films/{name}.mkv"), *languages))
    claim = store.leases.claim_next_task("test/1/aa", 60.0)
    assert claim
    store.leases.record_probe(claim[1], source_lang="en", duration=seconds, has_subtitles=False)
    for run in runs:
        store.stages.record_run(claim[1], run)
    return claim


def finish(store: Store, name: str, *runs: StageRun, languages: tuple[str, ...] = ("es",), seconds: float = 100.0) -> int:
    """A finished film."""
    task, lease = begin(store, name, *runs, languages=languages, seconds=seconds)
    store.leases.finish(lease, Path(f"/dubs/{name}.mkv"))
    return task.id


def only(store: Store) -> FinishedFilm:
    (found,) = store.history.list_finished_films()
    return found


def test_a_store_without_a_past_tells_nothing(store: Store) -> None:
    assert store.history.list_finished_films() == ()
    assert store.history.list_failures() == ()
    assert (
        store.history.measure_stage_speeds().films,
        store.history.measure_stage_speeds().film,
        store.history.measure_stage_speeds().language,
    ) == (0, {}, {})


def test_work_is_the_time_in_which_stages_were_at_work(store: Store) -> None:
    finish(store, "a", ran("probe", 0, 2), ran("mix", 10, 5, "es"))
    assert only(store).work_seconds == pytest.approx(7)
    assert only(store).factor == pytest.approx(0.07)


def test_languages_side_by_side_count_once(store: Store) -> None:
    finish(store, "a", ran("mix", 0, 10, "es"), ran("mix", 4, 10, "ca"), ran("fit", 5, 2, "ca"), languages=("es", "ca"))
    assert only(store).work_seconds == pytest.approx(14)
    assert (only(store).languages, only(store).factor) == (2, pytest.approx(0.07))


def test_short_stages_beside_a_long_one_add_nothing(store: Store) -> None:
    finish(store, "a", ran("mix", 0, 20, "es"), ran("fit", 1, 1, "ca"), ran("mix", 3, 5, "ca"), languages=("es", "ca"))
    assert only(store).work_seconds == pytest.approx(20)


def test_what_came_from_the_cache_costs_nothing(store: Store) -> None:
    finish(store, "a", ran("probe", 0, 2), ran("transcribe", 2, 30, made=0, reused=9))
    assert only(store).work_seconds == pytest.approx(2)


def test_an_edits_quick_rerun_does_not_make_the_film_look_quick(store: Store) -> None:
    _, lease = begin(store, "a", ran("synthesize", 0, 20, "es", made=40))
    store.stages.record_run(lease, ran("synthesize", 600, 0.5, "es", attempt=2, made=1, reused=39))
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    assert only(store).work_seconds == pytest.approx(20)
    assert store.history.measure_stage_speeds().language["synthesize"] == pytest.approx(0.2)


def test_a_film_made_all_over_again_counts_its_last_making(store: Store) -> None:
    finish(store, "a", ran("mix", 0, 20, "es"), ran("mix", 900, 5, "es", attempt=2))
    assert only(store).work_seconds == pytest.approx(5)


def test_finished_films_are_told_in_order_and_the_last_of_them(store: Store) -> None:
    ids = [finish(store, name, ran("mux", 0, 1)) for name in "abc"]
    assert [each.task_id for each in store.history.list_finished_films()] == ids
    assert [each.task_id for each in store.history.list_finished_films(limit=2)] == ids[1:]


def test_a_film_of_long_ago_is_not_told(store: Store) -> None:
    finish(store, "a", ran("mux", 0, 1))
    store._database.execute("UPDATE tasks SET finished_at = ?", [now() - timedelta(days=FINISHED_FILMS_DAYS, minutes=1)])
    assert store.history.list_finished_films() == ()


def test_only_finished_films_are_told(store: Store) -> None:
    begin(store, "a", ran("mux", 0, 1))
    assert store.history.list_finished_films() == ()
    assert store.history.measure_stage_speeds().films == 0


def test_failures_are_told_with_the_films_name_the_latest_first(store: Store) -> None:
    for name in ("a", "b"):
        _, lease = begin(store, name)
        store.leases.fail(lease, f"mux: {name} broke; mend it")
    assert [(each.name, each.error, each.survived) for each in store.history.list_failures()] == [
        ("b.mkv", "mux: b broke; mend it", False),
        ("a.mkv", "mux: a broke; mend it", False),
    ]
    assert len(store.history.list_failures(limit=1)) == 1


def test_a_stages_error_that_a_later_try_got_past_is_told_as_survived(store: Store) -> None:
    broken = StageRun("mix", "es", 1, StageStatus.ERROR, BEGUN, 1.0, error="mix: no room; make some")
    finish(store, "a", broken, ran("mix", 60, 5, "es", attempt=2))
    (told,) = store.history.list_failures()
    assert (told.error, told.survived, told.at) == ("mix: no room; make some", True, BEGUN)


def test_what_somebody_cancelled_has_not_failed(store: Store) -> None:
    task, _ = begin(store, "a", ran("probe", 0, 1))
    store.tasks.cancel(task.id)
    assert store.history.list_failures() == ()


def test_a_stage_that_failed_its_task_is_told_once(store: Store) -> None:
    _, lease = begin(store, "a", StageRun("mix", "es", 1, StageStatus.ERROR, BEGUN, 1.0, error="mix: no room; make some"))
    store.leases.fail(lease, "mix: no room; make some")
    assert [each.survived for each in store.history.list_failures()] == [False]


def test_the_pace_is_the_median_by_length_of_film(store: Store) -> None:
    for name, took in (("a", 10.0), ("b", 20.0), ("c", 90.0)):
        finish(store, name, ran("probe", 0, took / 10), ran("mix", 1, took, "es"), seconds=100.0)
    pace = store.history.measure_stage_speeds()
    assert (pace.films, pace.film, pace.language) == (3, {"probe": pytest.approx(0.02)}, {"mix": pytest.approx(0.2)})


def test_a_stage_resumed_halfway_is_taken_for_the_whole(store: Store) -> None:
    finish(store, "a", ran("transcribe", 0, 30, made=6, reused=4))
    assert store.history.measure_stage_speeds().film["transcribe"] == pytest.approx(0.5)


def test_a_stage_mostly_from_the_cache_tells_no_pace(store: Store) -> None:
    finish(store, "a", ran("probe", 0, 1), ran("transcribe", 0, 0.1, made=1, reused=9))
    assert store.history.measure_stage_speeds().film.keys() == {"probe"}


def test_a_stage_that_hardly_any_film_had_is_not_to_be_expected(store: Store) -> None:
    for n in range(5):
        finish(store, f"{n}", ran("probe", 0, 1))
    finish(store, "another", ran("probe", 0, 1), ran("refer", 1, 50))
    assert store.history.measure_stage_speeds().film.keys() == {"probe"}


def test_the_pace_is_that_of_the_last_films(store: Store) -> None:
    finish(store, "old", ran("probe", 0, 99))
    for n in range(MAX_PACE_FILMS):
        finish(store, f"{n}", ran("probe", 0, 1))
    assert store.history.measure_stage_speeds().film == {"probe": pytest.approx(0.01)}
    assert store.history.measure_stage_speeds().films == MAX_PACE_FILMS


def test_a_deleted_film_is_no_history(store: Store) -> None:
    store.tasks.delete(finish(store, "a", ran("mux", 0, 1)))
    assert store.history.list_finished_films() == ()


def test_a_film_made_of_nothing_but_cached_answers_is_no_new_work(store: Store) -> None:
    finish(store, "a", ran("mux", 0, 1, made=0, reused=1))
    assert store.history.list_finished_films() == ()


def test_a_re_dub_of_one_line_leaves_the_film_on_its_day(store: Store) -> None:
    first, again = ran("mix", 0, 5, "es", made=40), ran("mix", 3600, 5, "es", made=1, reused=39, attempt=2)
    task_id = finish(store, "a", first, again)
    store._database.execute("UPDATE tasks SET attempts = 2")
    store._database.execute("UPDATE stage_runs SET started_at = ? WHERE attempt = 1", [now() - timedelta(days=2)])
    found = only(store)
    assert found.task_id == task_id and timedelta(days=1) < now() - found.finished_at < timedelta(days=3)
