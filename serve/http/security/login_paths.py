"""Paths of the login page, and the session's cookie."""

import re

LOGIN_PATH = "/login"
LOGOUT_PATH = "/logout"
LOGIN_PATHS = frozenset({LOGIN_PATH, LOGOUT_PATH})  # without authentication; other sites' pages may not send forms there
SESSION_COOKIE = (
    "dubarr-session-{port}"  # cookies do not tell ports apart: two services of one machine would end each other's sessions
)
LOCAL_TARGET = re.compile(
    r"/(?!/)[\x21-\x5b\x5d-\x7e]{0,2000}"
)  # a path of this service: no backslash, which browsers read as a slash


def find_local_target(target: str) -> str:
    """Return the path to go to after a login; the dashboard's where the target is none of this service (open redirects)."""
    return target if LOCAL_TARGET.fullmatch(target) else "/"
