"""The state of the service: worker, engines, queue, and whether it answers at all."""

from collections.abc import Mapping

from markupsafe import Markup

from pipeline.tasks import Health, TaskStatus

ENGINES = {"whisper": "Recognition", "diarization": "Speakers", "llm": "Translation", "tts": "Voices"}
QUEUE = {
    TaskStatus.QUEUED: "waiting",
    TaskStatus.PROCESSING: "working",
    TaskStatus.DONE: "done",
    TaskStatus.ERROR: "failed",
}

LIGHT = Markup('<li data-word="{word}"><span class="dot" aria-hidden="true"></span>{label} <b>{word}</b></li>')
NUMBER = Markup('<li data-status="{status}" data-count="{count}"><b>{count}</b> {word}</li>')


def lights(health: Health | None) -> Markup:
    """One light for the worker and one for each engine, with its state as a word."""
    if health is None:
        return LIGHT.format(label="Service", word="CONNECTING")
    worker = LIGHT.format(label="Worker", word="READY" if health.worker_alive else "OFFLINE")
    statuses = {name: health.engine_statuses.get(name, "OFF") for name in ENGINES} | dict(health.engine_statuses)
    engines = (LIGHT.format(label=ENGINES.get(name, name), word=word) for name, word in statuses.items())
    return worker + Markup("").join(engines)


def queue(counts: Mapping[str, int]) -> Markup:
    """How many tasks are in each state."""
    return Markup("").join(
        NUMBER.format(status=status.value, count=counts.get(status.value, 0), word=word) for status, word in QUEUE.items()
    )


def trouble(reason: str | None) -> Markup:
    """Why the page is not of this moment; nothing when it is."""
    if reason is None:
        return Markup("")
    return Markup("<strong>Reconnecting.</strong> {}").format(reason[:1].upper() + reason[1:])
