"""The file itself: strangers' SQL, edits, crashes, and who may open it."""

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from fakes import claimed

from pipeline.errors import NotFound, QueryError, StoreError
from pipeline.store import Store
from pipeline.store.database import Database
from pipeline.tasks import CacheRow, Edit, LineRow, TaskStatus

LINE = LineRow(1, "es", "S1", 0.0, 1.0, 2.0, "hello", "hola", "translation", 0.0, 0.9, 1.0, 1.0, "takes/a.wav")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "dubarr.duckdb")
    yield opened
    opened.close()


def test_a_query_answers_arrow(store: Store) -> None:
    task, _ = claimed(store)
    table = pa.ipc.open_stream(io.BytesIO(store.query("SELECT id, status FROM tasks"))).read_all()
    assert table.to_pylist() == [{"id": task.id, "status": "PROCESSING"}]


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE tasks",
        "SELECT 1; DROP TABLE tasks",
        "INSERT INTO tasks (path) VALUES ('x')",
        "UPDATE tasks SET status = 'DONE'",
        "COPY tasks TO '/tmp/stolen'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT 1) UNION SELECT (2",
        "nonsense",
        "",
    ],
)
def test_a_query_that_is_not_one_harmless_select_is_refused(store: Store, sql: str) -> None:
    with pytest.raises(QueryError, match="query"):
        store.query(sql)
    assert store.tasks.queue_stats()["QUEUED"] == 0


def test_a_query_may_end_in_a_comment_or_a_semicolon(store: Store) -> None:
    assert store.query("SELECT 1 AS one; ")
    assert store.query("SELECT 1 AS one -- the first")


def test_an_edit_outlives_a_purge_and_queues_the_task(store: Store) -> None:
    task, lease = claimed(store)
    store.lines.put(lease, "es", [LINE])
    store.tasks.finished(lease, Path("/dubs/a.mkv"))
    assert store.lines.edit(task.id, Edit("es", 1, "buenas")).status is TaskStatus.QUEUED
    store.tasks.purge(task.id)
    assert store.lines.edits(task.id) == (Edit("es", 1, "buenas"),)


def test_an_edit_of_a_line_that_is_not_there_is_refused(store: Store) -> None:
    task, lease = claimed(store)
    store.lines.put(lease, "es", [LINE])
    with pytest.raises(NotFound, match="no line 2"):
        store.lines.edit(task.id, Edit("es", 2, "buenas"))
    with pytest.raises(NotFound, match="no line 1 in 'ca'"):
        store.lines.edit(task.id, Edit("ca", 1, "bones"))


def test_lines_of_a_language_are_replaced_as_a_whole(store: Store) -> None:
    task, lease = claimed(store)
    store.lines.put(lease, "es", [LINE, LineRow(2, *(getattr(LINE, name) for name in LineRow.__slots__[1:]))])
    store.lines.put(lease, "es", [LINE])
    assert store.lines.of(task.id) == (LINE,)


def test_a_file_that_another_process_holds_is_told_in_a_sentence(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()",
            str(tmp_path / "db"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout and holder.stdin and holder.stdout.readline() == b"open\n"
    try:
        with pytest.raises(StoreError, match="one process may hold it"):
            Database(tmp_path / "db", patience=0.3)
    finally:
        holder.stdin.close()
        holder.wait()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from pipeline.store import Store
from pipeline.tasks import Wish
store = Store(Path(sys.argv[1]))
for n in range(20):
    print(store.tasks.offer(Wish(Path(f"/films/{n}"), 1, 1, ("es",))).task.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "db")], capture_output=True, check=False)
    acknowledged = {int(line) for line in killed.stdout.split()}
    store = Store(tmp_path / "db")
    assert len(acknowledged) == 20
    assert {task.id for task in store.tasks.newest()[0]} >= acknowledged
    store.close()


def test_many_answers_are_kept_and_found_at_once(store: Store) -> None:
    _, lease = claimed(store)
    store.stages.keep(lease, [CacheRow(f"k{n}", "synthesize", f'{{"n": {n}}}', (f"takes/{n}.wav",)) for n in range(1000)])
    assert len(store.stages.cached([f"k{n}" for n in range(500, 1500)])) == 500
