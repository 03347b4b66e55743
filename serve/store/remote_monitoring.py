"""Remote monitoring of the store: its events, totals and outbox, each method with the signature of the method that it calls."""

from pipeline.store.monitoring.events import Events
from pipeline.store.monitoring.outbox import Outbox
from pipeline.store.monitoring.totals import Totals
from pipeline.values.monitoring.outbox import OutboxMessage, OutboxStatus
from pipeline.values.monitoring.task_events import EventBatch
from pipeline.values.monitoring.totals import StoreTotals
from serve.store.store_calls import RemotePart


class RemoteEvents(RemotePart):
    """`Events` of the store, by the store actor."""

    def wait_for_events(self, after: int, timeout_s: float) -> EventBatch:
        return self._ask(Events.wait_for_events, after, timeout_s)


class RemoteTotals(RemotePart):
    """`Totals` of the store, by the store actor."""

    def read_totals(self) -> StoreTotals:
        return self._ask(Totals.read_totals)


class RemoteOutbox(RemotePart):
    """`Outbox` of the store, by the store actor."""

    def claim_next(self, seconds: float, *, new_only: bool = False) -> OutboxMessage | None:
        return self._ask(Outbox.claim_next, seconds, new_only=new_only)

    def remove(self, message_id: str) -> None:
        return self._ask(Outbox.remove, message_id)

    def postpone(self, message_id: str, failure: str, seconds: float) -> None:
        return self._ask(Outbox.postpone, message_id, failure, seconds)

    def give_up(self, message_id: str, sentence: str) -> None:
        return self._ask(Outbox.give_up, message_id, sentence)

    def read_status(self) -> OutboxStatus:
        return self._ask(Outbox.read_status)
