"""Webhook actions: queueing, moving and cancelling tasks for events of Sonarr, Radarr and scripts."""

import logging
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UsersFault
from pipeline.values.tasks import Submission
from serve.intake.admission import Admission, DubOptions, NothingToDub
from serve.intake.path_mapping import find_named_path, map_to_local_path
from serve.intake.webhook_payloads import EventKind, Move, WebhookEvent

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WebhookResult:
    """Result of a webhook. `status`: the task's state in lower case, or ok, moved, cancelled, ignored. `path`: resolved."""

    status: str
    path: str | None = None
    detail: str | None = None


def handle_webhook(event: WebhookEvent, admission: Admission, options: DubOptions) -> WebhookResult:
    """Handle a webhook event. UsersFault where none of its files can be dubbed."""
    log.info("webhook %s from %s: %d files", event.name or "without event", event.origin, len(event.paths) + len(event.moves))
    match event.kind:
        case EventKind.ARRIVED if event.paths:
            return _queue_files(event.paths, admission, options)
        case EventKind.RENAMED if event.moves:
            return _move_tasks(event.moves, admission)
        case EventKind.DELETED if event.paths:
            return _cancel_deleted(event.paths, admission)
        case EventKind.TEST:
            return WebhookResult("ok", detail="the webhook works")
        case _:
            return WebhookResult("ignored", detail=f"{event.name or 'a payload without eventType'} brings no file to dub")


def _queue_files(paths: tuple[str, ...], admission: Admission, options: DubOptions) -> WebhookResult:
    """Queue every file; one that cannot be dubbed does not stop the others."""
    answers: list[WebhookResult] = []
    faults: list[UsersFault] = []
    for path in paths:
        try:
            answers.append(_describe_submission(admission.admit(path, options)))
        except UsersFault as fault:
            log.warning("webhook: %s", fault)
            faults.append(fault)
    if not answers:
        raise faults[0]
    return next((answer for answer in answers if answer.status != "ignored"), answers[0])


def _describe_submission(admitted: Submission | NothingToDub) -> WebhookResult:
    if isinstance(admitted, NothingToDub):
        return WebhookResult("ignored", str(admitted.path), admitted.reason)
    return WebhookResult(admitted.task.status.lower(), str(admitted.task.path))


def _move_tasks(moves: tuple[Move, ...], admission: Admission) -> WebhookResult:
    """Move the tasks of renamed files to their new paths."""
    roots, moved, path = admission.settings.roots, 0, Path()
    for move in moves:
        previous, path = (
            find_named_path(map_to_local_path(each, admission.settings.path_mappings), roots)
            for each in (move.previous, move.path)
        )
        moved += admission.store.tasks.move_path(previous, path)
    return WebhookResult("moved", str(path)) if moved else WebhookResult("ignored", str(path), "no task has this file")


def _cancel_deleted(paths: tuple[str, ...], admission: Admission) -> WebhookResult:
    """Cancel the queued tasks of deleted files. A file that exists is left alone: an upgrade under the same name reports
    the old file's deletion after the new one's arrival.
    """
    cancelled, real = 0, Path()
    for path in paths:
        real = find_named_path(map_to_local_path(path, admission.settings.path_mappings), admission.settings.roots)
        if not real.exists():
            cancelled += admission.store.tasks.cancel_queued(real)
    return WebhookResult("cancelled", str(real)) if cancelled else WebhookResult("ignored", str(real), "nothing of it is queued")
