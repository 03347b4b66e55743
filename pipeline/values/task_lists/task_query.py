"""Query of the task list: filter by status and search, order, and page."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.values.tasks import TaskStatus


class TaskSort(StrEnum):
    """Column by which the task list is sorted."""

    ADDED = "added"
    TITLE = "title"  # the file's name
    STATUS = "status"
    LANGUAGES = "languages"
    LENGTH = "length"
    SIZE = "size"
    FINISHED = "finished"
    WARNINGS = "warnings"
    PROGRESS = "progress"


class SortOrder(StrEnum):
    """Direction of a sorted list."""

    ASCENDING = "asc"
    DESCENDING = "desc"


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Filter of the task list. `search`: words that all occur in the film's path, in any order and case; "" for none.

    `finished_after`: only tasks that ended later (UTC, naive); None for all.
    """

    status: TaskStatus | None = None
    search: str = ""
    finished_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskQuery:
    """Page of the task list: a filter, an order, and the rows from `offset` on. The newest come first among equals."""

    filter: TaskFilter = TaskFilter()
    sort: TaskSort = TaskSort.ADDED
    order: SortOrder = SortOrder.DESCENDING
    limit: int = 100
    offset: int = 0
