"""Bulk actions and sorted pages over the API."""

from pathlib import Path

import pytest
from fakes import wish
from in_process_service import Served, make_film


def fail_many(service: Served, count: int) -> list[int]:
    rows = service.store._database.execute(
        "INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at, status, error) "
        "SELECT '/films/' || i || '.mkv', i, i, ['es'], TIMESTAMP '2026-11-23' + INTERVAL (i) SECOND, 'ERROR', 'broken' "
        "FROM range(?) t(i) RETURNING id",
        [count],
    )
    return sorted(row["id"] for row in rows)


def change(service: Served, action: str, ids: list[int], **options: object) -> dict:
    answer = service.client.post("/api/tasks/bulk", json={"action": action, "ids": ids, **options})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_three_hundred_tasks_are_retried_at_once_and_one_that_is_refused_refuses_no_other(service: Served) -> None:
    ids = fail_many(service, 300)
    done = change(service, "retry", [*ids, 999, ids[0]])
    assert (done["changed"], len(done["outcomes"])) == (300, 301)
    assert done["outcomes"][-1] == {
        "id": 999,
        "changed": False,
        "message": "there is no task 999; ./dubarr status --all and GET /api/tasks list them",
    }
    assert service.store.tasks.count_by_status()["QUEUED"] == 300
    again = change(service, "retry", ids[:1])
    assert again["outcomes"] == [
        {"id": ids[0], "changed": False, "message": f"task {ids[0]} is queued: there is nothing to retry"}
    ]


def test_tasks_are_cancelled_purged_ordered_and_deleted_in_bulk(service: Served) -> None:
    ids = fail_many(service, 60)
    assert change(service, "purge", ids)["changed"] == 60
    assert change(service, "priority", ids[:2], priority="bulk")["changed"] == 2
    assert service.store.tasks.find_queue_positions(ids[:3]) == {ids[2]: 1, ids[0]: 59, ids[1]: 60}
    assert change(service, "cancel", ids[:10])["changed"] == 10
    assert service.client.get("/api/tasks/ids", params={"status": "CANCELLED"}).json() == {"ids": ids[9::-1]}
    assert service.client.get("/api/tasks/ids", params={"search": "mkv 59"}).json() == {"ids": [ids[59]]}
    assert change(service, "delete", ids)["changed"] == 60
    assert service.store.tasks.list_newest() == ((), 0)


def test_languages_are_added_in_bulk_where_the_film_allows_it(service: Served) -> None:
    film = make_film(service.library / "a.mkv")
    service.client.post("/webhook", json={"path": str(film), "target_langs": ["es"]})
    (task,) = service.tasks()
    gone = service.store.tasks.submit(wish(service.library / "gone.mkv")).task
    done = change(service, "add_languages", [task.id, gone.id], target_langs=["ca", "es"])
    assert [each["changed"] for each in done["outcomes"]] == [True, False] and "gone.mkv" in done["outcomes"][1]["message"]
    assert service.store.tasks.get(task.id).target_langs == ("es", "ca")
    (again,) = change(service, "add_languages", [task.id], target_langs=["ca"])["outcomes"]
    assert again["message"] == f"task {task.id} has these languages already"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"action": "retry", "ids": []}, "ids"),
        ({"action": "retry", "ids": list(range(501))}, "ids"),
        ({"action": "add_languages", "ids": [1]}, "target_langs goes with the action add_languages"),
        ({"action": "retry", "ids": [1], "priority": "bulk"}, "priority goes with the action priority"),
        ({"action": "add_languages", "ids": list(range(51)), "target_langs": ["es"]}, "at most 50 tasks at once"),
        ({"action": "format", "ids": [1]}, "action"),
    ],
)
def test_a_bulk_request_that_makes_no_sense_is_refused_in_words(service: Served, body: dict, words: str) -> None:
    answer = service.client.post("/api/tasks/bulk", json=body)
    assert answer.status_code == 422 and words in answer.json()["detail"]


def test_the_list_is_sorted_over_the_api(service: Served) -> None:
    for name in ("b", "c", "a"):
        service.store.tasks.submit(wish(Path(f"/films/{name}.mkv")))
    found = service.client.get("/api/tasks", params={"sort": "title", "order": "asc", "limit": 2}).json()
    assert [Path(task["path"]).stem for task in found["tasks"]] == ["a", "b"] and found["total"] == 3
