"""Schedule of the artifact scrub: one thread of the whole service reads all artifacts once in `SCRUB_DAYS`, at low priority."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path

from pipeline.cache.artifact_scrub import AnswerStore, ArtifactScrub, ScrubState
from pipeline.errors import DubarrError
from pipeline.settings import Settings
from serve.metrics.process_metrics import BROKEN_ANSWERS

log = logging.getLogger(__name__)

BYTES_PER_S = 20e6  # read by the scrub; a disk for films reads five times that
SCRUB_NICE = 19  # of its thread: below everything else, also for the disk where the scheduler knows priorities
CHECK_INTERVAL_S = 10.0  # also that of asking for the leader lease, which is held for longer
STATE_NAME = "artifact-scrub.json"  # in DATA_DIR


def find_state_file(settings: Settings) -> Path:
    """Find the file of the scrub's state."""
    return settings.data_dir / STATE_NAME


class ScrubSchedule:
    """Thread of the artifact scrub. `is_leader`: true in one process of the service at a time."""

    def __init__(self, settings: Callable[[], Settings], answers: AnswerStore, is_leader: Callable[[], bool]) -> None:
        self._settings, self._answers, self._is_leader = settings, answers, is_leader
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._run, name="artifact-scrub", daemon=True).start()

    def stop(self) -> None:
        """Stop; the scrub resumes where it was."""
        self._stopping.set()

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), SCRUB_NICE)  # a thread's own, on Linux
        while not self._stopping.wait(CHECK_INTERVAL_S):
            try:
                while self.run_batch() and not self._stopping.is_set():
                    pass
            except (DubarrError, OSError) as error:
                log.warning("artifact scrub paused: %s", error)

    def run_batch(self) -> bool:
        """Check the next answers, where a scrub is due and no other process does it. True where more of them are left."""
        settings = self._settings()
        if settings.scrub_days <= 0 or not self._is_leader():
            return False
        file = find_state_file(settings)
        state = ScrubState.read(file)
        if state is not None and state.finished_at is not None and not state.is_due(settings.scrub_days):
            return False
        if state is None or state.finished_at is not None:
            state = ScrubState.start()
        scrub = ArtifactScrub(
            self._answers, settings.artifacts, BYTES_PER_S, self._stopping.wait, BROKEN_ANSWERS.labels("check").inc
        )
        checked = scrub.check_batch(state)
        if checked is None:
            return False
        checked.write(file)
        if checked.finished_at is None:
            return True
        log.info(
            "artifact scrub: %d files, %.1f GB of them as they were made, %d faulty",
            checked.files,
            checked.bytes / 1e9,
            checked.fault_count,
        )
        return False
