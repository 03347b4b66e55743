"""Query sandbox: the process that runs one SQL query of a user. It reads a snapshot of the store and writes the answer.

    python -I query_sandbox.py FOLDER < {"sql": …, "limits": {…}, "namespaces": true}

FOLDER holds `store.duckdb` and takes `answer.arrow`, an Arrow IPC stream. stdout gets one line of JSON: `{"rows": n}`, or
`{"error": sentence}`. A program of its own, without imports from Dubarr: it starts in a tenth of a second, and its parent
kills it at the time limit. The layers of isolation, from the outside in:

1. the snapshot is a copy: changes of it do not reach the store;
2. the process: limits on memory, CPU time and file sizes, low priority; the folder as the root of its file system and no
   network where the kernel allows it (user namespace, chroot); Landlock where the kernel has it;
3. DuckDB: the file opened read-only, no file access, no extensions, a locked configuration, one SELECT.
"""

import ctypes
import json
import os
import resource
import sys
import threading
from typing import Any

CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS = 0x10000000, 0x40000000, 0x00020000
PR_SET_NO_NEW_PRIVS = 38
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446  # numbers of the system calls
LANDLOCK_VERSION, LANDLOCK_PATH_BENEATH = 1, 1
LANDLOCK_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}  # of each version: all rights on files
TRY_NAMESPACES = "--try-namespaces"  # exit code 0 where they can be entered
BATCH_ROWS = 50_000
SHORT_QUERY_S = 1.0  # longer queries get idle priority
TEMPORARY_FOLDER = "temporary"  # folder of DuckDB's temporary files
READ_ONLY_MESSAGE = "attached in read-only mode"  # in DuckDB's message for a write


class QueryRefused(Exception):
    """A query that is refused; the message gives the reason."""


def limit_process(limits: dict[str, int]) -> None:
    """Set resource limits of this process: memory, CPU time, file size, open files; lowest priority."""
    largest_file = max(limits["answer_bytes"], limits["temporary_bytes"]) + (1 << 20)
    for kind, most in (
        (resource.RLIMIT_AS, limits["address_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, largest_file),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    os.nice(19)  # the lowest: the service comes first
    os.umask(0o077)


def yield_after(seconds: float) -> None:
    """Set idle scheduling (SCHED_IDLE) for this thread, in which DuckDB works, after `seconds`."""
    thread = threading.get_native_id()

    def yield_now() -> None:
        os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))

    timer = threading.Timer(seconds, yield_now)
    timer.daemon = True
    timer.start()


def enter_namespaces(libc: Any) -> bool:
    """Enter a user namespace without a network, as the same user. False where the kernel does not allow it as a whole.

    Only a single-threaded process can. Some systems (Ubuntu) allow a user namespace and refuse the mapping of users into it; a process
    without a mapping cannot write files, nor leave it, so that the parent tries it first in another process (`--try-namespaces`).
    """
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0:
        return False  # containers often forbid it
    try:
        map_ids(uid, gid)
    except OSError:
        return False
    return True


def map_ids(uid: int, gid: int) -> None:
    """Map the user and group to themselves inside the namespace. OSError."""
    for name, text in (("uid_map", f"{uid} {uid} 1"), ("setgroups", "deny"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 -- this file imports little
            file.write(text)


def enter_folder(folder: str) -> None:
    """Change the root of the file system to the folder (chroot) where allowed, else only the current folder."""
    os.chdir(folder)
    try:
        os.chroot(".")
    except OSError:  # neither root nor in a user namespace of its own
        return


def restrict_files(libc: Any) -> None:
    """Restrict file access of this process to the current folder, where the kernel has Landlock."""
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_VERSION)
    if version < 1:
        return
    rights = LANDLOCK_RIGHTS[min(version, max(LANDLOCK_RIGHTS))]
    attributes = ctypes.c_uint64(rights)
    ruleset = libc.syscall(LANDLOCK_CREATE_RULESET, ctypes.byref(attributes), ctypes.sizeof(attributes), 0)
    folder = os.open(".", os.O_PATH | os.O_CLOEXEC)

    class PathBeneath(ctypes.Structure):
        _pack_ = 1
        _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))

    rule = PathBeneath(rights, folder)
    libc.syscall(LANDLOCK_ADD_RULE, ruleset, LANDLOCK_PATH_BENEATH, ctypes.byref(rule), 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.syscall(LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(folder)
    os.close(ruleset)


def connect_read_only(duckdb: Any, limits: dict[str, int]) -> Any:
    """Connect to the snapshot: read-only, without file access and extensions, with a locked configuration."""
    return duckdb.connect(
        "store.duckdb",
        read_only=True,
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "enable_external_access": "false",
            "memory_limit": f"{limits['memory_bytes']}B",
            "temp_directory": TEMPORARY_FOLDER,
            "max_temp_directory_size": f"{limits['temporary_bytes']}B",
            "threads": "1",
            "lock_configuration": "true",
        },
    )


def write_answer(duckdb: Any, pyarrow: Any, sql: str, limits: dict[str, int]) -> int:
    """Write the answer of one SELECT to `answer.arrow`, batch by batch. Returns its rows. QueryRefused where it is too large."""
    connection = connect_read_only(duckdb, limits)
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryRefused("give one SELECT statement; nothing else is allowed here")
    batches = connection.sql(statements[0].query).to_arrow_reader(BATCH_ROWS)
    rows = 0
    with pyarrow.OSFile("answer.arrow", "wb") as sink, pyarrow.ipc.new_stream(sink, batches.schema) as writer:
        for batch in batches:
            rows += batch.num_rows
            if rows > limits["rows"]:
                raise QueryRefused(f"the answer has more than {limits['rows']:,} rows; add a LIMIT, or aggregate")
            writer.write_batch(batch)
            if sink.tell() > limits["answer_bytes"]:
                raise QueryRefused(f"the answer is larger than {limits['answer_bytes'] >> 20} MiB; select fewer columns or rows")
    return rows


def word_error(error: Exception) -> str:
    """DuckDB's message in one line, without the statement and without paths."""
    first = next(iter(str(error).splitlines()), type(error).__name__)
    if READ_ONLY_MESSAGE in first or "unsuccessful query result" in first:
        return "this query would change something; only reading is allowed here"
    if "file system operations are disabled" in first or "external extensions is disabled" in first:
        return "files and extensions are out of reach here; only the store's tables can be read"
    if "OutOfMemory" in type(error).__name__ or isinstance(error, MemoryError) or TEMPORARY_FOLDER in first:
        return "it takes more memory or temporary space than a query may have; aggregate, or read fewer columns or rows"
    return first


def main() -> None:
    """Read the query from stdin, restrict this process, and write the answer."""
    question = json.load(sys.stdin)
    limits: dict[str, int] = question["limits"]
    libc = ctypes.CDLL(None, use_errno=True)
    if question["namespaces"]:
        enter_namespaces(libc)

    import duckdb
    import pyarrow
    import pyarrow.ipc

    enter_folder(sys.argv[1])
    restrict_files(libc)
    limit_process(limits)
    yield_after(SHORT_QUERY_S)
    try:
        result: dict[str, object] = {"rows": write_answer(duckdb, pyarrow, question["sql"], limits)}
    except QueryRefused as error:
        result = {"error": str(error)}
    except (duckdb.Error, pyarrow.ArrowException, MemoryError, OSError, UnicodeError) as error:
        result = {"error": word_error(error)}
    print(json.dumps(result), flush=True)  # noqa: T201 -- the answer to the parent
    os._exit(0)  # no clean-up: DuckDB's threads may still run


if __name__ == "__main__":
    if sys.argv[1:] == [TRY_NAMESPACES]:
        sys.exit(0 if enter_namespaces(ctypes.CDLL(None, use_errno=True)) else 1)
    main()
