"""Error handlers: error classes mapped to kinds of problems in one table, answered as problem details (RFC 9457)."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from dashboard.views.unknown_address import draw_not_found_page
from pipeline import errors
from pipeline.control_characters import escape_control_characters
from pipeline.errors import DubarrError
from serve.http.problem import PROBLEM_TYPE, ProblemKind, build_problem, find_kind_of_status
from serve.request_errors import BadRequest, Busy, FieldsRefused, Gone, Locked, NoRoom, TooLarge

log = logging.getLogger(__name__)

RETRY_AFTER_S = "5"

KINDS: dict[type[DubarrError], ProblemKind] = {
    BadRequest: ProblemKind.BAD_REQUEST,
    TooLarge: ProblemKind.PAYLOAD_TOO_LARGE,
    NoRoom: ProblemKind.INSUFFICIENT_STORAGE,
    Busy: ProblemKind.TOO_MANY_REQUESTS,
    Locked: ProblemKind.LOCKED,
    Gone: ProblemKind.GONE,
    FieldsRefused: ProblemKind.VALUES_REFUSED,
    errors.QueryError: ProblemKind.QUERY_REFUSED,
    errors.FilmRefused: ProblemKind.FILM_REFUSED,
    errors.FilmNotFound: ProblemKind.FILM_NOT_FOUND,
    errors.TrackRefused: ProblemKind.TRACK_NOT_USABLE,
    errors.FilmError: ProblemKind.FILM_NOT_USABLE,
    errors.LanguageError: ProblemKind.LANGUAGE_NOT_SUPPORTED,
    errors.NotFound: ProblemKind.NOT_FOUND,
    errors.DubNotNeeded: ProblemKind.DUB_NOT_NEEDED,
    errors.NotPossible: ProblemKind.NOT_POSSIBLE,
    errors.EditRefused: ProblemKind.EDIT_REFUSED,
    errors.GlossaryError: ProblemKind.GLOSSARY_MALFORMED,
    errors.UsersFault: ProblemKind.REQUEST_REFUSED,
    errors.StoreError: ProblemKind.STORE_UNAVAILABLE,
    errors.DubarrError: ProblemKind.INTERNAL_ERROR,
}
KINDS_BY_STATUS = (  # of HTTPException, which the framework, limits on bodies and the protocol of uploads raise
    ProblemKind.BAD_REQUEST,
    ProblemKind.REQUEST_TIMEOUT,
    ProblemKind.PAYLOAD_TOO_LARGE,
    ProblemKind.TOO_MANY_REQUESTS,
    ProblemKind.CHECKSUM_MISMATCH,
)


class ProblemResponse(JSONResponse):
    """Error response: problem details of the request's path."""

    media_type = PROBLEM_TYPE

    def __init__(
        self,
        request: Request,
        kind: ProblemKind | HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        problem = build_problem(kind, detail, request.url.path, extensions)
        super().__init__(problem, problem["status"], headers)


def find_kind(error: DubarrError) -> ProblemKind:
    """Find the kind of problem of an error: that of the nearest class in the table."""
    return next(KINDS[kind] for kind in type(error).__mro__ if kind in KINDS)


def install_error_handlers(app: FastAPI) -> None:
    """Install the exception handlers: every error is answered as problem details."""
    app.add_exception_handler(DubarrError, _answer_dubarr_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(Exception, _answer_unexpected_error)


def _answer_dubarr_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DubarrError)  # registered for it
    kind = find_kind(error)
    level = logging.ERROR if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
    log.log(level, "%s %s answered %d: %s", request.method, request.url.path, kind.status, error)
    headers = {"Retry-After": RETRY_AFTER_S} if isinstance(error, Busy) else None
    extensions = {"problems": dict(error.problems)} if isinstance(error, FieldsRefused) else None
    return ProblemResponse(request, kind, escape_control_characters(str(error)), headers=headers, extensions=extensions)


def _answer_validation_error(request: Request, error: Exception) -> Response:
    """Answer 422 with Pydantic's validation errors as one sentence, without the input."""
    assert isinstance(error, RequestValidationError)  # registered for it
    errors_found = [f"{'.'.join(map(str, each['loc'][1:])) or each['loc'][0]}: {each['msg']}" for each in error.errors()[:5]]
    return ProblemResponse(request, ProblemKind.INVALID_REQUEST, "; ".join(errors_found))


def _answer_http_error(request: Request, error: Exception) -> Response:
    """Answer with the error's status; an unknown address with a page, where a browser asks for one."""
    assert isinstance(error, HTTPException)  # registered for it
    if error.status_code == HTTPStatus.NOT_FOUND and _is_page_request(request):
        return HTMLResponse(draw_not_found_page(request.url.path), HTTPStatus.NOT_FOUND)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (methods := list_methods(request)):
        headers["Allow"] = ", ".join(methods)
    return ProblemResponse(request, find_kind_of_status(error.status_code, KINDS_BY_STATUS), str(error.detail), headers=headers)


def list_methods(request: Request) -> list[str]:
    """List the documented methods of a request's path: the framework would name those of its first route alone."""
    paths, path = request.app.openapi()["paths"], request.url.path
    found = [path] if path in paths else [each for each in paths if compile_path(each)[0].match(path)]
    return sorted({method.upper() for each in found for method in paths[each]})


def _is_page_request(request: Request) -> bool:
    """True for a browser that opens an address outside the API."""
    is_api = request.url.path == "/api" or request.url.path.startswith("/api/")
    return request.method in {"GET", "HEAD"} and not is_api and "text/html" in request.headers.get("accept", "")


def _answer_unexpected_error(request: Request, error: Exception) -> Response:
    log.error("%s %s failed unexpectedly", request.method, request.url.path, exc_info=error)
    return ProblemResponse(request, ProblemKind.INTERNAL_ERROR, "internal error; this is a bug in Dubarr, see its log")
