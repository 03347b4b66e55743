"""Backup routes, `/api/backups`: online copies of the store, in its usual backup folder on the service's machine."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel

from pipeline.store.database import backups
from serve.http.dependencies import ContextDependency
from serve.http.schemas import Time, describe_error
from serve.request_errors import Busy

_copying = threading.Lock()  # the store's owner makes one at a time; another would keep a thread of everybody's waiting

router = APIRouter(prefix="/api", tags=["resources"])


class BackupOut(BaseModel):
    """A backup of the store. `path`: on the service's machine; `size`: bytes."""

    path: str
    size: int
    made_at: Time

    @classmethod
    def of(cls, path: Path) -> "BackupOut":
        """From the file."""
        stat = path.stat()
        return cls(path=str(path), size=stat.st_size, made_at=datetime.fromtimestamp(stat.st_mtime, UTC))


class BackupsOut(BaseModel):
    """Backups of the store, the newest first."""

    backups: list[BackupOut]


@router.post(
    "/backups",
    status_code=201,
    responses={429: describe_error("A copy is being made already."), 503: describe_error("The copy cannot be written.")},
)
def create_backup(context: ContextDependency) -> BackupOut:
    """Back up the store as it is committed now: every task that was acknowledged before this call is in it."""
    if not _copying.acquire(blocking=False):
        raise Busy("a copy of the store is being made already; wait for it, or try again")
    try:
        return BackupOut.of(context.store.backup())
    finally:
        _copying.release()


@router.get("/backups")
def list_backups(context: ContextDependency) -> BackupsOut:
    """List the backups."""
    return BackupsOut(backups=[BackupOut.of(path) for path in backups.list_backups(context.settings.database)])
