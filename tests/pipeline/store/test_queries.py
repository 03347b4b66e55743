"""Queries from outside: what they read, and that they change, reach and take nothing else, whatever DuckDB's functions can do."""

import hashlib
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import claimed
from sql import ask

from pipeline.errors import QueryError, StoreError
from pipeline.store import queries
from pipeline.store.database import query_sandbox, snapshots
from pipeline.store.queries import QueryLimits
from pipeline.store.store import Store
from pipeline.values.edits import Edit

SHORT = QueryLimits(seconds=2.0)
ENDLESS = "SELECT count(*) FROM range(10000000) a, range(1000000) b"
DELETING = "WITH x AS (DELETE FROM edits RETURNING *) SELECT * FROM x"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    queries.can_enter_namespaces()  # tried once, before tests put another program in the sandbox's place
    opened = Store(tmp_path / "data" / "dubarr.duckdb")
    task, _ = claimed(opened)
    opened.edits._line_edits._write_edits(task.id, [Edit("es", 1, "buenas")])
    yield opened
    opened.close()


def digest_of(folder: Path) -> str:
    """The content of every file below a folder but the queries' own, and how they may be opened."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not any(part.endswith(snapshots.QUERIES_SUFFIX) for part in path.parts) and path.is_file():
            digest.update(f"{path} {path.stat().st_mode} ".encode() + path.read_bytes())
    return digest.hexdigest()


def outcome_of(store: Store, sql: str) -> str:
    """Why a query is refused; "" where it is answered."""
    try:
        ask(store, sql)
    except QueryError as refused:
        return str(refused)
    return ""


def executed(sql: str) -> str:
    """SQL by way of the function that runs serialized SQL, whatever kind of statement that is."""
    return f"SELECT * FROM json_execute_serialized_sql(json_serialize_sql($a${sql}$a$))"


def test_a_query_reads_what_was_committed_before_it(store: Store) -> None:
    assert ask(store, "SELECT id, status FROM tasks") == [{"id": 1, "status": "PROCESSING"}]
    store.tasks.cancel(1)
    assert ask(store, "SELECT status FROM tasks -- the last") == [{"status": "CANCELLED"}]
    assert ask(store, "WITH one AS (SELECT 1 AS n) SELECT n, text FROM one, edits; ") == [{"n": 1, "text": "buenas"}]
    assert ask(store, "SELECT id FROM tasks WHERE FALSE") == []


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
        "SELECT '\udcff'",
    ],
)
def test_a_query_that_is_not_one_harmless_select_is_refused(store: Store, sql: str) -> None:
    with pytest.raises(QueryError, match="^query: ") as refused:
        ask(store, sql)
    assert "/" not in str(refused.value).replace("/etc/passwd", ""), "no path of ours"


@pytest.mark.parametrize(
    "sql",
    [
        executed(DELETING),
        executed("UPDATE tasks SET output = '/etc/passwd'"),
        executed(executed(DELETING)),
        f"SELECT * FROM query($q${executed(DELETING)}$q$)",
        "SELECT setval('task_ids', 1000)",
        "SELECT nextval('task_ids')",
        "SELECT * FROM checkpoint()",
        "SELECT * FROM force_checkpoint()",
    ],
)
def test_a_function_that_writes_changes_nothing(store: Store, tmp_path: Path, sql: str) -> None:
    before = digest_of(tmp_path)
    assert str(tmp_path) not in outcome_of(store, sql)
    assert digest_of(tmp_path) == before
    assert [edit.text for edit in store.lines.list_edits(1)] == ["buenas"]


def test_a_query_is_told_no_path_of_this_machine(store: Store, tmp_path: Path) -> None:
    told = json.dumps(
        [
            ask(store, sql)
            for sql in (
                "SELECT * FROM duckdb_databases()",
                "SELECT name, value FROM duckdb_settings()",
                "SELECT * FROM pragma_database_list",
                "SELECT current_setting('temp_directory') AS place",
            )
        ],
        default=str,
    )
    assert str(tmp_path) not in told and str(Path.home()) not in told.replace('"/"', "")


@pytest.mark.parametrize("sql", [ENDLESS, executed(ENDLESS)], ids=["plain", "inside a function"])
def test_a_query_that_does_not_end_is_ended(store: Store, sql: str) -> None:
    begun = time.monotonic()
    with pytest.raises(QueryError, match=r"not answered within 2 s; ask for less"):
        ask(store, sql, SHORT)
    assert time.monotonic() - begun < 20
    assert ask(store, "SELECT 1 AS n") == [{"n": 1}]


@pytest.mark.parametrize(
    ("sql", "limits", "words"),
    [
        ("SELECT * FROM range(1001)", QueryLimits(rows=1000), "more than 1,000 rows"),
        ("SELECT repeat('x', 1000) AS t FROM range(100000)", QueryLimits(answer_bytes=1 << 20), "larger than 1 MiB"),
        ("SELECT list(range) AS l FROM range(100000000)", QueryLimits(memory_bytes=64 << 20), "more memory or"),
        ("SELECT repeat('x', 2000000000) AS t", QueryLimits(), "more memory or|ended|not answered"),
        ("SELECT count(*) FROM (SELECT DISTINCT repeat(range::VARCHAR, 40) FROM range(9000000))",
         QueryLimits(memory_bytes=64 << 20, temporary_bytes=8 << 20, seconds=20), "more memory or temporary space|ended"),
    ],
)  # fmt: skip
def test_a_query_that_takes_too_much_is_refused_and_nothing_of_it_stays(
    store: Store, tmp_path: Path, sql: str, limits: QueryLimits, words: str
) -> None:
    with pytest.raises(QueryError, match=words):
        ask(store, sql, limits)
    assert list(snapshots.queries_folder_of(store._database.path).glob("query-*")) == []


def test_exactly_as_many_rows_as_allowed_are_answered(store: Store) -> None:
    assert len(ask(store, "SELECT * FROM range(1000)", QueryLimits(rows=1000))) == 1000


def test_a_query_whose_process_is_killed_is_not_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = tmp_path / "started"
    dying = tmp_path / "dying.py"
    dying.write_text(f"import os\nopen({str(started)!r}, 'a').write('x')\nos.kill(os.getpid(), 9)\n")
    monkeypatch.setattr(query_sandbox, "__file__", str(dying))
    with pytest.raises(QueryError, match="its process was ended"):
        ask(store, "SELECT 1")
    assert started.read_text() == "x"


@pytest.mark.parametrize(
    "code", ["", "print('hello')", "import os; os.kill(os.getpid(), 11)"], ids=["silent", "babbling", "crashed"]
)
def test_a_process_that_gives_no_answer_is_told(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    (tmp_path / "broken.py").write_text(code)
    monkeypatch.setattr(query_sandbox, "__file__", str(tmp_path / "broken.py"))
    with pytest.raises(QueryError, match="its process (was ended|ended without an answer)"):
        ask(store, "SELECT 1")


def test_the_sandbox_sees_no_variable_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PASS", "correct horse")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/python/lib")
    assert queries._environment() == queries.SANDBOX_ENVIRONMENT | {"LD_LIBRARY_PATH": "/opt/python/lib"}


def test_a_full_disk_is_told(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(StoreError, match="a query has no place to work"):
        queries.answer_query("SELECT 1", file, store.snapshot)


def test_the_sandbox_opens_nothing_beside_its_folder_and_reaches_no_network(tmp_path: Path) -> None:
    (tmp_path / "inside").write_text("inside")
    outside = tmp_path.with_name(f"{tmp_path.name}-outside")
    outside.write_text("outside")
    code = f"""
import ctypes, encodings.idna, json, socket, sys
sys.path.insert(0, {str(Path(query_sandbox.__file__).parent)!r})
import query_sandbox as sandbox
libc = ctypes.CDLL(None, use_errno=True)
sandbox.enter_namespaces(libc)
sandbox.enter_folder({str(tmp_path)!r})
sandbox.restrict_files(libc)
told = {{}}
for name in ("inside", {str(outside)!r}, "/etc/passwd", "../{outside.name}"):
    try:
        told[name] = open(name).read()
    except OSError as error:
        told[name] = type(error).__name__
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1).close()
    told["network"] = "reached"
except OSError:
    told["network"] = "out of reach"
print(json.dumps(told))
"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        ran = subprocess.run([sys.executable, "-I", "-c", code, port], capture_output=True, text=True, timeout=30)
    told = json.loads(ran.stdout or pytest.fail(ran.stderr))
    assert told.pop("inside") == "inside"
    if os.getuid() != 0 and told.get("network") == "reached":
        pytest.skip("this kernel gives an ordinary user no namespace of his own")
    assert told.pop("network") == "out of reach"
    assert all(answer in {"FileNotFoundError", "PermissionError"} for answer in told.values()), told


def test_where_namespaces_cannot_be_entered_queries_do_without_them(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ubuntu gives a namespace and refuses the mapping: in it no file could be written."""
    refusing = tmp_path / "refusing.py"
    source = Path(query_sandbox.__file__).read_text()
    assert "    for name, text in ((" in source
    refusing.write_text(source.replace("    for name, text in ((", "    raise PermissionError\n    for name, text in ((", 1))
    monkeypatch.setattr(query_sandbox, "__file__", str(refusing))
    queries.can_enter_namespaces.cache_clear()
    try:
        assert queries.can_enter_namespaces() is False
        assert ask(store, "SELECT 1 AS n") == [{"n": 1}]
    finally:
        queries.can_enter_namespaces.cache_clear()


# Words of the functions that execute, read, write, set or attach; and values for their parameters.
ACTING = ("exec", "query", "read", "write", "set", "checkpoint", "attach", "glob", "scan", "sniff", "load", "install", "log", "val",
          "secret", "copy", "export", "import", "pragma", "extension", "file", "parquet", "csv", "json", "temp", "vacuum", "random")  # fmt: skip
ARGUMENTS = ("'/etc/passwd'", "'dubarr.duckdb'", "'tasks'", f"'{DELETING}'", "'enable_external_access'", "'task_ids'", "1", "[1]",
             "'{\"a\": 1}'", f"json_serialize_sql('{DELETING}')")  # fmt: skip


def generated(functions: list[dict[str, object]], count: int) -> Iterator[str]:
    """Statements that call DuckDB's own functions, as tables and as values, nested up to three deep. The same every time."""
    chance = random.Random(11)
    acting = sorted({
        (str(each["function_name"]), str(each["function_type"]), len(each["parameters"]))  # type: ignore[arg-type]
        for each in functions
        if any(word in str(each["function_name"]) for word in ACTING) and str(each["function_name"]).isidentifier()
    })  # fmt: skip
    chance.shuffle(acting)
    for number, (name, kind, parameters) in zip(range(count), itertools.cycle(acting), strict=False):
        arguments = ", ".join(chance.choice(ARGUMENTS) for _ in range(max(parameters, number % 2)))
        sql = f"SELECT * FROM {name}({arguments})" if "table" in kind or "pragma" in kind else f"SELECT {name}({arguments}) AS v"
        for _ in range(number % 4):
            quoted = sql.replace("'", "''")
            sql = chance.choice(
                (
                    f"SELECT * FROM query('{quoted}')",
                    f"SELECT * FROM json_execute_serialized_sql(json_serialize_sql('{quoted}'))",
                    f"SELECT * FROM ({sql})",
                    f"WITH w AS MATERIALIZED ({sql}) SELECT * FROM w",
                )
            )
        yield sql


@pytest.mark.slow
def test_200_generated_statements_leave_store_settings_and_disk_as_they_were(store: Store, tmp_path: Path) -> None:
    functions = ask(store, "SELECT function_name, function_type, parameters FROM duckdb_functions()")
    settings = ask(store, "SELECT name, value FROM duckdb_settings() ORDER BY name")
    statements = list(generated(functions, 200))
    assert len(set(statements)) >= 190
    canary = tmp_path / "canary"
    canary.write_text("still here")
    before, elsewhere, answered = digest_of(tmp_path), set(Path("/tmp").iterdir()), 0
    took = []
    for sql in statements:
        begun = time.monotonic()
        outcome = outcome_of(store, sql)
        assert str(tmp_path) not in outcome
        answered += outcome == ""
        took.append(time.monotonic() - begun)
    assert digest_of(tmp_path) == before
    assert ask(store, "SELECT name, value FROM duckdb_settings() ORDER BY name") == settings
    assert [edit.text for edit in store.lines.list_edits(1)] == ["buenas"]
    assert store.tasks.get(1).output is None
    assert answered > 10, "most of them would be refused for nothing"
    assert not {name for name in set(Path("/tmp").iterdir()) - elsewhere if "duckdb" in name.name}
    assert max(took) < 6 + 6, "each is ended at its limit of 5 s, whatever it is"
