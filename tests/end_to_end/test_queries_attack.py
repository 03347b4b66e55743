"""The break-ins through /api/query, tried on the service at work: what was written, read, stopped and held up before."""

import threading
import time
from pathlib import Path

import httpx
import pytest
from in_process_service import make_film
from real_service import Running

from serve.client.client_errors import Refused

pytestmark = pytest.mark.slow

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(1000000) b"


def executed(sql: str) -> str:
    """SQL by way of the function that runs serialized SQL, whatever kind of statement that is."""
    return f"SELECT * FROM json_execute_serialized_sql(json_serialize_sql($a${sql}$a$))"


@pytest.fixture(scope="module")
def dubbed(running: Running) -> int:
    film = make_film(running.library / "queried.mkv", seconds=9.0, pitch=930)
    return int(running.ended(running.client.submit_path(film, target_langs=["es"])["id"])["id"])


def raw(running: Running) -> httpx.Client:
    return httpx.Client(base_url=running.url, auth=(running.settings.api_user, running.password), timeout=60)


def test_no_query_writes_the_store_nor_opens_a_file_of_the_service_by_way_of_it(
    running: Running, dubbed: int, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("for the service's user alone")
    secret.chmod(0o600)
    before = running.client.query(f"SELECT * FROM tasks WHERE id = {dubbed}").to_pylist()
    for sql in (
        f"WITH x AS (UPDATE tasks SET output = '{secret}', status = 'DONE' WHERE id = {dubbed} RETURNING *) SELECT * FROM x",
        f"UPDATE tasks SET output = '{secret}' WHERE id = {dubbed}",
        "WITH x AS (DELETE FROM tasks RETURNING *) SELECT * FROM x",
    ):
        for way in (sql, executed(sql), f"SELECT * FROM query($q${executed(sql)}$q$)"):
            with pytest.raises(Refused):
                running.client.query(way)
    assert running.client.query(f"SELECT * FROM tasks WHERE id = {dubbed}").to_pylist() == before
    with raw(running) as client:
        answer = client.get(f"/download/{dubbed}")
        assert "for the service's user alone" not in answer.text
        assert client.get("/api/query", params={"sql": "SELECT 1"}).status_code == 405, "no link runs a query"


def test_a_query_without_end_stops_nothing_and_further_ones_are_told_to_come_back(running: Running, dubbed: int) -> None:
    actor = running.pids("ray::StoreActor")
    statuses: list[int] = []

    def ask(sql: str) -> None:
        with raw(running) as client:
            statuses.append(client.post("/api/query", json={"sql": sql}).status_code)

    threads = [threading.Thread(target=ask, args=(sql,)) for sql in (ENDLESS, executed(ENDLESS), ENDLESS, ENDLESS, ENDLESS)]
    for thread in threads:
        thread.start()
    waits = []
    with raw(running) as client:
        while any(thread.is_alive() for thread in threads):
            begun = time.monotonic()
            assert client.get("/health").json()["worker_alive"] is True
            assert client.get(f"/api/tasks/{dubbed}").status_code == 200
            waits.append(time.monotonic() - begun)
            time.sleep(0.1)
    assert sorted(statuses) == [400, 400, 429, 429, 429]
    assert max(waits) < 5, "it took as long as the queries before: half a minute and more"
    assert running.client.query("SELECT 1 AS n").to_pylist() == [{"n": 1}]
    assert running.pids("ray::StoreActor") == actor, "the store's owner has nothing to do with it"


def test_a_film_at_work_keeps_its_lease_under_queries_and_backups(running: Running) -> None:
    over = threading.Event()

    def query() -> None:
        while not over.is_set():
            with raw(running) as client:
                client.post("/api/query", json={"sql": ENDLESS})

    def back_up() -> None:
        while not over.wait(0.2):
            running.client.backup()

    threads = [threading.Thread(target=work) for work in (query, query, back_up)]
    for thread in threads:
        thread.start()
    try:
        film = make_film(running.library / "leased.mkv", seconds=9.0, pitch=990)
        task = running.ended(running.client.submit_path(film, target_langs=["es"])["id"])
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert task["attempts"] == 1
    (row,) = running.client.query(f"SELECT lost FROM tasks WHERE id = {task['id']}").to_pylist()
    assert row["lost"] == 0
