"""Bulk actions: one action on many tasks, with the outcome of each."""

from dataclasses import dataclass
from enum import StrEnum


class BulkAction(StrEnum):
    """Actions on many tasks at once."""

    RETRY = "retry"
    CANCEL = "cancel"
    PURGE = "purge"
    DELETE = "delete"
    PRIORITY = "priority"
    ADD_LANGUAGES = "add_languages"


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """Outcome of a bulk action for one task. `refusal`: the reason for which nothing was changed, "" where it was done."""

    task_id: int
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class BulkResult:
    """Outcome of each task, and the files that are garbage now."""

    outcomes: tuple[BulkOutcome, ...]
    garbage: tuple[str, ...] = ()
