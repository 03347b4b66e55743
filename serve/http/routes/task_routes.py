"""Task routes under /api: tasks, their stages, lines and reports, and SQL queries over the store."""

from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from dashboard.views.report_page.document import CONTENT_SECURITY_POLICY, draw_report_document
from pipeline.errors import DubNotNeeded
from pipeline.text import languages
from pipeline.text.search_terms import matches_search
from pipeline.values.task_lists.task_query import SortOrder, TaskFilter, TaskQuery, TaskSort
from pipeline.values.tasks import Task, TaskStatus
from serve.http import schemas
from serve.http.dependencies import AdmissionDependency, Context, ContextDependency
from serve.http.line_schemas import LinesOut, ReportsOut
from serve.http.media.report_export import collect_report
from serve.http.openapi import describe_error
from serve.http.query_runner import ARROW_TYPE, QueryResponse, QueryRunner
from serve.http.routes.dub_request_schemas import DubRequestIn
from serve.http.schemas import RunOut, RunsOut, TaskChangesIn, TaskOut, TasksOut
from serve.intake.dub_options import NothingToDub
from serve.intake.webhook_actions import queue_file

MAX_TASK_ID = 2**63 - 1  # DuckDB's BIGINT
TASK_ERRORS: dict[int | str, dict[str, Any]] = {
    404: describe_error("There is no such task, line or language."),
    422: describe_error("Invalid request, or unsupported languages."),
}
LOCATION = {"Location": {"schema": {"type": "string", "format": "uri-reference"}, "description": "path of the task"}}
CREATION_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "model": TaskOut,
        "headers": LOCATION,
        "description": "The task that the file has already, queued again where it must.",
    },
    201: {"model": TaskOut, "headers": LOCATION, "description": "The new task."},
    403: describe_error("The path lies outside the library roots."),
    404: describe_error("There is no such file."),
    409: describe_error(
        "There is nothing to dub: it has the languages, is a dub, or is left out; or its edited lines forbid a change."
    ),
    422: describe_error("Invalid request, not a film, or languages that no engine supports."),
}
TaskId = Annotated[int, InPath(ge=0, le=MAX_TASK_ID)]
Ids = list[Annotated[int, Field(ge=0, le=MAX_TASK_ID)]]

router = APIRouter(prefix="/api", tags=["resources"])


class QueryIn(BaseModel):
    """One SELECT statement."""

    model_config = ConfigDict(extra="forbid")

    sql: Annotated[str, Field(min_length=1, max_length=20_000)]


def read_task(context: Context, task_id: int) -> TaskOut:
    """Read a task with the latest runs of its stages. NotFound."""
    store = context.store
    task, notes, scripts = store.tasks.get(task_id), store.lines.list_notes([task_id]), store.lines.list_revisions([task_id])
    return TaskOut.of(task, store.stages.list_latest_runs(task_id), notes[task_id], scripts[task_id])


def select_tasks(
    context: Context, ids: list[int] | None, path: str | None, *, status: TaskStatus | None, search: str
) -> list[Task]:
    """Select the tasks of these ids, or of the film at a path, that match the other filters; None: no filter."""
    tasks = context.store.tasks
    named = tasks.list_by_ids(ids) if ids is not None else tasks.list_by_path(Path(path or ""))
    found = [task for task in named if status in {None, task.status} and matches_search(str(task.path), search)]
    return [task for task in found if path in {None, str(task.path)}]


@router.get("/tasks", responses={422: TASK_ERRORS[422]})
def list_tasks(
    context: ContextDependency,
    status: TaskStatus | None = None,
    ids: Annotated[Ids | None, Query(alias="id", description="only these; missing ones are left out", max_length=500)] = None,
    path: Annotated[str | None, Query(description="only those of the film at this path", max_length=4096)] = None,
    search: Annotated[
        str, Query(description="only those with all these words in their path, in any order and case", max_length=1_000)
    ] = "",
    sort: Annotated[TaskSort, Query(description="column to sort by; not with id or path")] = TaskSort.ADDED,
    order: SortOrder = SortOrder.DESCENDING,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=MAX_TASK_ID)] = 0,
) -> TasksOut:
    """List tasks, newest first unless sorted otherwise."""
    if ids is None and path is None:
        page, total = context.store.tasks.list_page(TaskQuery(TaskFilter(status, search), sort, order, limit, offset))
    else:
        found = select_tasks(context, ids, path, status=status, search=search)
        page, total = tuple(found[offset : offset + limit]), len(found)
    page_ids = [task.id for task in page]
    runs, notes = context.store.stages.list_latest_runs_of(page_ids), context.store.lines.list_notes(page_ids)
    scripts = context.store.lines.list_revisions(page_ids)
    tasks = [TaskOut.of(task, runs[task.id], notes[task.id], scripts[task.id]) for task in page]
    return TasksOut(tasks=tasks, total=total)


@router.post("/tasks", status_code=201, responses=CREATION_RESPONSES)
def create_task(context: ContextDependency, admission: AdmissionDependency, request: DubRequestIn, response: Response) -> TaskOut:
    """Queue the film at a path, by the rules of `/webhook`. Idempotent: the same file gets the same task, whose callback is the last
    one that was given. A callback gets the JSON of the completion webhook, in a few attempts; a failure is a note on the task.
    """
    admitted = queue_file(request.path, admission, request.to_options())
    if isinstance(admitted, NothingToDub):
        raise DubNotNeeded(f"{admitted.path.name} is not dubbed: it is {admitted.reason}")
    response.status_code = 201 if admitted.created else 200
    response.headers["Location"] = f"/api/tasks/{admitted.task.id}"
    return read_task(context, admitted.task.id)


@router.get("/tasks/{task_id}", responses=TASK_ERRORS)
def get_task(context: ContextDependency, task_id: TaskId) -> TaskOut:
    """Read one task."""
    return read_task(context, task_id)


@router.patch(
    "/tasks/{task_id}",
    responses=TASK_ERRORS
    | {
        403: describe_error("The film lies outside the library roots."),
        409: describe_error("The task has edited lines, which other tracks would not have, or dubs the whole film already."),
    },
)
def change_task(context: ContextDependency, admission: AdmissionDependency, task_id: TaskId, changes: TaskChangesIn) -> TaskOut:
    """Add target languages to a task, choose the tracks that it is dubbed from, change its glossary,
    or go on from a preview; cached stages are reused.
    """
    if changes.changes_tracks:
        admission.change_tracks(task_id, changes.select_tracks(context.store.tasks.get(task_id)))
    if "preview" in changes.model_fields_set:
        context.store.tasks.change_preview(task_id, changes.preview.to_range() if changes.preview else None)
    if changes.glossary is not None:
        context.store.edits.change_glossary(task_id, changes.glossary)
    if changes.target_langs:
        admission.add_languages(task_id, changes.target_langs)
    return read_task(context, task_id)


@router.get("/tasks/{task_id}/stages", responses=TASK_ERRORS)
def list_stage_runs(context: ContextDependency, task_id: TaskId) -> RunsOut:
    """List every run of every stage, in order of time."""
    return RunsOut(stages=[RunOut.of(run) for run in context.store.stages.list_runs(task_id)])


@router.get("/tasks/{task_id}/lines", responses=TASK_ERRORS)
def list_lines(context: ContextDependency, task_id: TaskId, language: Annotated[schemas.Tag | None, Query()] = None) -> LinesOut:
    """List the lines of the finished dubs."""
    return LinesOut.of(context.store.lines.list_lines(task_id, languages.require_tag(language) if language else None))


@router.get("/tasks/{task_id}/report", responses=TASK_ERRORS)
def get_reports(context: ContextDependency, task_id: TaskId) -> ReportsOut:
    """Read the quality assessment of each dub."""
    return ReportsOut.of(context.store.lines.list_reports(task_id))


@router.get(
    "/tasks/{task_id}/report.html",
    response_class=HTMLResponse,
    responses=TASK_ERRORS | {200: {"description": "One page without scripts that loads nothing: to keep and to pass on."}},
)
def get_report_page(
    context: ContextDependency,
    task_id: TaskId,
    language: Annotated[schemas.Tag | None, Query(description="of the dub; the first one where it is left out")] = None,
) -> HTMLResponse:
    """Read the quality assessment of a dub as one self-contained HTML page."""
    page = draw_report_document(collect_report(context.store, task_id, language))
    return HTMLResponse(page, headers={"content-security-policy": f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'none'"})


QUERY_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {ARROW_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "An Arrow IPC stream."},
    400: describe_error("Invalid SQL, not a single SELECT, or a query over its limits of time, memory or rows."),
    422: TASK_ERRORS[422],
    429: describe_error("Too many queries at a time; see Retry-After."),
    503: describe_error("No snapshot of the store: the disk is full, or the store is restarting."),
}


async def get_query_runner(request: Request) -> QueryRunner:
    """Dependency: the query runner."""
    return cast(QueryRunner, request.app.state.query_runner)


@router.post("/query", response_class=Response, responses=QUERY_RESPONSES)
async def run_query(
    runner: Annotated[QueryRunner, Depends(get_query_runner)], query: Annotated[QueryIn, Body()]
) -> QueryResponse:
    """Run a SELECT over a snapshot of the store's tables: at most a million rows, 128 MiB and 5 s."""
    return await runner.respond(query.sql)
