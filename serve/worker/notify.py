"""Telling others that a dub is there: Sonarr and Radarr, so that they rescan, and whoever set COMPLETION_URL.

Nobody's deafness fails a task: what could not be told is logged.
"""

import logging
from dataclasses import dataclass
from typing import Any

from pipeline.settings import Placement, Settings
from pipeline.values.tasks import Task

log = logging.getLogger(__name__)

PATIENCE = 10.0  # s


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP POST of JSON."""

    url: str
    body: dict[str, Any]
    headers: dict[str, str]


def calls(task: Task, settings: Settings) -> tuple[Call, ...]:
    """Whom to tell about a finished or failed task. A rescan only where the dub lies in the library."""
    found = []
    application, _, number = task.origin.partition("/")
    if task.output and settings.placement is not Placement.DUBS and number.isdecimal():
        if application == "sonarr" and settings.sonarr_url:
            command = {"name": "RescanSeries", "seriesId": int(number)}
            found.append(_command(settings.sonarr_url, settings.sonarr_api_key, command))
        if application == "radarr" and settings.radarr_url:
            command = {"name": "RescanMovie", "movieId": int(number)}
            found.append(_command(settings.radarr_url, settings.radarr_api_key, command))
    if settings.completion_url:
        body = {
            "id": task.id,
            "path": str(task.path),
            "status": str(task.status),
            "target_langs": list(task.target_langs),
            "output": str(task.output) if task.output else None,
            "error": task.error,
        }
        found.append(Call(settings.completion_url, body, {}))
    return tuple(found)


def announce(task: Task, settings: Settings) -> None:
    """Make the calls, one after another."""
    import httpx  # imported late: a worker without anybody to tell needs it not

    for call in calls(task, settings):
        try:
            answer = httpx.post(call.url, json=call.body, headers=call.headers, timeout=PATIENCE)
            answer.raise_for_status()
            log.info("task=%d announced to %s", task.id, httpx.URL(call.url).host)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.warning("task=%d could not be announced to %s: %s", task.id, httpx.URL(call.url).host, error)


def _command(url: str, key: str | None, command: dict[str, Any]) -> Call:
    return Call(f"{url.rstrip('/')}/api/v3/command", command, {"X-Api-Key": key} if key else {})
