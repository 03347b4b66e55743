"""Status badges of the worker and the engines, each with its state as a word, and the banner of a lost service."""

from markupsafe import Markup

from pipeline.values.service_status import ENGINE_LABELS, REQUIRED_HEALTH_KEYS
from pipeline.values.tasks import Health

BADGE = Markup('<li data-word="{word}"><span class="dot" aria-hidden="true"></span>{label} <b>{word}</b></li>')


def draw_status_badges(health: Health | None, *, is_stale: bool = False) -> Markup:
    """One badge for the worker and one per engine; a single badge before the first health check, and while the service does not answer."""
    if is_stale:
        return BADGE.format(label="Service", word="OFFLINE")
    if health is None:
        return BADGE.format(label="Service", word="CONNECTING")
    worker = BADGE.format(label="Worker", word="READY" if health.worker_alive else "OFFLINE")
    statuses = {name: health.engine_statuses.get(name, "OFF") for name in REQUIRED_HEALTH_KEYS} | dict(health.engine_statuses)
    engines = (BADGE.format(label=ENGINE_LABELS.get(name, name), word=word) for name, word in statuses.items())
    return worker + Markup("").join(engines)


def draw_connection_error(reason: str | None) -> Markup:
    """Banner text while the service does not answer; empty otherwise."""
    if reason is None:
        return Markup("")
    return Markup("<strong>Reconnecting.</strong> {}").format(reason[:1].upper() + reason[1:])
