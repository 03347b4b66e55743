"""Errors as HTTP answers: which class of error is which status, in one table."""

import logging
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from pipeline import errors
from pipeline.control_characters import escape_control_characters
from pipeline.errors import DubarrError, UsersFault

log = logging.getLogger(__name__)

RETRY_AFTER = "5"  # s


class BadRequest(UsersFault):
    """The request itself cannot be understood."""


class TooLarge(UsersFault):
    """The body, or a part of it, is larger than what is taken."""


class NoRoom(UsersFault):
    """The disk has no room for the film."""


class Busy(UsersFault):
    """As many as can be served at a time are being served."""


STATUSES: dict[type[DubarrError], HTTPStatus] = {
    BadRequest: HTTPStatus.BAD_REQUEST,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    NoRoom: HTTPStatus.INSUFFICIENT_STORAGE,
    Busy: HTTPStatus.TOO_MANY_REQUESTS,
    errors.QueryError: HTTPStatus.BAD_REQUEST,
    errors.FilmRefused: HTTPStatus.FORBIDDEN,
    errors.FilmNotFound: HTTPStatus.NOT_FOUND,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.NotPossible: HTTPStatus.CONFLICT,
    errors.UsersFault: HTTPStatus.UNPROCESSABLE_ENTITY,  # a language or a film that cannot be dubbed
    errors.StoreError: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.DubarrError: HTTPStatus.INTERNAL_SERVER_ERROR,
}


def status_of(error: DubarrError) -> HTTPStatus:
    """The status of an error: that of the nearest class in the table."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def install(app: FastAPI) -> None:
    """Have every error answered as {"detail": "a sentence"}."""
    app.add_exception_handler(DubarrError, _worded)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def _worded(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DubarrError)  # registered for it
    status = status_of(error)
    level = logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
    log.log(level, "%s %s is answered %d: %s", request.method, request.url.path, status, error)
    return JSONResponse(
        {"detail": escape_control_characters(str(error))},
        status,
        {"Retry-After": RETRY_AFTER} if isinstance(error, Busy) else None,
    )


def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Pydantic's list of complaints as one sentence; what was sent is not repeated."""
    assert isinstance(error, RequestValidationError)  # registered for it
    complaints = [f"{'.'.join(map(str, each['loc'][1:])) or each['loc'][0]}: {each['msg']}" for each in error.errors()[:5]]
    return JSONResponse({"detail": "; ".join(complaints)}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # registered for it
    return JSONResponse({"detail": str(error.detail)}, error.status_code, headers=error.headers)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed unexpectedly", request.method, request.url.path, exc_info=error)
    return JSONResponse({"detail": "this is a defect of Dubarr; its log has the details"}, HTTPStatus.INTERNAL_SERVER_ERROR)
