"""Completion notifications: rescan commands to Sonarr and Radarr, and a POST to COMPLETION_URL.

A notification that fails is logged; it never fails the task.
"""

import logging
from dataclasses import dataclass
from typing import Any

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
        body = {
            "id": task.id,
            "path": str(task.path),
            "status": str(task.status),
            "target_langs": list(task.target_langs),
            "output": str(task.output) if task.output else None,
            "error": task.error,
            "preview": str(task.preview) if task.preview_only else None,
        }
        found.append(Notification(settings.completion_url, body, {}))
    return tuple(found)


def send_notifications(task: Task, settings: Settings) -> None:
    """Send the notifications, one after another."""
    import httpx  # imported late: most workers send no notifications

    for call in build_notifications(task, settings):
        try:
            answer = httpx.post(call.url, json=call.body, headers=call.headers, timeout=REQUEST_TIMEOUT_S)
            answer.raise_for_status()
            log.info("task=%d notification sent to %s", task.id, httpx.URL(call.url).host)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("task=%d notification to %s failed: %s", task.id, httpx.URL(call.url).host, error)


def _build_command(url: str, key: str | None, command: dict[str, Any]) -> Notification:
    return Notification(f"{url.rstrip('/')}/api/v3/command", command, {"X-Api-Key": key} if key else {})
