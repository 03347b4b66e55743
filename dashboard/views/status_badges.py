"""The lights: worker and engines, each with its state as a word, and whether the service answers at all."""

from markupsafe import Markup

from pipeline.values.tasks import Health

ENGINES = {"whisper": "Recognition", "diarization": "Speakers", "llm": "Translation", "tts": "Voices"}
BADGE = Markup('<li data-word="{word}"><span class="dot" aria-hidden="true"></span>{label} <b>{word}</b></li>')


def draw_status_badges(health: Health | None) -> Markup:
    """One light for the worker and one for each engine, with its state as a word."""
    if health is None:
        return BADGE.format(label="Service", word="CONNECTING")
    worker = BADGE.format(label="Worker", word="READY" if health.worker_alive else "OFFLINE")
    statuses = {name: health.engine_statuses.get(name, "OFF") for name in ENGINES} | dict(health.engine_statuses)
    engines = (BADGE.format(label=ENGINES.get(name, name), word=word) for name, word in statuses.items())
    return worker + Markup("").join(engines)


def draw_connection_error(reason: str | None) -> Markup:
    """Why the page is not of this moment; nothing when it is."""
    if reason is None:
        return Markup("")
    return Markup("<strong>Reconnecting.</strong> {}").format(reason[:1].upper() + reason[1:])
