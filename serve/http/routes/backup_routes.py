"""Backup routes, `/api/backups`: online copies of the store, in its usual backup folder on the service's machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel

from pipeline.store.database import backups
from serve.http.dependencies import ContextDependency
from serve.http.openapi import describe_error
from serve.http.schemas import Time
from serve.request_errors import Busy

_copying = threading.Lock()  # the store actor makes one at a time; another would hold a thread that all routes share

router = APIRouter(prefix="/api", tags=["resources"])


class BackupOut(BaseModel):
    """A backup of the store. `path`: on the service's machine; `size`: bytes."""

    path: str
    size: int
    made_at: Time

    @classmethod
    def of(cls, path: Path) -> "BackupOut":
        """Convert from the file."""
        stat = path.stat()
        return cls(path=str(path), size=stat.st_size, made_at=datetime.fromtimestamp(stat.st_mtime, UTC))


class BackupsOut(BaseModel):
    """Backups of the store, the newest first."""

    backups: list[BackupOut]


@contextmanager
def _reserve_backup() -> Iterator[None]:
    """Reserve the one backup at a time, for as long as the block. Busy."""
    if not _copying.acquire(blocking=False):
        raise Busy("a backup is being made already; try again later")
    try:
        yield
    finally:
        _copying.release()


@router.post(
    "/backups",
    status_code=201,
    responses={429: describe_error("A backup is being made already."), 503: describe_error("The backup cannot be written.")},
)
def create_backup(context: ContextDependency) -> BackupOut:
    """Back up the store in its committed state, with every task that was acknowledged before."""
    with _reserve_backup():
        return BackupOut.of(context.store.backup())


@router.get("/backups")
def list_backups(context: ContextDependency) -> BackupsOut:
    """List the backups."""
    return BackupsOut(backups=[BackupOut.of(path) for path in backups.list_backups(context.settings.database)])
