"""Answers from memory hold exactly as long as nothing is committed, and only for what the store alone knows."""

import threading
from pathlib import Path

import pytest
from in_process_service import Served

from pipeline.store.database.commit_counter import CommitCounter, CommitReader, counter_path_of
from pipeline.values.task_lists.task_query import TaskQuery
from pipeline.values.tasks import DubRequest
from serve.http.middleware import response_cache


@pytest.fixture
def asked(service: Served, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lists that the store was asked for."""
    calls: list[str] = []
    newest = service.store.tasks.list_page

    def counted(query: TaskQuery):
        calls.append("newest")
        return newest(query)

    monkeypatch.setattr(service.store.tasks, "list_page", counted)
    return calls


def total(service: Served, query: str = "") -> int:
    return int(service.client.get(f"/api/tasks{query}").json()["total"])


def test_a_list_is_computed_once_until_something_is_committed(service: Served, asked: list[str]) -> None:
    assert [total(service) for _ in range(5)] == [0] * 5
    assert asked == ["newest"]
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    assert [total(service) for _ in range(5)] == [1] * 5
    assert asked == ["newest"] * 2


def test_another_question_gets_its_own_answer(service: Served, asked: list[str]) -> None:
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    assert (total(service), total(service, "?status=DONE"), total(service), total(service, "?status=DONE")) == (1, 0, 1, 0)
    assert len(asked) == 2


def test_a_write_is_seen_by_the_next_read_whatever_reads_meanwhile(service: Served) -> None:
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            total(service)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        for n in range(1, 40):
            service.store.tasks.submit(DubRequest(Path(f"/films/{n}.mkv"), 1, 1, ("es",)))
            assert total(service) == n
    finally:
        over.set()
        thread.join()


def test_errors_are_not_kept_and_nobody_gets_an_answer_without_the_password(service: Served) -> None:
    assert service.client.get("/api/tasks/1").status_code == 404
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    assert service.client.get("/api/tasks/1").status_code == 200
    assert service.client.get("/api/tasks/1", auth=("dubarr", "wrong")).status_code == 401


def test_the_least_recently_asked_for_goes_where_there_are_many(service: Served, asked: list[str]) -> None:
    for n in range(response_cache.MAX_RESPONSES + 1):
        total(service, f"?offset={n}")
    before = len(asked)
    total(service, f"?offset={response_cache.MAX_RESPONSES}")
    assert len(asked) == before
    total(service, "?offset=0")
    assert len(asked) == before + 1


def test_answers_larger_than_what_is_kept_are_whole(service: Served, monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
    monkeypatch.setattr(response_cache, "MAX_RESPONSE_BYTES", 10)
    assert (total(service), total(service)) == (0, 0)
    assert len(asked) == 2


def test_a_new_owner_of_the_store_counts_on_from_higher_than_the_one_before(tmp_path: Path) -> None:
    database = tmp_path / "dubarr.duckdb"
    reader = CommitReader(database)
    assert reader.read_count() is None
    first = CommitCounter(database)
    before = reader.read_count()
    assert before is not None
    first.increase()
    assert reader.read_count() == before + 1
    CommitCounter(database)
    after = reader.read_count()
    assert after is not None and after > before + 1
    assert counter_path_of(database).stat().st_mode & 0o777 == 0o600
