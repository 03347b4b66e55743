"""Metrics reporter: sends the metrics of this process to the store actor at intervals."""

import logging
import threading
import uuid
from typing import TYPE_CHECKING

from serve.metrics.process_metrics import read_samples

if TYPE_CHECKING:
    from serve.store.remote_store import RemoteStore

log = logging.getLogger(__name__)

REPORT_INTERVAL_S = 3.0
PROCESS = uuid.uuid4().hex  # this process, for as long as it lives


def start_metrics_reporter(store: "RemoteStore") -> None:
    """Report the metrics of this process from a background thread, for as long as it lives."""
    from ray.exceptions import RayError

    def report() -> None:
        waiting = threading.Event()
        while not waiting.wait(REPORT_INTERVAL_S):
            try:
                store.report_metrics(PROCESS, read_samples())
            except RayError as error:  # while the actor restarts
                log.debug("metrics not reported: %r", error)

    threading.Thread(target=report, name="metrics", daemon=True).start()
