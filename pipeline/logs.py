"""Logging: one format, one file that the dashboard and `/ws/logs` follow. Nothing is configured at import."""

import logging
import time
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s %(message)s"


def configure(log_file: Path | None, *, level: int = logging.INFO) -> None:
    """Send our packages' records to `log_file` (appended, UTC, created 0600); None: to stderr. Idempotent."""
    handler: logging.Handler
    if log_file is None:
        handler = logging.StreamHandler()
    else:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        log_file.touch(mode=0o600)
        handler = logging.FileHandler(log_file, encoding="utf-8")  # O_APPEND: lines of several processes do not tear
    formatter = logging.Formatter(FORMAT)
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    for package in ("pipeline", "serve", "dashboard"):
        logger = logging.getLogger(package)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
