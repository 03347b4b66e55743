"""Error handlers: error classes mapped to HTTP statuses in one table, answered as JSON."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from dashboard.views.unknown_address import draw_not_found_page
from pipeline import errors
from pipeline.control_characters import escape_control_characters
from pipeline.errors import DubarrError
from serve.request_errors import BadRequest, Busy, Gone, Locked, NoRoom, TooLarge

log = logging.getLogger(__name__)

RETRY_AFTER_S = "5"

STATUSES: dict[type[DubarrError], HTTPStatus] = {
    BadRequest: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NoRoom: HTTPStatus.INSUFFICIENT_STORAGE,
    Busy: HTTPStatus.TOO_MANY_REQUESTS,
    Locked: HTTPStatus.LOCKED,
    Gone: HTTPStatus.GONE,
    errors.QueryError: HTTPStatus.BAD_REQUEST,
    errors.FilmRefused: HTTPStatus.FORBIDDEN,
    errors.FilmNotFound: HTTPStatus.NOT_FOUND,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotPossible: HTTPStatus.CONFLICT,
    errors.UsersFault: HTTPStatus.UNPROCESSABLE_ENTITY,  # a language or a film that cannot be dubbed
    errors.StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DubarrError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def find_status(error: DubarrError) -> HTTPStatus:
    """Find the HTTP status of an error: that of the nearest class in the table."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def install_error_handlers(app: FastAPI) -> None:
    """Install the exception handlers: every error is answered as {"detail": "a sentence"}."""
    app.add_exception_handler(DubarrError, _answer_dubarr_error)
    app.add_exception_handler(RequestValidationError, _answer_validation_error)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.add_exception_handler(Exception, _answer_unexpected_error)


def _answer_dubarr_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DubarrError)  # registered for it
    status = find_status(error)
    level = logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
    log.log(level, "%s %s answered %d: %s", request.method, request.url.path, status, error)
    return JSONResponse(
        {"detail": escape_control_characters(str(error))},
        status,
        {"Retry-After": RETRY_AFTER_S} if isinstance(error, Busy) else None,
    )


def _answer_validation_error(_: Request, error: Exception) -> JSONResponse:
    """Answer 422 with Pydantic's validation errors as one sentence, without the input."""
    assert isinstance(error, RequestValidationError)  # registered for it
    errors_found = [f"{'.'.join(map(str, each['loc'][1:])) or each['loc'][0]}: {each['msg']}" for each in error.errors()[:5]]
    return JSONResponse({"detail": "; ".join(errors_found)}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _answer_http_error(request: Request, error: Exception) -> Response:
    """Answer with the error's status; an unknown address with a page, where a browser asks for one."""
    assert isinstance(error, HTTPException)  # registered for it
    if error.status_code == HTTPStatus.NOT_FOUND and _is_page_request(request):
        return HTMLResponse(draw_not_found_page(request.url.path), HTTPStatus.NOT_FOUND)
    return JSONResponse({"detail": str(error.detail)}, error.status_code, headers=error.headers)


def _is_page_request(request: Request) -> bool:
    """True for a browser that opens an address outside the API."""
    is_api = request.url.path == "/api" or request.url.path.startswith("/api/")
    return request.method in {"GET", "HEAD"} and not is_api and "text/html" in request.headers.get("accept", "")


def _answer_unexpected_error(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed unexpectedly", request.method, request.url.path, exc_info=error)
    return JSONResponse({"detail": "internal error; this is a bug in Dubarr, see its log"}, HTTPStatus.INTERNAL_SERVER_ERROR)
