"""A task's row in the list: name, status, progress, remaining time, and the actions that its status allows."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

from dashboard.urls import FilmRoute, format_url
from dashboard.views import formatting
from pipeline.outputs.sidecar_dubs import list_outputs
from pipeline.values.script import ReviewProgress
from pipeline.values.tasks import Task, TaskStatus
from pipeline.values.track_selection import TrackSelection

ROW = Markup(
    '<li class="task" id="tasks-{id}" data-task="{id}" data-status="{status}">'
    '<div class="head">{box}<h2 title="{path}"><a href="{url}" data-go>{name}</a></h2>{warnings}<span class="state">{state}</span></div>'
    '<p class="facts">{facts}</p>'
    '<progress max="{total}" value="{done}" aria-label="Progress of {name}"></progress>'
    '<div class="foot"><p class="now">{now}</p><div class="actions">{actions}</div></div>{error}</li>'
)

ACTION = Markup(
    '<form method="post" action="/{action}/{id}" data-action="{action}" data-task="{id}" data-film="{name}"{confirm}>'
    '<button class="{action}" aria-label="{label} {name}" title="{hint}">{label}</button></form>'
)
REASON = Markup('<p class="{}">{}</p>')
DOWNLOAD_SIDECAR = Markup(
    '<a class="button primary" href="/download/{id}?language={tag}" download aria-label="Download {file}">Download {language}</a>'
)
DOWNLOAD = Markup('<a class="button primary" href="/download/{}" download aria-label="Download {}">Download</a>')
CHECKBOX = Markup('<input type="checkbox" class="select" value="{}" aria-label="Select {}">')
WARNINGS = Markup('<span class="warnings" title="Read the notes on the dub">{}</span>')
CONFIRM = Markup(' data-ask="{}" data-no="{}" data-yes="{}"')

LABELS = {"retry": "Retry", "whole": "Dub the whole film", "cancel": "Stop", "purge": "Re-dub from scratch", "delete": "Delete"}

HINTS = {
    "retry": "Resume from the failed stage",
    "whole": "Dub the rest as well; what the preview made is used again",
    "cancel": "Stop dubbing; Retry resumes it",
    "purge": "Discard cached stages and dub again",
    "delete": "Remove the task; the source file is kept",
}

# Confirmation dialogs: question, the button that changes nothing, the button that goes on.
CONFIRMATIONS = {
    "cancel": ("Stop dubbing? Finished stages stay cached, and Retry resumes from there.", "Keep dubbing", "Stop dubbing"),
    "purge": ("Discard all cached stages and dub again from scratch?", "Cancel", "Re-dub from scratch"),
    "delete": ("Delete this task and everything that was made for it? The source file is kept.", "Cancel", "Delete"),
}

# Actions by status, the likeliest first.
ACTIONS_BY_STATUS = {
    TaskStatus.QUEUED: ("cancel", "delete"),
    TaskStatus.PROCESSING: ("cancel", "purge", "delete"),
    TaskStatus.DONE: ("purge", "delete"),
    TaskStatus.ERROR: ("retry", "purge", "delete"),
    TaskStatus.CANCELLED: ("retry", "purge", "delete"),
    TaskStatus.SKIPPED: ("retry", "delete"),
}


def draw_task_row(
    task: Task,
    at: datetime,
    *,
    remaining_s: float | None = None,
    position: int | None = None,
    review: ReviewProgress | None = None,
) -> Markup:
    """Row of one task at the time `at` (UTC, naive). `remaining_s`: estimated seconds; `position`: in the queue, from 1; `review`: of
    its lines.
    """
    remaining = None if remaining_s is None else round(remaining_s)
    return _draw_row(task, compute_elapsed_seconds(task, at), remaining, position, review)


# Tasks are values, so a row that looked the same a second ago, or in another tab, is not drawn again.
@lru_cache(maxsize=512)
def _draw_row(
    task: Task, elapsed_s: float | None, remaining_s: int | None, position: int | None, review: ReviewProgress | None
) -> Markup:
    done, total = count_stages(task)
    return ROW.format(
        id=task.id,
        status=task.status.value,
        box=draw_checkbox(task),
        state=formatting.STATUS_LABELS[task.status],
        warnings=draw_warning_badge(task),
        path=formatting.escape_text(str(task.path)),
        url=format_url(FilmRoute(task.id)),
        name=formatting.escape_text(task.path.name),
        facts=draw_facts(task, review),
        total=max(1, total),
        done=done,
        now=describe_progress(task, elapsed_s, remaining_s, position),
        error=draw_reason(task),
        actions=draw_actions(task),
    )


def draw_reason(task: Task) -> Markup:
    """Reason for which a task ended without a dub: an error, or a remark where nothing failed; empty for any other."""
    if not task.error or task.status is TaskStatus.CANCELLED:  # a cancelled one says where by its progress
        return Markup("")
    return REASON.format("error" if task.status is TaskStatus.ERROR else "remark", formatting.escape_text(task.error))


def compute_elapsed_seconds(task: Task, at: datetime) -> float | None:
    """Processing time in seconds, None before the start; whole seconds while running, so that only running rows change."""
    if task.started_at is None:
        return None
    seconds = ((task.finished_at or at) - task.started_at).total_seconds()
    return seconds if task.finished_at else float(int(seconds))


def count_stages(task: Task) -> tuple[float, int]:
    """Completed stages (with the fraction of the running one) and their total; both equal for a finished task."""
    total = max(1, task.progress.total)
    done = round(min(task.progress.done + task.progress.part, total), 2)
    return (total, total) if task.status is TaskStatus.DONE else (int(done) if done == int(done) else done, total)


def draw_facts(task: Task, review: ReviewProgress | None = None) -> Markup:
    """Metadata line of a task: languages, duration, file size, subtitles, progress of a review that began, time of addition."""
    targets = ", ".join(formatting.format_language(tag) for tag in task.target_langs)
    source = formatting.format_language(task.source_lang) if task.source_lang else "Detecting language"
    facts: list[str | Markup] = [f"{source} → {targets}"]
    if task.preview_only:
        facts.append(f"Preview {task.preview}")
    elif task.duration is not None:
        facts.append(formatting.format_duration(task.duration))
    facts.append(formatting.format_size(task.size))
    if task.has_subtitles:
        facts.append("subtitles")
    facts += list_chosen_tracks(task)
    if task.rule:
        facts.append(f"rule: {formatting.escape_text(task.rule)}")
    if review and (review.reviewed or review.skipped):
        facts.append(formatting.format_review(review))
    facts.append(Markup("added {}").format(formatting.format_time(task.created_at)))
    return Markup(" · ").join(Markup("<span>{}</span>").format(fact) for fact in facts)


def list_chosen_tracks(task: Task) -> list[str]:
    """The tracks that a person chose, in words."""
    audio = [f"audio track {task.audio_track} chosen"] if task.audio_track is not None else []
    match task.selection:
        case TrackSelection(subtitles=None):
            return audio
        case TrackSelection(subtitles="none"):
            return [*audio, "no subtitles, as chosen"]
        case TrackSelection(subtitle_number=int(number)):
            return [*audio, f"subtitle track {number} chosen"]
        case selection:
            return [*audio, formatting.escape_text(f"{Path(selection.subtitle_file or '').name} chosen")]


def draw_warning_badge(task: Task) -> Markup:
    """Badge with the number of warnings on a task's dubs; empty without any."""
    return WARNINGS.format(formatting.count_words(task.warnings, "warning")) if task.warnings else Markup("")


def describe_progress(task: Task, elapsed_s: float | None, remaining_s: int | None, position: int | None = None) -> str:
    """Progress of a task in words. Times in seconds; `position` in the queue, from 1, None when unknown."""
    match task.status:
        case TaskStatus.QUEUED:
            place = f" (#{position:,})" if position else ""
            return f"Queued{place}" + (f" · about {formatting.format_estimate(remaining_s)} of work" if remaining_s else "")
        case TaskStatus.PROCESSING:
            stage = formatting.format_stage(task.progress.stage) if task.progress.stage else "Starting"
            count = f" · {task.progress.done} of {task.progress.total} stages" if task.progress.total else ""
            left = f" · about {formatting.format_estimate(remaining_s)} left" if remaining_s else ""
            return f"{stage}{count} · {formatting.format_clock(elapsed_s or 0)}{left}"
        case TaskStatus.DONE:
            if task.preview_only:
                return f"Preview of {task.preview} dubbed; the rest is not"
            return f"Dubbed in {formatting.format_duration(elapsed_s)}" if elapsed_s is not None else "Dubbed"
        case TaskStatus.ERROR | TaskStatus.CANCELLED:
            where = f" during {formatting.format_stage(task.progress.stage).lower()}" if task.progress.stage else ""
            after = f" after {formatting.format_duration(elapsed_s)}" if elapsed_s is not None else " before it began"
            return formatting.STATUS_LABELS[task.status] + where + after
        case TaskStatus.SKIPPED:
            return "Needs no dub"


def draw_actions(task: Task) -> Markup:
    """Action buttons that the task's status allows, and the download link of a finished one."""
    names = (*(["whole"] if task.preview_only and task.status is TaskStatus.DONE else []), *ACTIONS_BY_STATUS[task.status])
    buttons = Markup("").join(_draw_action(task, name) for name in names)
    if task.status is not TaskStatus.DONE:
        return buttons
    return draw_downloads(task) + buttons


def draw_downloads(task: Task) -> Markup:
    """Download links of a finished task: of its film, or of each of its audio files where they lie beside the film."""
    files = list_outputs(task)
    if len(files) < 2:
        return DOWNLOAD.format(task.id, formatting.escape_text(task.path.name))
    return Markup("").join(
        DOWNLOAD_SIDECAR.format(
            id=task.id, tag=tag, file=formatting.escape_text(file.name), language=formatting.format_language(tag)
        )
        for tag, file in zip(task.target_langs, files, strict=True)
    )


def draw_first_action(task: Task) -> Markup:
    """The likeliest action on a task, as a button, or the download of a finished one."""
    if task.status is TaskStatus.DONE:
        return DOWNLOAD.format(task.id, formatting.escape_text(task.path.name))
    return _draw_action(task, ACTIONS_BY_STATUS[task.status][0])


def draw_checkbox(task: Task) -> Markup:
    """Checkbox that selects a task for actions on many; the page's script keeps the selection."""
    return CHECKBOX.format(task.id, formatting.escape_text(task.path.name))


def _draw_action(task: Task, name: str) -> Markup:
    return ACTION.format(
        action=name,
        id=task.id,
        name=formatting.escape_text(task.path.name),
        label=LABELS[name],
        hint=HINTS[name],
        confirm=CONFIRM.format(*CONFIRMATIONS[name]) if name in CONFIRMATIONS else "",
    )
