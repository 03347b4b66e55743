"""The JSON resources under /api: tasks and what is known of them, and SQL over everything."""

from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi import Path as InPath
from pydantic import Field

from pipeline.text import languages
from pipeline.values.tasks import TaskStatus
from serve.http import schemas
from serve.http.dependencies import Asking, AtTheDoor, Context
from serve.http.query_runner import ARROW, QueryAnswer, QueryRunner
from serve.http.schemas import LinesOut, MoreLanguages, ReportsOut, RunOut, RunsOut, TaskOut, TasksOut, problem

LARGEST_ID = 2**63 - 1  # DuckDB's BIGINT
PROBLEMS: dict[int | str, dict[str, Any]] = {
    404: problem("There is no such task, line or language."),
    422: problem("It cannot be understood, or these languages cannot be done."),
}
TaskId = Annotated[int, InPath(ge=0, le=LARGEST_ID)]
Ids = list[Annotated[int, Field(ge=0, le=LARGEST_ID)]]

router = APIRouter(prefix="/api", tags=["resources"])


def task_out(context: Context, task_id: int) -> TaskOut:
    """A task with the state of its stages. NotFound."""
    return TaskOut.of(context.store.tasks.task(task_id), context.store.stages.latest_runs(task_id))


@router.get("/tasks", responses={422: PROBLEMS[422]})
def tasks(
    context: Asking,
    status: TaskStatus | None = None,
    ids: Annotated[Ids | None, Query(alias="id", description="only these, as far as they exist", max_length=500)] = None,
    path: Annotated[str | None, Query(description="only those of the film at this path", max_length=4096)] = None,
    search: Annotated[str, Query(description="only those with this in their path, in any case", max_length=1_000)] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
) -> TasksOut:
    """Tasks, newest first."""
    store = context.store
    if ids is not None or path is not None:
        named = store.tasks.of(ids) if ids is not None else store.tasks.by_path(Path(path or ""))
        found = [task for task in named if status in {None, task.status} and search.lower() in str(task.path).lower()]
        found = [task for task in found if path in {None, str(task.path)}]
        page, total = tuple(found[offset : offset + limit]), len(found)
    else:
        page, total = store.tasks.newest(status=status, search=search, limit=limit, offset=offset)
    runs = store.stages.latest_runs_of([task.id for task in page])
    return TasksOut(tasks=[TaskOut.of(task, runs[task.id]) for task in page], total=total)


@router.get("/tasks/{task_id}", responses=PROBLEMS)
def task(context: Asking, task_id: TaskId) -> TaskOut:
    """One task."""
    return task_out(context, task_id)


@router.patch("/tasks/{task_id}", responses=PROBLEMS | {403: problem("It cannot be done."), 409: problem("It cannot be done.")})
def add_languages(context: Asking, door: AtTheDoor, task_id: TaskId, more: MoreLanguages) -> TaskOut:
    """Dub the film into more languages; what is known of it is not found out again."""
    door.add_languages(task_id, more.target_langs)
    return task_out(context, task_id)


@router.get("/tasks/{task_id}/stages", responses=PROBLEMS)
def stages(context: Asking, task_id: TaskId) -> RunsOut:
    """Every run of every stage, in order of time."""
    return RunsOut(stages=[RunOut.of(run) for run in context.store.stages.runs(task_id)])


@router.get("/tasks/{task_id}/lines", responses=PROBLEMS)
def lines(context: Asking, task_id: TaskId, language: Annotated[schemas.Tag | None, Query()] = None) -> LinesOut:
    """The lines of the finished dubs."""
    return LinesOut.of(context.store.lines.of(task_id, languages.required(language) if language else None))


@router.get("/tasks/{task_id}/report", responses=PROBLEMS)
def report(context: Asking, task_id: TaskId) -> ReportsOut:
    """The assessment of each dub."""
    return ReportsOut.of(context.store.lines.reports(task_id))


ARROW_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {ARROW: {"schema": {"type": "string", "format": "binary"}}}, "description": "An Arrow IPC stream."},
    400: problem("The SQL is wrong, not one SELECT, or takes more time, memory or rows than a query may have."),
    422: PROBLEMS[422],
    429: problem("As many queries run as may; Retry-After says when to ask again."),
    503: problem("There is no snapshot of the store: the disk is full, or the store is restarting."),
}


async def _query_runner(request: Request) -> QueryRunner:
    return cast(QueryRunner, request.app.state.query_runner)


@router.post("/query", response_class=Response, responses=ARROW_ANSWER)
async def query(runner: Annotated[QueryRunner, Depends(_query_runner)], asked: Annotated[schemas.Query, Body()]) -> QueryAnswer:
    """Answer a SELECT over a snapshot of the store's tables: at most a million rows, 128 MiB and 5 s."""
    return await runner.respond(asked.sql)
