"""Events that people are notified of, found by comparing the service's state with what was seen before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.control_characters import escape_control_characters
from pipeline.text.languages import get_english_name
from pipeline.values.service_status import EngineState
from pipeline.values.tasks import Task, TaskStatus

MAX_LISTED = 10  # events in a summary
SUMMARIES = {"done": "{} films dubbed", "failed": "{} films failed", "disk": "{} disk warnings", "engine": "{} engines down"}


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `kind`: as in NOTIFY_ON; `title`: a few words; `detail`: a sentence; `at`: end of its task (UTC)."""

    kind: str
    title: str
    detail: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of one event, or a summary of several."""

    title: str
    body: str


def describe_finished_tasks(tasks: Iterable[Task]) -> tuple[Event, ...]:
    """Describe tasks that are done or failed; cancelled and skipped ones are no news."""
    events = []
    for task in tasks:
        name = escape_control_characters(task.path.name)
        if task.status is TaskStatus.DONE:
            spoken = ", ".join(map(get_english_name, task.target_langs))
            warned = f"; {task.warnings} warnings in its report" if task.warnings else ""
            events.append(Event("done", f"{name} dubbed", f"{name}: {spoken}{warned}", task.finished_at))
        elif task.status is TaskStatus.ERROR:
            events.append(
                Event("failed", f"{name} failed", f"{name}: {escape_control_characters(task.error or '')}", task.finished_at)
            )
    return tuple(events)


def describe_engines_down(engines: Sequence[EngineState], known: Mapping[str, str]) -> tuple[Event, ...]:
    """Describe engines that are in ERROR now and were not before. `known`: deployment → state as last seen."""
    return tuple(
        Event("engine", f"{each.engine} is down", f"{each.role} ({each.engine}): {each.trouble or 'see the System page'}")
        for each in engines
        if each.status == "ERROR" and known.get(each.deployment) != "ERROR"
    )


def compose_message(events: Sequence[Event]) -> Message:
    """Compose the message of events of one kind."""
    if len(events) == 1:
        return Message(f"Dubarr: {events[0].title}", events[0].detail)
    lines = [event.detail for event in events[:MAX_LISTED]]
    more = [f"and {len(events) - MAX_LISTED} more"] if len(events) > MAX_LISTED else []
    return Message(f"Dubarr: {SUMMARIES[events[0].kind].format(len(events))}", "\n".join((*lines, *more)))
