"""Tasks: one row each, and the pages they are on."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from dashboard.views import words
from dashboard.views.stages import stage_table
from pipeline.tasks import StageRun, Task, TaskStatus

ROW = Markup(
    '<li class="task" id="task-{id}" data-task="{id}" data-status="{status}">'
    '<div class="head"><h3 title="{path}">{name}</h3><span class="state">{state}</span></div>'
    '<p class="facts">{facts}</p>'
    '<progress max="{total}" value="{done}" aria-label="Progress of {name}"></progress>'
    '<div class="foot"><p class="now">{now}</p><div class="actions">{actions}</div></div>{error}'
    '<details class="stages" data-open="{id}"{open}><summary aria-label="Stages of {name}">Stages</summary>{stages}</details></li>'
)

ACTION = Markup(
    '<form method="post" action="/{action}/{id}" data-action="{action}" data-task="{id}" data-film="{name}"{ask}>'
    '<button class="{action}" aria-label="{label} {name}" title="{hint}">{label}</button></form>'
)

HINTS = {
    "retry": "Try again; the stages that are done stay done",
    "purge": "Forget the finished stages and dub from the beginning",
    "delete": "Remove the task; the film stays where it is",
}

QUESTIONS = {
    "purge": "Forget the finished stages and dub it again from the beginning?",
    "delete": "Remove this task and what was made for it? The film itself stays.",
}

EMPTY = Markup('<li class="empty">No films yet. Add one, or let Sonarr or Radarr send it to <code>/webhook</code>.</li>')


def task_row(task: Task, at: datetime, runs: Sequence[StageRun] | None = None) -> Markup:
    """One task at a moment (UTC without zone). `runs`: its stages, where they are unfolded; None where not."""
    return _row(task, _elapsed(task, at), None if runs is None else tuple(runs))


# Tasks and stages are values, so a row that looked the same a second ago, or in another tab, is not drawn again.
@lru_cache(maxsize=512)
def _row(task: Task, elapsed: float | None, runs: tuple[StageRun, ...] | None) -> Markup:
    done, total = _progress(task)
    return ROW.format(
        id=task.id,
        status=task.status.value,
        state=words.STATES[task.status],
        path=str(task.path),
        name=task.path.name,
        facts=_facts(task),
        total=max(1, total),
        done=done,
        now=_now(task, elapsed),
        error=Markup('<p class="error">{}</p>').format(task.error) if task.error else "",
        open=Markup(" open") if runs is not None else "",
        stages=stage_table(runs or ()),
        actions=_actions(task),
    )


def _elapsed(task: Task, at: datetime) -> float | None:
    """Whole seconds of work; for a task at work up to now, so that its row changes every second and no other does."""
    if task.started_at is None:
        return None
    seconds = ((task.finished_at or at) - task.started_at).total_seconds()
    return seconds if task.finished_at else float(int(seconds))


def _progress(task: Task) -> tuple[float, int]:
    """Completed stages of all, and the part of the one that runs; a finished task is full, whatever was planned."""
    total = max(1, task.progress.total)
    done = round(min(task.progress.done + task.progress.part, total), 2)
    return (total, total) if task.status is TaskStatus.DONE else (int(done) if done == int(done) else done, total)


def _facts(task: Task) -> Markup:
    targets = ", ".join(words.language(tag) for tag in task.target_langs)
    source = words.language(task.source_lang) if task.source_lang else "Language to be found"
    facts: list[str | Markup] = [f"{source} → {targets}"]
    if task.duration is not None:
        facts.append(words.duration(task.duration))
    facts.append(words.size(task.size))
    if task.has_subtitles:
        facts.append("subtitles")
    facts.append(Markup("added {}").format(words.moment(task.created_at)))
    return Markup(" · ").join(Markup("<span>{}</span>").format(fact) for fact in facts)


def _now(task: Task, elapsed: float | None) -> str:
    spent = f"{elapsed:.0f}" if elapsed is not None else ""
    match task.status:
        case TaskStatus.QUEUED:
            return "Waiting for the worker"
        case TaskStatus.PROCESSING:
            doing = words.stage(task.progress.stage) if task.progress.stage else "Starting"
            count = f" · {task.progress.done} of {task.progress.total} stages" if task.progress.total else ""
            return f"{doing}{count} · {words.clock(elapsed or 0)}"
        case TaskStatus.DONE:
            return f"Dubbed in {words.duration(elapsed)}" if spent and elapsed is not None else "Dubbed"
        case TaskStatus.ERROR:
            where = f" while {words.stage(task.progress.stage).lower()}" if task.progress.stage else ""
            return f"Failed{where}" + (f" after {words.duration(elapsed)}" if elapsed is not None else "")


def _actions(task: Task) -> Markup:
    names = {TaskStatus.QUEUED: ("delete",), TaskStatus.ERROR: ("retry", "purge", "delete")}.get(task.status, ("purge", "delete"))
    buttons = Markup("").join(_action(task, name) for name in names)
    if task.status is not TaskStatus.DONE:
        return buttons
    link = Markup('<a class="download" href="/download/{}" download aria-label="Download {}">Download</a>')
    return link.format(task.id, task.path.name) + buttons


def _action(task: Task, name: str) -> Markup:
    ask = Markup(' data-ask="{}"').format(QUESTIONS[name]) if name in QUESTIONS else ""
    return ACTION.format(action=name, id=task.id, name=task.path.name, label=name.capitalize(), hint=HINTS[name], ask=ask)


def count(total: int) -> Markup:
    """How many there are."""
    return Markup("{} film{}").format(total, "" if total == 1 else "s") if total else Markup("")


def pager(total: int, offset: int, page: int) -> Markup:
    """The way to newer and older tasks; nothing where one page holds all."""
    if total <= page:
        return Markup("")
    last = min(total, offset + page)
    button = Markup('<button type="button" data-page="{}"{}>{}</button>')
    newer = button.format(max(0, offset - page), "" if offset else Markup(" disabled"), "Newer")
    older = button.format(offset + page, "" if last < total else Markup(" disabled"), "Older")
    return Markup("{}<span>{}–{} of {}</span>{}").format(newer, offset + 1, last, total, older)
