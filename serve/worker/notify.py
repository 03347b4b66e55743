"""Completion notifications: rescan commands to Sonarr and Radarr, and a POST to COMPLETION_URL.

A notification that fails is logged; it never fails the task.
"""

import hashlib
import hmac
import json
import logging
import time
from dataclasses import dataclass
from typing import Any

from pipeline.errors import NotPossible
from pipeline.outputs.sidecar_dubs import list_outputs
from pipeline.settings import OutputPlacement, Settings
from pipeline.values.tasks import Task, TaskStatus
from serve.connections.applications import Application, build_key_header
from serve.connections.json_request import request_json

log = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 10.0
RESCANS = {"sonarr": ("RescanSeries", "seriesId"), "radarr": ("RescanMovie", "movieId")}  # command, and its field of the owner


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification: one HTTP POST of JSON."""

    url: str
    body: dict[str, Any]
    headers: dict[str, str]


def build_notifications(task: Task, settings: Settings) -> tuple[Notification, ...]:
    """Build the notifications of a finished or failed task. A rescan only where the dub lies in the library."""
    found = []
    name, _, number = task.origin.partition("/")
    is_in_library = task.output and not task.preview_only and settings.placement is not OutputPlacement.DUBS
    if is_in_library and task.status is TaskStatus.DONE and name in RESCANS and number.isdecimal():
        application, (command, owner) = Application(name), RESCANS[name]
        url, key = application.find_address(settings)
        if url:
            body = {"name": command, owner: int(number)}
            found.append(Notification(f"{url.rstrip('/')}/api/v3/command", body, build_key_header(application, key)))
    if settings.completion_url:
        found.append(Notification(settings.completion_url, build_completion_body(task), {}))
    return tuple(found)


def build_completion_body(task: Task) -> dict[str, Any]:
    """Build the JSON that tells a task's end: to COMPLETION_URL, and to the task's own callback."""
    return {
        "id": task.id,
        "path": str(task.path),
        "status": str(task.status),
        "target_langs": list(task.target_langs),
        "output": str(task.output) if task.output else None,
        "outputs": [str(path) for path in list_outputs(task)],
        "error": task.error,
        "preview": str(task.preview) if task.preview_only else None,
    }


def sign_body(body: bytes, secret: str | None, at: int | None = None) -> dict[str, str]:
    """Sign a body by HMAC-SHA256 over `timestamp.body`: the headers to send with it, none without a secret. `at`: Unix time; now."""
    if not secret:
        return {}
    timestamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Dubarr-Timestamp": timestamp, "Dubarr-Signature": f"sha256={digest}"}


def send_notifications(task: Task, settings: Settings) -> None:
    """Send the notifications, one after another."""
    for call in build_notifications(task, settings):
        host = call.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        try:
            if call.url == settings.completion_url:
                _post_completion(call, settings.callback_secret)
            else:
                request_json("POST", call.url, headers=call.headers, body=call.body)
            log.info("task=%d notification sent to %s", task.id, host)
        except NotPossible as error:
            log.warning("task=%d notification to %s failed: %s", task.id, host, error)


def _post_completion(call: Notification, secret: str | None) -> None:
    """POST to COMPLETION_URL, which may need the environment's proxy. No redirect is followed, no answer read. NotPossible."""
    import httpx  # imported late: most workers send none

    body = json.dumps(call.body).encode()
    headers = {"Content-Type": "application/json", **call.headers, **sign_body(body, secret)}
    try:
        with httpx.stream("POST", call.url, content=body, headers=headers, timeout=REQUEST_TIMEOUT_S) as answer:
            if not answer.is_success:
                raise NotPossible(f"it answers with status {answer.status_code}")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotPossible(f"it cannot be reached ({error})") from error
