"""SQL over a store of a test's own, by the way that queries from outside take."""

from typing import Any

import pyarrow as pa

from pipeline.store.database import snapshots
from pipeline.store.queries import QueryLimits, answer_query
from pipeline.store.store import Store


def ask(store: Store, sql: str, limits: QueryLimits | None = None) -> list[dict[str, Any]]:
    """The rows of one SELECT. QueryError."""
    folder = snapshots.queries_folder_of(store._database.path)
    with answer_query(sql, folder, store.snapshot, limits=limits) as answer:
        return pa.ipc.open_stream(answer).read_all().to_pylist()
