"""Webhook actions: queueing, moving and cancelling tasks for events of Sonarr, Radarr and scripts."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import UsersFault
from pipeline.outputs.sidecar_dubs import move_sidecars
from pipeline.values.rules.tag_choice import describe_unwanted
from pipeline.values.task_lists.submission import Submission
from serve.intake.admission import Admission
from serve.intake.dub_options import DubOptions, NothingToDub
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
            _cancel_replaced(event.replaced, admission)
            if reason := _describe_unwanted_tags(event, admission, options):
                return WebhookResult("ignored", detail=reason)
            return _queue_files(event.paths, admission, replace(options, original_lang=event.original_lang))
        case EventKind.RENAMED if event.moves:
            return _move_tasks(event.moves, admission)
        case EventKind.DELETED if event.paths:
            return _cancel_deleted(event.paths, admission)
        case EventKind.DELETED if event.folders:
            return _cancel_below(event.folders, admission)
        case EventKind.TEST:
            return WebhookResult("ok", detail="the webhook works")
        case _:
            return WebhookResult("ignored", detail=f"{event.name or 'a payload without eventType'} brings no file to dub")


def _describe_unwanted_tags(event: WebhookEvent, admission: Admission, options: DubOptions) -> str:
    """Describe why the tags of a film leave it out; "" where they do not, or where an older version of the sender does not tell them."""
    if event.tags is None or options.force:
        return ""
    settings = admission.settings
    reason = describe_unwanted(event.tags, include=settings.library_include_tags, exclude=settings.library_exclude_tags)
    return f"{reason}; force dubs it all the same" if reason else ""


def queue_file(path: str, admission: Admission, options: DubOptions) -> Submission | NothingToDub:
    """Queue a film by its path in the client's notation. FilmError, LanguageError, NotPossible."""
    admitted = admission.admit(path, options)
    if isinstance(admitted, Submission):  # the task of the file that was there before, whose dub nobody waits for
        task = admitted.task
        admission.store.tasks.cancel_unfinished(task.path, kept=(task.size, task.mtime_ns))
    return admitted


def _queue_files(paths: tuple[str, ...], admission: Admission, options: DubOptions) -> WebhookResult:
    """Queue every file; one that cannot be dubbed does not stop the others."""
    answers: list[WebhookResult] = []
    faults: list[UsersFault] = []
    for path in paths:
        try:
            answers.append(_describe_submission(queue_file(path, admission, options)))
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
    """Move the tasks of renamed files to their new paths, and the sidecar dubs with them."""
    roots, moved, path = admission.settings.roots, 0, Path()
    for move in moves:
        previous, path = (
            find_named_path(map_to_local_path(each, admission.settings.path_mappings), roots)
            for each in (move.previous, move.path)
        )
        moved += admission.store.tasks.move_path(previous, path, move_sidecars(previous, path))
    return WebhookResult("moved", str(path)) if moved else WebhookResult("ignored", str(path), "no task has this file")


def _cancel_deleted(paths: tuple[str, ...], admission: Admission) -> WebhookResult:
    """Cancel the unfinished tasks of deleted files, also at work. That of a file that exists is left alone: an upgrade under the
    same name reports the old file's deletion after the new one's arrival.
    """
    cancelled, real = 0, Path()
    for path in paths:
        real = find_named_path(map_to_local_path(path, admission.settings.path_mappings), admission.settings.roots)
        cancelled += admission.store.tasks.cancel_unfinished(real, kept=_read_version(real))
    return WebhookResult("cancelled", str(real)) if cancelled else WebhookResult("ignored", str(real), "nothing of it is queued")


def _cancel_replaced(paths: tuple[str, ...], admission: Admission) -> None:
    """Cancel the unfinished tasks of the files that an upgrade deleted."""
    for path in paths:
        try:
            _cancel_deleted((path,), admission)
        except UsersFault as fault:
            log.warning("webhook: %s", fault)


def _cancel_below(folders: tuple[str, ...], admission: Admission) -> WebhookResult:
    """Cancel the unfinished tasks of a series or a film that was deleted with its files."""
    cancelled, real = 0, Path()
    for folder in folders:
        try:
            real = find_named_path(map_to_local_path(folder, admission.settings.path_mappings), admission.settings.roots)
        except UsersFault as fault:
            return WebhookResult("ignored", detail=str(fault))
        for task in admission.store.tasks.list_unfinished_below(real):
            cancelled += admission.store.tasks.cancel_unfinished(task.path)
    return WebhookResult("cancelled", str(real)) if cancelled else WebhookResult("ignored", str(real), "nothing of it is queued")


def _read_version(path: Path) -> tuple[int, int] | None:
    """Return size and mtime of the file at a path; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
