"""Action routes, as forms of pages send them: `/retry`, `/cancel`, `/purge` and the like. They redirect, or answer JSON where it is accepted."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, RedirectResponse

from serve.http.dependencies import Context, ContextDependency
from serve.http.openapi import describe_error
from serve.http.routes.task_routes import MAX_TASK_ID, TASK_ERRORS, read_task
from serve.http.schemas import TaskOut
from serve.worker import artifact_gc

TaskId = Annotated[int, InPath(ge=0, le=MAX_TASK_ID)]
JSON_TYPE = "application/json"
ACTION_RESPONSES: dict[int | str, dict[str, Any]] = {303: {"description": "Redirect to the dashboard."}, **TASK_ERRORS}
STRICT_RESPONSES: dict[int | str, dict[str, Any]] = {
    **ACTION_RESPONSES,
    200: {"model": TaskOut, "description": "The task, where the Accept header has application/json."},
    409: describe_error("The action does nothing to this task; told where the Accept header has application/json."),
}

router = APIRouter(tags=["service"])


@router.post("/retry/{task_id}", status_code=303, response_class=Response, responses=STRICT_RESPONSES)
def retry(context: ContextDependency, task_id: TaskId, accept: Annotated[str, Header()] = "") -> Response:
    """Queue a task again that failed, or was cancelled or skipped; its cached stages are reused. No effect on any other task."""
    context.store.tasks.retry(task_id, strict=JSON_TYPE in accept)
    return answer_action(context, task_id, accept)


@router.post("/whole/{task_id}", status_code=303, response_class=Response, responses=ACTION_RESPONSES)
def whole(context: ContextDependency, task_id: TaskId) -> Response:
    """Dub the whole film of a preview; what the preview made is used again. No effect on any other task."""
    context.store.tasks.change_preview(task_id, None)
    return redirect_to_dashboard()


@router.post("/cancel/{task_id}", status_code=303, response_class=Response, responses=STRICT_RESPONSES)
def cancel(context: ContextDependency, task_id: TaskId, accept: Annotated[str, Header()] = "") -> Response:
    """Cancel a queued or running task; a retry resumes from its cached stages. No effect on any other task."""
    context.store.tasks.cancel(task_id, strict=JSON_TYPE in accept)
    return answer_action(context, task_id, accept)


@router.post("/purge/{task_id}", status_code=303, response_class=Response, responses=ACTION_RESPONSES)
def purge(context: ContextDependency, task_id: TaskId) -> Response:
    """Delete the task's cached stages and queue it again."""
    artifact_gc.purge_task(context.store, task_id, context.settings.artifacts)
    return redirect_to_dashboard()


@router.post("/delete/{task_id}", status_code=303, response_class=Response, responses=ACTION_RESPONSES)
def delete(context: ContextDependency, task_id: TaskId) -> Response:
    """Delete the task and its cached stages; films stay on disk."""
    artifact_gc.delete_task(context.store, task_id, context.settings.artifacts)
    return redirect_to_dashboard()


def answer_action(context: Context, task_id: int, accept: str) -> Response:
    """The task as JSON for a client that accepts it, a redirect to the dashboard for a form."""
    if JSON_TYPE not in accept:
        return redirect_to_dashboard()
    return JSONResponse(read_task(context, task_id).model_dump(mode="json", by_alias=True))


def redirect_to_dashboard() -> RedirectResponse:
    """303 redirect to the dashboard."""
    return RedirectResponse("/", 303)
