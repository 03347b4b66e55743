"""FastAPI application of the HTTP API: its middleware, its state and its routers.

`create_app` imports no Ray: the store that it is given may be local or remote. The dashboard is mounted at "/" later.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, FastAPI, Header, Query, Request, Response, WebSocket
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse

from pipeline.control_characters import escape_control_characters
from pipeline.store.database.commit_counter import CommitReader
from serve import profile_loader
from serve.http import errors, uploads
from serve.http.dependencies import AdmissionDependency, Context, ContextDependency, build_authenticator
from serve.http.media.audio_tracks import open_finished_dub, open_finished_dubs
from serve.http.media.file_responses import OpenedArchiveResponse, OpenedFileResponse
from serve.http.middleware.body_limit import BodyLimit
from serve.http.middleware.request_metrics import RequestMetrics
from serve.http.middleware.response_cache import ResponseCache
from serve.http.openapi import UPLOAD_BODY, UPLOAD_RESPONSES, WEBHOOK_ERRORS, DocumentedApp, describe_error
from serve.http.query_runner import QueryRunner
from serve.http.routes import (
    backup_routes,
    edit_routes,
    export_routes,
    glossary_routes,
    playback_routes,
    review_routes,
    rule_routes,
    script_routes,
    settings_routes,
    system_routes,
    task_routes,
)
from serve.http.routes.access import key_routes, login_routes
from serve.http.routes.actions import action_routes
from serve.http.routes.actions.action_routes import redirect_to_dashboard
from serve.http.routes.documentation import documentation_routes
from serve.http.routes.dub_request_schemas import TrackQuery, WebhookIn, WebhookOut
from serve.http.routes.library import bulk_routes, coverage_routes, library_routes
from serve.http.routes.log_websocket import send_log
from serve.http.routes.monitoring import event_routes, metric_routes, probe_routes
from serve.http.routes.playback_routes import BINARY_CONTENT
from serve.http.routes.resumable import upload_routes
from serve.http.routes.resumable.body_bounds import UPLOAD_PATH, find_max_body_bytes, is_upload_body
from serve.http.routes.resumable.tus_headers import TusVersionHeader
from serve.http.routes.script_routes import attachment_headers
from serve.http.routes.takes import take_routes
from serve.http.routes.task_routes import MAX_TASK_ID, TASK_ERRORS, read_task
from serve.http.security.middleware import SecurityMiddleware
from serve.http.security.schemes import SECURITY_RESPONSES, SECURITY_SCHEMES
from serve.intake import upload_intake, webhook_actions, webhook_payloads
from serve.intake.admission import Admission
from serve.library.library_webhooks import update_library
from serve.status.log_tail import LogTail

TaskId = Annotated[int, InPath(ge=0, le=MAX_TASK_ID)]
FAVICON = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#1f4e79"/>
<path d="M3 6v4M6 4v8M9 6v4M12 3v10" stroke="#fff" stroke-width="1.5" stroke-linecap="round"/></svg>"""
JSON_TYPE = "application/json"
routes = APIRouter(tags=["service"])
RESOURCE_ROUTERS = (  # those with authentication
    routes,
    action_routes.router,
    bulk_routes.router,  # before the routes of one task: "ids" and "bulk" are none
    task_routes.router,
    edit_routes.router,
    script_routes.router,
    take_routes.router,
    review_routes.router,
    export_routes.router,
    glossary_routes.router,
    playback_routes.router,
    library_routes.router,
    coverage_routes.router,
    settings_routes.router,
    rule_routes.router,
    system_routes.router,
    metric_routes.router,
    event_routes.router,
    backup_routes.router,
    documentation_routes.router,
    upload_routes.router,
    key_routes.router,
)


def create_app(context: Context) -> FastAPI:
    """Application factory. A dashboard at "/" is mounted after this."""
    app = DocumentedApp(
        title="Dubarr",
        summary="Dubs films into other languages.",
        version="1",
        docs_url=None,  # Swagger UI loads scripts from a CDN
        redoc_url=None,
        redirect_slashes=False,  # a redirect would turn a webhook's POST into a GET
        strict_content_type=False,  # scripts send JSON without its content type
    )
    app.state.context = context
    app.state.admission = Admission(context.settings, profile_loader.load_profile(context.settings), context.store)
    app.state.stream_slots = context.streams
    app.state.query_runner = QueryRunner(context.store, context.settings.database)
    app.state.health = probe_routes.cache_health(context)
    app.state.readiness = probe_routes.cache_readiness(context)
    app.state.scrapes = metric_routes.Scrapes(context)
    app.state.event_feed = event_routes.create_feed(context)
    app.state.log_tail = LogTail(context.settings.processing_log)
    app.state.authenticator = build_authenticator(context)
    app.include_router(login_routes.router)
    app.include_router(probe_routes.router)
    for router in RESOURCE_ROUTERS:
        app.include_router(router, dependencies=SECURITY_SCHEMES, responses=SECURITY_RESPONSES)
    app.add_api_websocket_route("/ws/logs", stream_logs)
    errors.install_error_handlers(app)
    app.add_middleware(ResponseCache, commits=CommitReader(context.settings.database))
    app.add_middleware(BodyLimit, is_upload=is_upload_body, max_bytes=find_max_body_bytes)
    app.add_middleware(TusVersionHeader)
    app.add_middleware(SecurityMiddleware, settings=context.settings, authenticator=app.state.authenticator)
    app.add_middleware(RequestMetrics)  # last added, outermost
    return app


@routes.post(UPLOAD_PATH, status_code=303, response_class=Response, responses=UPLOAD_RESPONSES, openapi_extra=UPLOAD_BODY)
async def upload(
    request: Request, context: ContextDependency, admission: AdmissionDependency, accept: Annotated[str, Header()] = ""
) -> Response:
    """Upload a film and queue it."""
    received = await uploads.receive_upload(request.stream(), request.headers, context.settings.videos_dir)
    task = await asyncio.to_thread(upload_intake.queue_upload, received, admission)
    if JSON_TYPE not in accept:
        return redirect_to_dashboard()
    answer = await asyncio.to_thread(read_task, context, task.id)
    return JSONResponse(answer.model_dump(mode="json", by_alias=True), 201, {"Location": f"/api/tasks/{task.id}"})


@routes.post("/webhook", response_model_exclude_none=True, responses=WEBHOOK_ERRORS)
def webhook(
    context: ContextDependency,
    admission: AdmissionDependency,
    background: BackgroundTasks,
    payload: WebhookIn,
    query: Annotated[TrackQuery, Query()],
) -> WebhookOut:
    """Webhook of Sonarr, Radarr or a script. Tracks in the query are for senders whose payload has no field for them."""
    event = webhook_payloads.parse_webhook(payload.model_extra or {})
    background.add_task(update_library, event, context.store, context.settings)  # after the answer: it probes
    return WebhookOut.of(webhook_actions.handle_webhook(event, admission, payload.to_options(event, query)))


@routes.head("/download/{task_id}", include_in_schema=False)
@routes.get(
    "/download/{task_id}",
    response_class=FileResponse,
    responses=TASK_ERRORS
    | {
        200: {"content": {"application/octet-stream": BINARY_CONTENT, "application/zip": BINARY_CONTENT}},
        206: {"description": "The requested range."},
        400: {"description": "Malformed range."},
        403: describe_error("The film lies outside the dubs' folder and the library roots."),
        416: {"description": "The range lies outside the file."},
    },
)
def download(
    context: ContextDependency,
    task_id: TaskId,
    language: Annotated[str | None, Query(max_length=35, description="of one sidecar dub; all of them without it")] = None,
) -> Response:
    """Download the dubbed film, or with `PLACEMENT=sidecar` the audio file of a dub; byte ranges are supported. Several audio files come in
    a ZIP archive, without ranges.
    """
    task = context.store.tasks.get(task_id)
    film, *others = (
        open_finished_dubs(task, context.settings) if language is None else (open_finished_dub(task, context.settings, language),)
    )
    if others:
        return OpenedArchiveResponse((film, *others), headers=attachment_headers(f"{task.path.stem}.dubs.zip"))
    return OpenedFileResponse(film, media_type="application/octet-stream", filename=escape_control_characters(film.path.name))


@routes.get("/favicon.ico", include_in_schema=False)
def icon() -> Response:
    """Favicon."""
    return Response(FAVICON, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


async def stream_logs(websocket: WebSocket) -> None:
    """Websocket of the processing log: its last lines, then each new one."""
    await send_log(websocket, websocket.app.state.log_tail)
