"""Events of tasks: the store's change log for readers."""

from pipeline.store.database.database import Database
from pipeline.values.monitoring.task_events import EventBatch


class Events:
    """Reads of the change log."""

    def __init__(self, database: Database) -> None:
        self._changes = database.changes

    def wait_for_events(self, after: int, timeout_s: float) -> EventBatch:
        """Long poll: the events after an id, once there are any, or none after `timeout_s`."""
        return self._changes.wait(after, timeout_s)
