"""What a webhook's notice does to the store, and how it is answered."""

import logging
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsersFault
from pipeline.values.tasks import Offer
from serve.intake.admission import Asked, Door, Ignored
from serve.intake.path_mapping import local_path, real_path
from serve.intake.webhook_payloads import Event, Move, Notice

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status`: the task's state in lower case, or ok, moved, cancelled, ignored. `path`: as we know it."""

    status: str
    path: str | None = None
    detail: str | None = None


def act(notice: Notice, door: Door, asked: Asked) -> Answer:
    """Do what the notice asks for. UsersFault where none of its files can be dubbed."""
    log.info("webhook %s from %s: %d files", notice.name or "without event", notice.origin, len(notice.paths) + len(notice.moves))
    match notice.event:
        case Event.ARRIVED if notice.paths:
            return _arrived(notice.paths, door, asked)
        case Event.RENAMED if notice.moves:
            return _renamed(notice.moves, door)
        case Event.DELETED if notice.paths:
            return _deleted(notice.paths, door)
        case Event.TEST:
            return Answer("ok", detail="the webhook works")
        case _:
            return Answer("ignored", detail=f"{notice.name or 'a payload without eventType'} brings no file to dub")


def _arrived(paths: tuple[str, ...], door: Door, asked: Asked) -> Answer:
    """Queue every file; one that cannot be dubbed keeps no other from it."""
    answers: list[Answer] = []
    faults: list[UsersFault] = []
    for path in paths:
        try:
            answers.append(_answer(door.admit(path, asked)))
        except UsersFault as fault:
            log.warning("webhook: %s", fault)
            faults.append(fault)
    if not answers:
        raise faults[0]
    return next((answer for answer in answers if answer.status != "ignored"), answers[0])


def _answer(admitted: Offer | Ignored) -> Answer:
    if isinstance(admitted, Ignored):
        return Answer("ignored", str(admitted.path), admitted.reason)
    return Answer(admitted.task.status.lower(), str(admitted.task.path))


def _renamed(moves: tuple[Move, ...], door: Door) -> Answer:
    """The tasks of renamed files follow them."""
    roots, moved, path = door.settings.roots, 0, Path()
    for move in moves:
        previous, path = (real_path(local_path(each, door.settings.path_mappings), roots) for each in (move.previous, move.path))
        moved += door.store.tasks.moved(previous, path)
    return Answer("moved", str(path)) if moved else Answer("ignored", str(path), "no task has this file")


def _deleted(paths: tuple[str, ...], door: Door) -> Answer:
    """The queued tasks of deleted files go. A file that is there is left alone: an upgrade under the same name tells of
    the old file's end after the new one's arrival.
    """
    cancelled, real = 0, Path()
    for path in paths:
        real = real_path(local_path(path, door.settings.path_mappings), door.settings.roots)
        if not real.exists():
            cancelled += door.store.tasks.cancel_queued(real)
    return Answer("cancelled", str(real)) if cancelled else Answer("ignored", str(real), "nothing of it is queued")
