"""Remote monitoring of the store: its events and totals, each method with the signature of the method that it calls."""

from pipeline.store.monitoring.events import Events
from pipeline.store.monitoring.totals import Totals
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
