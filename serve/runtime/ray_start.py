"""Start of a local Ray, retried where the machine is busy."""

import logging
from typing import Any

from pipeline.errors import DubarrError

log = logging.getLogger(__name__)

TRIES = 3  # Ray gives its own processes 30 s to come up, which a machine at work may need twice
TOO_SLOW = "timed out during startup"


def begin(**options: Any) -> None:
    """`ray.init` with these options. DubarrError where Ray's processes do not come up in the time that it gives them."""
    import ray

    for attempt in range(1, TRIES + 1):
        try:
            ray.init(**options)
        except Exception as error:  # Ray has no class for it, only the words
            if TOO_SLOW not in str(error):
                raise
            log.warning("Ray did not come up in its time (try %d of %d)", attempt, TRIES)
            ray.shutdown()
            if attempt == TRIES:
                raise DubarrError(
                    "Ray does not come up: this machine has too much to do; try again when it is less busy"
                ) from error
        else:
            return
