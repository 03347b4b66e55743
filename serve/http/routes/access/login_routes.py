"""Login routes: the login page, `/login`, and the end of a session, `/logout`. Forms, without scripts."""

import logging
from http import HTTPStatus
from typing import Annotated, cast
from urllib.parse import parse_qsl

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from dashboard.views.login_page import draw_login_page
from serve.auth.authenticator import SESSION_LIFETIME, Authenticator, Denial
from serve.auth.login_failures import find_client_address
from serve.http.dependencies import get_context
from serve.http.security.login_paths import LOGIN_PATH, LOGOUT_PATH, SESSION_COOKIE, find_local_target
from serve.request_errors import BadRequest

log = logging.getLogger(__name__)

MAX_FORM_FIELDS = 10
MAX_FORM_BYTES = 16 << 10
ERRORS = {
    Denial.WRONG_PASSWORD: (HTTPStatus.FORBIDDEN, "Wrong user or password."),  # 401 would ask for Basic Auth in a dialog
    Denial.BUSY: (HTTPStatus.TOO_MANY_REQUESTS, "Too many wrong passwords from your address. Wait a few seconds."),
}
NO_STORE = {"Cache-Control": "no-store"}

router = APIRouter(include_in_schema=False)


@router.head(LOGIN_PATH)
@router.get(LOGIN_PATH)
def show_login(target: Annotated[str, Query(alias="next", max_length=4_096)] = "/") -> HTMLResponse:
    """Login page."""
    return HTMLResponse(draw_login_page(find_local_target(target)), headers=NO_STORE)


@router.post(LOGIN_PATH)
async def log_in(request: Request) -> Response:
    """Log in: open a session, and go to the page that was asked for."""
    fields = await _read_form(request)
    user, target = fields.get("username", ""), find_local_target(fields.get("next", "/"))
    address = find_client_address(request.scope, request.headers)
    authenticator = _get_authenticator(request)
    denial = await authenticator.check_password(f"{user}:{fields.get('password', '')}".encode(), address)
    if denial is not None:
        status, error = ERRORS[denial]
        return HTMLResponse(draw_login_page(target, user=user, error=error), status, NO_STORE)
    token = await authenticator.open_session()
    log.info("%s logged in from %s", user, address)
    response = RedirectResponse(target, HTTPStatus.SEE_OTHER, NO_STORE)
    response.set_cookie(
        _name_cookie(request),
        token,
        max_age=int(SESSION_LIFETIME.total_seconds()),
        secure=_is_https(request),
        httponly=True,
        samesite="lax",  # strict ones are missing where a link leads here
    )
    return response


@router.post(LOGOUT_PATH)
async def log_out(request: Request) -> Response:
    """Log out: end the session, and show the login page."""
    name = _name_cookie(request)
    if token := request.cookies.get(name):
        await _get_authenticator(request).end_session(token)
    response = RedirectResponse(LOGIN_PATH, HTTPStatus.SEE_OTHER, NO_STORE)
    response.delete_cookie(name, secure=_is_https(request), httponly=True, samesite="lax")
    return response


async def _read_form(request: Request) -> dict[str, str]:
    """Read the fields of a URL-encoded form. BadRequest."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            raise BadRequest(f"the form is larger than {MAX_FORM_BYTES} bytes")
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS))
    except ValueError:  # too many fields, or bytes that are no UTF-8
        raise BadRequest("the form is malformed; log in at /login") from None


def _is_https(request: Request) -> bool:
    """Return True where the browser uses TLS, if only to a reverse proxy: a Secure cookie would not be kept otherwise."""
    headers = request.headers
    return (
        request.url.scheme == "https"
        or headers.get("x-forwarded-proto") == "https"
        or headers.get("origin", "").startswith("https:")
    )


def _name_cookie(request: Request) -> str:
    return SESSION_COOKIE.format(port=get_context(request).settings.port)


def _get_authenticator(request: Request) -> Authenticator:
    return cast(Authenticator, request.app.state.authenticator)
