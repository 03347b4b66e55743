"""`/api/backups`: copies of the store, made while the service works. They stay on its machine; nobody says where."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter
from pydantic import BaseModel

from pipeline.store import backups
from serve.http.dependencies import Asking
from serve.http.errors import Busy
from serve.http.schemas import Time, problem

_copying = threading.Lock()  # the store's owner makes one at a time; another would keep a thread of everybody's waiting

router = APIRouter(prefix="/api", tags=["resources"])


class BackupOut(BaseModel):
    """A copy of the store. `path`: on the service's machine; `size`: bytes."""

    path: str
    size: int
    made_at: Time

    @classmethod
    def of(cls, path: Path) -> "BackupOut":
        """As it lies there."""
        stat = path.stat()
        return cls(path=str(path), size=stat.st_size, made_at=datetime.fromtimestamp(stat.st_mtime, UTC))


class BackupsOut(BaseModel):
    """Copies of the store, the newest first."""

    backups: list[BackupOut]


@router.post(
    "/backups",
    status_code=201,
    responses={429: problem("A copy is being made already."), 503: problem("The copy cannot be written.")},
)
def back_up(context: Asking) -> BackupOut:
    """Copy the store as it is committed now: every task that was acknowledged before this call is in it."""
    if not _copying.acquire(blocking=False):
        raise Busy("a copy of the store is being made already; wait for it, or try again")
    try:
        return BackupOut.of(context.store.backup())
    finally:
        _copying.release()


@router.get("/backups")
def made(context: Asking) -> BackupsOut:
    """The copies there are in their usual place."""
    return BackupsOut(backups=[BackupOut.of(path) for path in backups.every(context.settings.database)])
