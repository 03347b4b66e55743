"""Start of a local Ray, retried where the machine is busy."""

import logging
from typing import Any

from pipeline.errors import DubarrError

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3  # Ray gives its own processes 30 s to come up, which a machine at work may need twice
TIMEOUT_MESSAGE = "timed out during startup"
# Loggers of notices that Ray and Serve print at every start, and the level from which their records are shown.
NOTICE_LEVELS = {
    "ray._private.authentication.authentication_token_setup": logging.ERROR,  # warns that the token it was given is used
    "ray.serve": logging.WARNING,  # "Started Serve", "Connecting to existing Serve app", in this process alone
}


def start_ray(**options: Any) -> None:
    """Start Ray by `ray.init` with these options. DubarrError where its processes do not come up in the time that it gives them."""
    import ray

    for attempt in range(1, MAX_ATTEMPTS + 1):
        _hide_notices()
        try:
            ray.init(**options)
        except Exception as error:  # Ray has no class for it, only the words
            if TIMEOUT_MESSAGE not in str(error):
                raise
            log.warning("Ray did not come up in its time (try %d of %d)", attempt, MAX_ATTEMPTS)
            ray.shutdown()
            if attempt == MAX_ATTEMPTS:
                raise DubarrError(
                    "Ray does not come up: this machine has too much to do; try again when it is less busy"
                ) from error
        else:
            return


def _hide_notices() -> None:
    for name, level in NOTICE_LEVELS.items():
        logging.getLogger(name).setLevel(level)
