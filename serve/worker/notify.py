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

from pipeline.outputs.sidecar_dubs import list_outputs
from pipeline.settings import OutputPlacement, Settings
from pipeline.values.tasks import Task

log = logging.getLogger(__name__)

REQUEST_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification: one HTTP POST of JSON."""

    url: str
    body: dict[str, Any]
    headers: dict[str, str]


def build_notifications(task: Task, settings: Settings) -> tuple[Notification, ...]:
    """Build the notifications of a finished or failed task. A rescan only where the dub lies in the library."""
    found = []
    application, _, number = task.origin.partition("/")
    if task.output and not task.preview_only and settings.placement is not OutputPlacement.DUBS and number.isdecimal():
        if application == "sonarr" and settings.sonarr_url:
            command = {"name": "RescanSeries", "seriesId": int(number)}
            found.append(_build_command(settings.sonarr_url, settings.sonarr_api_key, command))
        if application == "radarr" and settings.radarr_url:
            command = {"name": "RescanMovie", "movieId": int(number)}
            found.append(_build_command(settings.radarr_url, settings.radarr_api_key, command))
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
    import httpx  # imported late: most workers send no notifications

    for call in build_notifications(task, settings):
        try:
            body = json.dumps(call.body).encode()
            headers = {"Content-Type": "application/json", **call.headers}
            if call.url == settings.completion_url:
                headers |= sign_body(body, settings.callback_secret)
            answer = httpx.post(call.url, content=body, headers=headers, timeout=REQUEST_TIMEOUT_S)
            answer.raise_for_status()
            log.info("task=%d notification sent to %s", task.id, httpx.URL(call.url).host)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("task=%d notification to %s failed: %s", task.id, httpx.URL(call.url).host, error)


def _build_command(url: str, key: str | None, command: dict[str, Any]) -> Notification:
    return Notification(f"{url.rstrip('/')}/api/v3/command", command, {"X-Api-Key": key} if key else {})
