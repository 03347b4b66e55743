"""Task list: pages of tasks by filter, search and order, the ids of a whole filter, counts and places in the queue. Read only."""

import unicodedata
from collections.abc import Sequence

from pipeline.store.database.database import Database
from pipeline.store.task_rows import read_task
from pipeline.text.search_terms import split_search
from pipeline.values.task_lists.task_query import SortOrder, TaskFilter, TaskQuery, TaskSort
from pipeline.values.tasks import Task, TaskStatus

SEARCH_CONDITION = "(contains(lower(path), lower(?)) OR contains(lower(path), lower(?)))"
SORT_EXPRESSIONS = {
    TaskSort.ADDED: "created_at",
    TaskSort.TITLE: "lower(parse_filename(path, FALSE, 'forward_slash'))",
    TaskSort.STATUS: "list_position(['PROCESSING', 'QUEUED', 'ERROR', 'CANCELLED', 'SKIPPED', 'DONE'], status)",
    TaskSort.LANGUAGES: "array_to_string(target_langs, ',')",
    TaskSort.LENGTH: "duration",
    TaskSort.SIZE: "size",
    TaskSort.FINISHED: "finished_at",
    TaskSort.WARNINGS: "coalesce(warnings, 0)",
    TaskSort.PROGRESS: "CASE WHEN status = 'DONE' THEN 1.0 WHEN total > 0 THEN (done + coalesce(part, 0)) / total ELSE 0.0 END",
}
DIRECTIONS = {SortOrder.ASCENDING: "ASC", SortOrder.DESCENDING: "DESC"}


def list_page(database: Database, query: TaskQuery) -> tuple[tuple[Task, ...], int]:
    """Page of tasks in its order, and the number of all tasks of its filter. Tasks without a value for the order come last."""
    where, values = _build_condition(query.filter)
    count = database.row(f"SELECT count(*) AS n FROM tasks {where}", values)  # noqa: S608 -- constants
    order = f"{SORT_EXPRESSIONS[query.sort]} {DIRECTIONS[query.order]} NULLS LAST, id {DIRECTIONS[query.order]}"
    # Only the page's rows are read whole: a row has thirty columns.
    rows = database.rows(
        f"""WITH page AS (SELECT id, row_number() OVER (ORDER BY {order}) AS place FROM tasks {where}
                          ORDER BY place LIMIT ? OFFSET ?)
            SELECT tasks.* FROM tasks JOIN page USING (id) ORDER BY place""",  # noqa: S608 -- constants
        [*values, query.limit, query.offset],
    )
    return tuple(read_task(row) for row in rows), count["n"] if count else 0


def list_ids(database: Database, task_filter: TaskFilter, limit: int) -> tuple[int, ...]:
    """Ids of the tasks of a filter, newest first, at most `limit`."""
    where, values = _build_condition(task_filter)
    rows = database.rows(f"SELECT id FROM tasks {where} ORDER BY created_at DESC, id DESC LIMIT ?", [*values, limit])  # noqa: S608
    return tuple(row["id"] for row in rows)


def count_by_status(database: Database) -> dict[str, int]:
    """Number of tasks of each status, 0 included."""
    counts = {row["status"]: row["n"] for row in database.rows("SELECT status, count(*) AS n FROM tasks GROUP BY status")}
    return {str(status): counts.get(str(status), 0) for status in TaskStatus}


def find_queue_positions(database: Database, task_ids: Sequence[int]) -> dict[int, int]:
    """Queued task's id → its position in the queue, from 1, in the order in which workers claim."""
    rows = database.rows(
        """SELECT id, position FROM
               (SELECT id, row_number() OVER (ORDER BY coalesce(priority, 0), id) AS position FROM tasks WHERE status = 'QUEUED')
           WHERE list_contains(CAST(? AS BIGINT[]), id)""",
        [list(task_ids)],
    )
    return {row["id"]: row["position"] for row in rows}


def _build_condition(task_filter: TaskFilter) -> tuple[str, list[object]]:
    """WHERE clause of a filter, with its values."""
    asked: list[tuple[str, Sequence[object]]] = [("status = ?", [str(task_filter.status)])] if task_filter.status else []
    asked += [("finished_at > ?", [task_filter.finished_after])] if task_filter.finished_after else []
    asked += [(SEARCH_CONDITION, spell_search_term(term)) for term in split_search(task_filter.search)]
    where = f"WHERE {' AND '.join(condition for condition, _ in asked)}" if asked else ""
    return where, [value for _, given in asked for value in given]


def spell_search_term(text: str) -> list[str]:
    """Spellings of a text in Unicode forms NFC and NFD: file systems keep either, and normalizing every path takes 2 µs each."""
    return [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
