"""Bulk routes: one action on many tasks, and the ids of a whole filter, so that what is confirmed is what is changed."""

from collections.abc import Sequence
from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from pipeline.errors import UsersFault
from pipeline.values.task_lists.bulk import BulkAction, BulkOutcome, BulkResult
from pipeline.values.task_lists.task_query import TaskFilter
from pipeline.values.tasks import Priority, TaskStatus
from serve.http.dependencies import AdmissionDependency, Context, ContextDependency
from serve.http.openapi import describe_error
from serve.http.routes.task_routes import MAX_TASK_ID
from serve.http.schemas import Tags
from serve.intake.admission import Admission
from serve.intake.dub_options import PriorityName
from serve.intake.upload_intake import parse_priority
from serve.worker import artifact_gc

MAX_TASKS = 500  # of one request
MAX_PROBED_TASKS = 50  # likewise, of an action that opens every film
MAX_LISTED_IDS = 20_000
CHUNK_TASKS = 50  # of one transaction: workers renew their leases in between

router = APIRouter(prefix="/api", tags=["resources"])
TaskNumber = Annotated[int, Field(ge=0, le=MAX_TASK_ID)]


class BulkIn(BaseModel):
    """One action on many tasks. `target_langs`: for `add_languages`, which takes at most 50 tasks; `priority`: for `priority`."""

    model_config = ConfigDict(extra="forbid")

    action: BulkAction
    ids: Annotated[list[TaskNumber], Field(min_length=1, max_length=MAX_TASKS)]
    target_langs: Annotated[Tags, Field(min_length=1)] | None = None
    priority: PriorityName | None = None

    @model_validator(mode="after")
    def require_options(self) -> Self:
        """Refuse an action without its option, and an option without its action."""
        for action, name, option in (
            (BulkAction.ADD_LANGUAGES, "target_langs", self.target_langs),
            (BulkAction.PRIORITY, "priority", self.priority),
        ):
            if (self.action is action) != (option is not None):
                raise ValueError(f"{name} goes with the action {action}, and with no other")
        if self.action is BulkAction.ADD_LANGUAGES and len(self.ids) > MAX_PROBED_TASKS:
            raise ValueError(
                f"languages are added to at most {MAX_PROBED_TASKS} tasks at once; send the rest in further requests"
            )
        return self


class BulkOutcomeOut(BaseModel):
    """Outcome for one task. `message`: the reason for which nothing was changed; null where it was done."""

    id: int
    changed: bool
    message: str | None

    @classmethod
    def of(cls, outcome: BulkOutcome) -> Self:
        """Convert from the value."""
        return cls(id=outcome.task_id, changed=not outcome.refusal, message=outcome.refusal or None)


class BulkOut(BaseModel):
    """Outcome of each task, in the order of the request, and how many were changed."""

    changed: int
    outcomes: list[BulkOutcomeOut]


class IdsOut(BaseModel):
    """Ids of tasks, newest first."""

    ids: list[int]


@router.post("/tasks/bulk", responses={422: describe_error("Invalid request.")})
def change_tasks(context: ContextDependency, admission: AdmissionDependency, change: BulkIn) -> BulkOut:
    """Retry, cancel, purge or delete many tasks, set their priority, or add target languages to them. A task that is refused, such as
    one that is unknown, refuses no other.
    """
    ids = tuple(dict.fromkeys(change.ids))
    if change.action is BulkAction.ADD_LANGUAGES:
        outcomes = [add_languages(admission, task_id, change.target_langs or ()) for task_id in ids]
    else:
        outcomes = list(run_action(context, change, ids))
    answers = [BulkOutcomeOut.of(outcome) for outcome in outcomes]
    return BulkOut(changed=sum(answer.changed for answer in answers), outcomes=answers)


@router.get("/tasks/ids", responses={422: describe_error("Invalid request.")})
def list_task_ids(
    context: ContextDependency,
    status: TaskStatus | None = None,
    search: Annotated[str, Query(description="only those with all these words in their path", max_length=1_000)] = "",
) -> IdsOut:
    """List the ids of all tasks of a filter, newest first, at most 20,000."""
    return IdsOut(ids=list(context.store.tasks.list_ids(TaskFilter(status, search), MAX_LISTED_IDS)))


def run_action(context: Context, change: BulkIn, ids: Sequence[int]) -> tuple[BulkOutcome, ...]:
    """Run an action of the store on tasks, in transactions of a few each, and remove the files that are garbage then."""
    priority = parse_priority(change.priority) or Priority.INTERACTIVE
    results: list[BulkResult] = []
    for first in range(0, len(ids), CHUNK_TASKS):
        result = context.store.tasks.change_many(change.action, ids[first : first + CHUNK_TASKS], priority=priority)
        artifact_gc.remove_files(result.garbage, context.settings.artifacts)
        results.append(result)
    return tuple(outcome for result in results for outcome in result.outcomes)


def add_languages(admission: Admission, task_id: int, target_langs: Sequence[str]) -> BulkOutcome:
    """Add target languages to one task, where its film and the engines allow it."""
    try:
        before = admission.store.tasks.get(task_id).target_langs
        after = admission.add_languages(task_id, target_langs).target_langs
    except UsersFault as error:
        return BulkOutcome(task_id, str(error))
    return BulkOutcome(task_id, f"task {task_id} has these languages already" if before == after else "")
