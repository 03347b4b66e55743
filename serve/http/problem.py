"""Problem details of the HTTP API (RFC 9457): the kinds of problems, and the JSON of an error response.

`type` is a relative reference, `/problems/<name>`, for a kind of our own, and `about:blank` where the status says all there is to
know. Light imports: the middleware uses it too.
"""

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

PROBLEM_TYPE = "application/problem+json"
PROBLEMS_PATH = "/problems"
UNTYPED = "about:blank"
MEMBERS = ("type", "title", "status", "detail", "instance")


class ProblemKind(Enum):
    """A kind of problem: its status, its title, and its meaning for people who read the documentation."""

    BAD_REQUEST = HTTPStatus.BAD_REQUEST, "Bad request", "A field, a part of a form or a header is malformed."
    QUERY_REFUSED = (
        HTTPStatus.BAD_REQUEST,
        "Query refused",
        "The SQL is wrong, not one SELECT, or over a limit of the query runner.",
    )
    AUTHENTICATION_REQUIRED = HTTPStatus.UNAUTHORIZED, "Authentication required", "User and password are missing or wrong."
    INSUFFICIENT_SCOPE = HTTPStatus.FORBIDDEN, "Insufficient scope", "The credentials are right, and do not allow this."
    CROSS_SITE_REQUEST = HTTPStatus.FORBIDDEN, "Cross-site request", "A browser sent it from a page of another site."
    FILM_REFUSED = HTTPStatus.FORBIDDEN, "Film refused", "The file lies outside the library roots, or must not be opened."
    FILM_NOT_FOUND = HTTPStatus.NOT_FOUND, "Film not found", "There is no such file on the service's machine."
    NOT_FOUND = HTTPStatus.NOT_FOUND, "Not found", "There is no such task, line, language or other resource."
    REQUEST_TIMEOUT = HTTPStatus.REQUEST_TIMEOUT, "Request timeout", "The request's body came too slowly; send it again."
    NOT_POSSIBLE = HTTPStatus.CONFLICT, "Not possible", "The state of the task or of the service does not allow it."
    DUB_NOT_NEEDED = HTTPStatus.CONFLICT, "Dub not needed", "The film has the target languages, is a dub itself, or is left out."
    EDIT_CONFLICT = HTTPStatus.CONFLICT, "Edit conflict", "Somebody else changed the same cells since: `conflicts` lists them."
    GONE = HTTPStatus.GONE, "Gone", "The upload has expired; begin a new one."
    PAYLOAD_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Payload too large", "The body, or a part of it, is over its limit."
    HOST_NOT_ALLOWED = (
        HTTPStatus.MISDIRECTED_REQUEST,
        "Host not allowed",
        "The Host header is no name of this service (ALLOWED_HOSTS).",
    )
    INVALID_REQUEST = (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Invalid request",
        "Fields are missing, or have values outside their schema.",
    )
    VALUES_REFUSED = (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Values refused",
        "Values cannot be used, and none was: `problems` by their field.",
    )
    REQUEST_REFUSED = HTTPStatus.UNPROCESSABLE_ENTITY, "Request refused", "The request is well-formed, and cannot be carried out."
    FILM_NOT_USABLE = HTTPStatus.UNPROCESSABLE_ENTITY, "Film not usable", "The file is no film that can be dubbed."
    TRACK_NOT_USABLE = (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Track not usable",
        "A chosen track or subtitle file is missing or unreadable.",
    )
    LANGUAGE_NOT_SUPPORTED = (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Language not supported",
        "No engine of the profile can do these languages.",
    )
    EDIT_REFUSED = (
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Edit refused",
        "An edit names what does not exist, or leaves a dub impossible.",
    )
    GLOSSARY_MALFORMED = HTTPStatus.UNPROCESSABLE_ENTITY, "Glossary malformed", "Lines of a glossary cannot be read."
    LOCKED = HTTPStatus.LOCKED, "Locked", "Another request works on the same upload."
    CHECKSUM_MISMATCH = (
        460,
        "Checksum mismatch",
        "A part of an upload arrived with another checksum, and was dropped; send it again.",
    )
    TOO_MANY_REQUESTS = (
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        "A limit is reached; try again after Retry-After seconds.",
    )
    INTERNAL_ERROR = (
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Internal error",
        "An engine or a program failed, or Dubarr has a bug; see its log.",
    )
    STORE_UNAVAILABLE = (
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Store unavailable",
        "The database cannot be read or written at the moment.",
    )
    INSUFFICIENT_STORAGE = HTTPStatus.INSUFFICIENT_STORAGE, "Insufficient storage", "The disk has no room for the film."

    def __init__(self, status: int, title: str, meaning: str) -> None:
        self.status, self.title, self.meaning = status, title, meaning

    @property
    def type(self) -> str:
        """URI reference that identifies the kind; it stays as it is from version to version."""
        return f"{PROBLEMS_PATH}/{self.name.lower().replace('_', '-')}"


def build_problem(
    kind: ProblemKind | HTTPStatus, detail: str, path: str, extensions: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Build the members of a problem. `kind`: a status where no kind is known. `path`: of the request, decoded, without its query,
    which may hold secrets. `extensions`: further members, which never replace those of the RFC.
    """
    type_, title, status = (kind.type, kind.title, kind.status) if isinstance(kind, ProblemKind) else (UNTYPED, kind.phrase, kind)
    problem = {
        "type": type_,
        "title": title,
        "status": int(status),
        "detail": detail,
        "instance": quote(path.encode("utf-8", "replace"), safe="/:@!$&'()*+,;=~"),
    }
    return {**(extensions or {}), **problem}


def encode_problem(kind: ProblemKind | HTTPStatus, detail: str, path: str) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """Encode a problem as the body and the headers of an ASGI response."""
    body = json.dumps(build_problem(kind, detail, path)).encode()
    return body, [(b"content-type", PROBLEM_TYPE.encode()), (b"content-length", str(len(body)).encode())]


def find_kind_of_status(status: int, among: Iterable[ProblemKind]) -> ProblemKind | HTTPStatus:
    """Find the kind of a status among some; the status itself, which must be one of HTTP's, where none has it."""
    return next((kind for kind in among if kind.status == status), None) or HTTPStatus(status)
