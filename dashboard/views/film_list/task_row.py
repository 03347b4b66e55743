"""Tasks: the row of one in the list, and what can be done to it."""

from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from dashboard.urls import FilmRoute, format_url
from dashboard.views import formatting
from pipeline.values.tasks import Task, TaskStatus

ROW = Markup(
    '<li class="task" id="tasks-{id}" data-task="{id}" data-status="{status}">'
    '<div class="head"><h2 title="{path}"><a href="{place}" data-go>{name}</a></h2><span class="state">{state}</span></div>'
    '<p class="facts">{facts}</p>'
    '<progress max="{total}" value="{done}" aria-label="Progress of {name}"></progress>'
    '<div class="foot"><p class="now">{now}</p><div class="actions">{actions}</div></div>{error}</li>'
)

ACTION = Markup(
    '<form method="post" action="/{action}/{id}" data-action="{action}" data-task="{id}" data-film="{name}"{ask}>'
    '<button class="{action}" aria-label="{label} {name}" title="{hint}">{label}</button></form>'
)

HINTS = {
    "retry": "Try again; the stages that are done stay done",
    "cancel": "Stop; a retry goes on where it stopped",
    "purge": "Forget the finished stages and dub from the beginning",
    "delete": "Remove the task; the film stays where it is",
}

QUESTIONS = {
    "cancel": "Stop this dub? What is finished of it stays, and a retry goes on from there.",
    "purge": "Forget the finished stages and dub it again from the beginning?",
    "delete": "Remove this task and what was made for it? The film itself stays.",
}

# What can be done in which state, the likeliest first.
ACTIONS_BY_STATUS = {
    TaskStatus.QUEUED: ("cancel", "delete"),
    TaskStatus.PROCESSING: ("cancel", "purge", "delete"),
    TaskStatus.DONE: ("purge", "delete"),
    TaskStatus.ERROR: ("retry", "purge", "delete"),
}


def draw_task_row(task: Task, at: datetime, *, remaining_s: float | None = None) -> Markup:
    """One task at a moment (UTC without zone). `left`: seconds that it will still take, where that is known."""
    return _draw_row(task, elapsed_seconds(task, at), None if remaining_s is None else round(remaining_s))


# Tasks are values, so a row that looked the same a second ago, or in another tab, is not drawn again.
@lru_cache(maxsize=512)
def _draw_row(task: Task, elapsed: float | None, left: int | None) -> Markup:
    done, total = count_stages(task)
    return ROW.format(
        id=task.id,
        status=task.status.value,
        state=formatting.STATES[task.status],
        path=formatting.escape_text(str(task.path)),
        place=format_url(FilmRoute(task.id)),
        name=formatting.escape_text(task.path.name),
        facts=draw_facts(task),
        total=max(1, total),
        done=done,
        now=describe_progress(task, elapsed, left),
        error=Markup('<p class="error">{}</p>').format(formatting.escape_text(task.error)) if task.error else "",
        actions=draw_actions(task),
    )


def elapsed_seconds(task: Task, at: datetime) -> float | None:
    """Seconds of work; for a task at work whole ones up to now, so that its row changes every second and no other does."""
    if task.started_at is None:
        return None
    seconds = ((task.finished_at or at) - task.started_at).total_seconds()
    return seconds if task.finished_at else float(int(seconds))


def count_stages(task: Task) -> tuple[float, int]:
    """Completed stages of all, and the part of the one that runs; a finished task is full, whatever was planned."""
    total = max(1, task.progress.total)
    done = round(min(task.progress.done + task.progress.part, total), 2)
    return (total, total) if task.status is TaskStatus.DONE else (int(done) if done == int(done) else done, total)


def draw_facts(task: Task) -> Markup:
    """What is known of a film: its languages, length, size, and since when it is here."""
    targets = ", ".join(formatting.format_language(tag) for tag in task.target_langs)
    source = formatting.format_language(task.source_lang) if task.source_lang else "Language to be found"
    found: list[str | Markup] = [f"{source} → {targets}"]
    if task.duration is not None:
        found.append(formatting.format_duration(task.duration))
    found.append(formatting.format_size(task.size))
    if task.has_subtitles:
        found.append("subtitles")
    found.append(Markup("added {}").format(formatting.format_time(task.created_at)))
    return Markup(" · ").join(Markup("<span>{}</span>").format(fact) for fact in found)


def describe_progress(task: Task, elapsed: float | None, left: int | None) -> str:
    """What happens to a task, in words. `elapsed`, `left`: seconds."""
    match task.status:
        case TaskStatus.QUEUED:
            return "Waiting for the worker" + (f" · about {formatting.format_estimate(left)} of work" if left else "")
        case TaskStatus.PROCESSING:
            stage = formatting.format_stage(task.progress.stage) if task.progress.stage else "Starting"
            count = f" · {task.progress.done} of {task.progress.total} stages" if task.progress.total else ""
            return f"{stage}{count} · {formatting.format_clock(elapsed or 0)}" + (
                f" · about {formatting.format_estimate(left)} left" if left else ""
            )
        case TaskStatus.DONE:
            return f"Dubbed in {formatting.format_duration(elapsed)}" if elapsed is not None else "Dubbed"
        case TaskStatus.ERROR:
            where = f" while {formatting.format_stage(task.progress.stage).lower()}" if task.progress.stage else ""
            return f"Failed{where}" + (f" after {formatting.format_duration(elapsed)}" if elapsed is not None else "")


def draw_actions(task: Task) -> Markup:
    """Download, where there is something, and the buttons of what can be done."""
    buttons = Markup("").join(_draw_action(task, name) for name in ACTIONS_BY_STATUS[task.status])
    if task.status is not TaskStatus.DONE:
        return buttons
    link = Markup('<a class="button primary" href="/download/{}" download aria-label="Download {}">Download</a>')
    return link.format(task.id, formatting.escape_text(task.path.name)) + buttons


def _draw_action(task: Task, name: str) -> Markup:
    ask = Markup(' data-ask="{}"').format(QUESTIONS[name]) if name in QUESTIONS else ""
    return ACTION.format(
        action=name, id=task.id, name=formatting.escape_text(task.path.name), label=name.capitalize(), hint=HINTS[name], ask=ask
    )
