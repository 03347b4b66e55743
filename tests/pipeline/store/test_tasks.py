"""The queue: what may happen to a task, and who may write about it."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import claimed, wish
from sql import ask

from pipeline.errors import LeaseLost, NotFound, NotPossible
from pipeline.store.store import Store
from pipeline.values.edits import LineChange
from pipeline.values.task_lists.task_query import SortOrder, TaskFilter, TaskQuery, TaskSort
from pipeline.values.tasks import CacheRow, LineRow, Priority, Progress, TaskStatus
from pipeline.values.track_selection import TrackSelection

FILM = Path("/films/a.mkv")


def test_the_same_file_offered_twice_is_one_task(store: Store) -> None:
    first, second = store.tasks.submit(wish(FILM)), store.tasks.submit(wish(FILM))
    assert first.task.id == second.task.id
    assert (first.queued, second.queued) == (True, False)


def test_a_file_that_changed_is_another_task(store: Store) -> None:
    assert store.tasks.submit(wish(FILM)).task.id != store.tasks.submit(wish(FILM, mtime_ns=2)).task.id


def test_a_failed_film_offered_again_is_queued_again(store: Store) -> None:
    task, lease = claimed(store)
    store.leases.fail(lease, "broken")
    offer = store.tasks.submit(wish(FILM))
    assert (offer.task.id, offer.task.status, offer.task.error, offer.queued) == (task.id, TaskStatus.QUEUED, None, True)


def test_a_finished_film_offered_again_is_left_alone(store: Store) -> None:
    _, lease = claimed(store)
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    assert store.tasks.submit(wish(FILM)).task.status is TaskStatus.DONE


def test_a_finished_film_offered_in_another_language_is_queued_for_it(store: Store) -> None:
    _, lease = claimed(store)
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    task = store.tasks.submit(wish(FILM, "ca")).task
    assert (task.status, task.target_langs) == (TaskStatus.QUEUED, ("es", "ca"))


def test_a_finished_film_offered_with_other_tracks_is_queued_for_them_and_keeps_them(store: Store) -> None:
    _, lease = claimed(store)
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    offer = store.tasks.submit(replace(wish(FILM), audio_track=2, subtitle_track="none"))
    assert (offer.task.status, offer.task.selection) == (TaskStatus.QUEUED, TrackSelection(2, "none"))
    again = store.tasks.submit(wish(FILM))
    assert (again.queued, again.task.selection) == (False, TrackSelection(2, "none"))
    assert store.tasks.requeue(offer.task.id).selection == TrackSelection(2, "none")


def test_the_tracks_of_a_task_are_changed_until_its_lines_are_edited(store: Store) -> None:
    task, lease = claimed(store)
    assert store.tasks.change_tracks(task.id, TrackSelection()).status is TaskStatus.PROCESSING, "they are the same"
    changed = store.tasks.change_tracks(task.id, TrackSelection(subtitles="3"))
    assert (changed.status, changed.subtitle_track) == (TaskStatus.QUEUED, "3")
    with pytest.raises(LeaseLost):
        store.leases.finish(lease, Path("/dubs/a.mkv"))
    _, lease = store.leases.claim_next_task("w", 60.0) or pytest.fail("the task is gone")
    line = LineRow(1, "es", "S1", 0.0, 1.0, 2.0, "hello", "hola", "translation", 0.0, 0.9, 1.0, 1.0, "takes/a.wav")
    store.lines.replace_lines(lease, "es", [line])
    store.edits.change_lines(task.id, [LineChange("es", 1, text="buenas")])
    with pytest.raises(NotPossible, match="has edited lines"):
        store.tasks.change_tracks(task.id, TrackSelection())


def test_a_film_of_a_bulk_that_somebody_waits_for_is_raised_and_never_lowered(store: Store) -> None:
    bulk = replace(wish(FILM), priority=Priority.BULK)
    store.tasks.submit(bulk)
    assert store.tasks.submit(wish(FILM)).task.priority is Priority.INTERACTIVE
    assert store.tasks.submit(bulk).task.priority is Priority.INTERACTIVE


def test_retry_queues_a_failed_task_and_is_harmless_elsewhere(store: Store) -> None:
    task, lease = claimed(store)
    assert store.tasks.retry(task.id).status is TaskStatus.PROCESSING
    store.leases.fail(lease, "broken")
    assert store.tasks.retry(task.id).status is TaskStatus.QUEUED
    assert store.tasks.retry(task.id).status is TaskStatus.QUEUED


def test_retry_keeps_the_cached_stages_and_purge_takes_them(store: Store) -> None:
    task, lease = claimed(store)
    store.stages.write_answers(lease, [CacheRow("k", "mix", "{}", ("mix/a.flac",))])
    store.leases.fail(lease, "broken")
    store.tasks.retry(task.id)
    assert store.stages.read_answers(["k"]) == {"k": "{}"}
    purged, litter = store.tasks.purge(task.id)
    assert (purged.status, litter, store.stages.read_answers(["k"])) == (TaskStatus.QUEUED, ("mix/a.flac",), {})


def test_purging_a_task_at_work_fences_its_worker_off(store: Store) -> None:
    task, lease = claimed(store)
    assert store.tasks.purge(task.id)[0].status is TaskStatus.QUEUED
    with pytest.raises(LeaseLost):
        store.leases.finish(lease, Path("/dubs/a.mkv"))


def test_deleting_a_task_removes_all_that_is_known_of_it(store: Store) -> None:
    task, lease = claimed(store)
    store.lines.put_report(lease, "es", "{}")
    store.tasks.delete(task.id)
    with pytest.raises(NotFound):
        store.tasks.get(task.id)
    with pytest.raises(LeaseLost):
        store.leases.renew_lease(lease, 60.0)
    assert ask(store, "SELECT * FROM reports") == []
    assert store.tasks.count_by_status() == {"QUEUED": 0, "PROCESSING": 0, "DONE": 0, "ERROR": 0, "CANCELLED": 0, "SKIPPED": 0}


def test_a_cancelled_task_has_a_status_of_its_own_a_retry_brings_it_back_and_its_worker_is_fenced_off(store: Store) -> None:
    task, lease = claimed(store)
    store.leases.record_progress(lease, Progress(3, 9, "mix"))
    cancelled = store.tasks.cancel(task.id)
    assert (cancelled.status, cancelled.error) == (TaskStatus.CANCELLED, "cancelled at mix; retry goes on where it stopped")
    assert cancelled.finished_at and cancelled.owner is None
    for write in (lambda: store.leases.renew_lease(lease, 60.0), lambda: store.leases.finish(lease, Path("/dubs/a.mkv"))):
        with pytest.raises(LeaseLost):
            write()
    assert store.leases.claim_next_task("w", 60.0) is None
    assert store.tasks.retry(task.id).status is TaskStatus.QUEUED
    assert (store.tasks.cancel(task.id).error or "").startswith("cancelled before it began; retry")


def test_cancelling_is_harmless_where_nothing_waits_or_works(store: Store) -> None:
    task, lease = claimed(store)
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    assert store.tasks.cancel(task.id) == store.tasks.get(task.id)
    with pytest.raises(NotPossible, match=f"task {task.id} is done: there is nothing to cancel"):
        store.tasks.cancel(task.id, strict=True)
    with pytest.raises(NotPossible, match="is done: there is nothing to retry"):
        store.tasks.retry(task.id, strict=True)
    assert store.tasks.get(task.id).status is TaskStatus.DONE
    with pytest.raises(NotFound):
        store.tasks.cancel(99)


def test_a_skipped_task_is_no_failure_and_a_new_request_queues_it(store: Store) -> None:
    task, lease = claimed(store)
    store.leases.skip(lease, "a.mkv is not dubbed: it is already a dub")
    skipped = store.tasks.get(task.id)
    assert (skipped.status, skipped.owner) == (TaskStatus.SKIPPED, None) and skipped.finished_at
    with pytest.raises(LeaseLost):
        store.leases.renew_lease(lease, 60.0)
    assert store.history.list_failures() == () and store.tasks.count_by_status()["SKIPPED"] == 1
    assert store.tasks.submit(wish(task.path)).queued


def test_the_list_is_sorted_by_every_column_and_rows_without_a_value_come_last(store: Store) -> None:
    for name, size, targets, duration in (("b", 1, ("es",), 9.0), ("A", 3, ("ca", "es"), None), ("c", 2, ("pt",), 5.0)):
        store.tasks.submit(replace(wish(Path(f"/films/{name}.mkv")), size=size, target_langs=targets, duration=duration))
    _, lease = store.leases.claim_next_task("w", 60.0) or pytest.fail("nothing was queued")
    store.leases.record_progress(lease, Progress(3, 9, "mix"))

    def names(sort: TaskSort, order: SortOrder) -> str:
        return "".join(task.path.stem for task in store.tasks.list_page(TaskQuery(sort=sort, order=order))[0])

    up, down = SortOrder.ASCENDING, SortOrder.DESCENDING
    assert names(TaskSort.TITLE, up) == "Abc" and names(TaskSort.TITLE, down) == "cbA"
    assert names(TaskSort.SIZE, up) == "bcA" and names(TaskSort.LANGUAGES, up) == "Abc"
    assert names(TaskSort.LENGTH, up) == "cbA" and names(TaskSort.LENGTH, down) == "bcA"
    assert names(TaskSort.PROGRESS, down) == "bcA" and names(TaskSort.STATUS, up)[0] == "b"
    for sort in TaskSort:
        page = TaskQuery(sort=sort, limit=1, offset=1)
        assert store.tasks.list_page(page)[0][0].path.stem == names(sort, down)[1] and store.tasks.list_page(page)[1] == 3
    assert store.tasks.list_ids(TaskFilter(TaskStatus.QUEUED), 9) == (3, 2) and store.tasks.list_ids(TaskFilter(), 1) == (3,)


def test_a_renamed_file_keeps_its_task(store: Store) -> None:
    task, _ = claimed(store)
    assert store.tasks.move_path(FILM, Path("/films/b.mkv")) == 1
    assert store.tasks.get(task.id).path == Path("/films/b.mkv")


@pytest.mark.parametrize(
    ("output", "moved"),
    [(FILM, "/films/b.mkv"), (Path("/films/a.es.mka"), "/films/b.es.mka"), (Path("/dubs/1/a.mkv"), "/dubs/1/a.mkv")],
)
def test_a_dub_that_was_renamed_with_its_film_is_found_under_its_new_name(store: Store, output: Path, moved: str) -> None:
    task, lease = claimed(store)
    store.leases.finish(lease, output)
    store.tasks.move_path(FILM, Path("/films/b.mkv"), {Path("/films/a.es.mka"): Path("/films/b.es.mka")})
    assert store.tasks.get(task.id).output == Path(moved)


def test_newest_pages_and_counts(store: Store) -> None:
    ids = [store.tasks.submit(wish(Path(f"/films/{n}.mkv"))).task.id for n in range(5)]
    page, total = store.tasks.list_newest(limit=2, offset=1)
    assert ([task.id for task in page], total) == ([ids[3], ids[2]], 5)
    assert store.tasks.list_newest(status=TaskStatus.DONE) == ((), 0)


def test_a_second_language_of_a_task_keeps_what_was_learned(store: Store) -> None:
    task, lease = claimed(store)
    store.leases.record_probe(lease, source_lang="en", duration=12.5, has_subtitles=True)
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    grown = store.tasks.add_languages(task.id, ("es", "ca"))
    assert (grown.target_langs, grown.status, grown.source_lang, grown.duration) == (("es", "ca"), TaskStatus.QUEUED, "en", 12.5)
    assert store.tasks.add_languages(task.id, ("ca",)).target_langs == ("es", "ca")


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("voyage", ["a VOYAGE"]),
        ("Season 01/", ["a VOYAGE", "b 100%"]),
        ("ÉTÉ", ["c été"]),
        ("e\u0301te\u0301", ["c été"]),  # as some systems write it
        ("100%", ["b 100%"]),
        ("1%", []),
        ("_", []),
        ("'; DROP TABLE tasks; --", []),
        ("voyage season", ["a VOYAGE"]),
        ('"01/a voyage"', ["a VOYAGE"]),
        ('"voyage a"', []),
        ("", ["a VOYAGE", "b 100%", "c été"]),
    ],
)
def test_tasks_are_found_by_a_part_of_their_path_in_any_case(store: Store, search: str, found: list[str]) -> None:
    for path in ("/tv/Season 01/a VOYAGE.mkv", "/tv/Season 01/b 100%.mkv", "/tv/c été.mkv"):
        store.tasks.submit(wish(Path(path)))
    tasks, total = store.tasks.list_newest(search=search)
    assert sorted(task.path.stem for task in tasks) == found
    assert total == len(found)


def test_a_path_that_writes_its_accents_apart_is_found(store: Store) -> None:
    store.tasks.submit(wish(Path("/tv/e\u0301te\u0301.mkv")))
    assert store.tasks.list_newest(search="été")[1] == 1


def test_a_search_goes_with_a_state_and_by_pages(store: Store) -> None:
    for n in range(4):
        _, lease = claimed(store, Path(f"/films/{n}.mkv"))
        if n != 1:
            store.leases.fail(lease, "broken")
    claimed(store, Path("/tv/5.mkv"))
    tasks, total = store.tasks.list_newest(status=TaskStatus.ERROR, search="films", limit=1, offset=1)
    assert ([task.path.name for task in tasks], total) == (["2.mkv"], 3)


def test_a_film_asked_for_again_with_another_glossary_is_queued_for_it(store: Store) -> None:
    asked = replace(wish(Path("/films/a.mkv")), glossary="Jon")
    task = store.tasks.submit(asked).task
    assert store.lines.get_glossary(task.id) == "Jon"
    assert not store.tasks.submit(asked).queued
    assert not store.tasks.submit(replace(asked, glossary="")).queued, "a request without one leaves it"
    assert store.tasks.submit(replace(asked, glossary="Ned")).queued
    assert store.lines.get_glossary(task.id) == "Ned"
    _, lease = store.leases.claim_next_task("w", 60.0) or pytest.fail("nothing was queued")
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    assert store.edits.change_glossary(task.id, "Ned").status is TaskStatus.DONE
    assert store.edits.change_glossary(task.id, "").status is TaskStatus.QUEUED
