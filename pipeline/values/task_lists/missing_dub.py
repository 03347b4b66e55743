"""Reason for which a task has no dub, or nothing of one, in words."""

from pipeline.values.tasks import Task, TaskStatus


def describe_missing_dub(task: Task, what: str, language: str) -> str:
    """The reason for which a task has no `what` ("report", "script") of a dub, with the way out. `language`: "" for any."""
    start = f"task {task.id} has no {what}{f' in {language!r}' if language else ''}"
    if language and language not in task.target_langs:
        return f"{start}; its languages are {', '.join(task.target_langs)}"
    match task.status:
        case TaskStatus.DONE:
            return f"{start}, although it is DONE; purge it to make it again"
        case TaskStatus.ERROR | TaskStatus.CANCELLED | TaskStatus.SKIPPED:
            return f"{start}: it is {task.status}{f' ({task.error})' if task.error else ''}; retry it"
        case _:
            return f"{start} yet; wait until it is DONE (it is {task.status})"
