"""Logging: one format, one file that the dashboard and `/ws/logs` follow. Nothing is configured at import."""

import logging
import time
from pathlib import Path
from types import TracebackType

from pipeline.control_characters import escape_control_characters

RECORD_FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"
CONTINUATION_PREFIX = "    | "  # begins each line of a traceback, so that none can be taken for a record


class RecordFormatter(logging.Formatter):
    """Formats a record as one line, whatever its arguments hold; the lines of a traceback follow, with a prefix."""

    def __init__(self) -> None:
        super().__init__(RECORD_FORMAT)
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 -- logging's name
        """The record's line."""
        return escape_control_characters(super().formatMessage(record))

    def formatException(  # noqa: N802 -- logging's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The traceback's lines."""
        return _prefix_lines(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 -- logging's name
        """The stack's lines."""
        return _prefix_lines(super().formatStack(stack_info))


def _prefix_lines(text: str) -> str:
    return "\n".join(CONTINUATION_PREFIX + escape_control_characters(line) for line in text.split("\n"))


def configure_logging(log_file: Path | None, *, level: int = logging.INFO) -> None:
    """Send our packages' records to `log_file` (appended, UTC, created 0600); None: to stderr. Idempotent."""
    handler: logging.Handler
    if log_file is None:
        handler = logging.StreamHandler()
    else:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        log_file.touch(mode=0o600)
        handler = logging.FileHandler(log_file, encoding="utf-8")  # O_APPEND: lines of several processes do not tear
    handler.setFormatter(RecordFormatter())
    for package in ("pipeline", "serve", "dashboard"):
        logger = logging.getLogger(package)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
