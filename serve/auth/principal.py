"""Principals and presented credentials: the identity behind a request, and all that a request offered to prove it."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qsl

from pipeline.values.access.api_key import GRANTS, ApiKey, KeyScope
from serve.auth.asgi_types import Scope

KEY_HEADER = "x-api-key"
KEY_PARAMETER = "apikey"  # of the query of `KEY_PARAMETER_PATH`
KEY_PARAMETER_PATH = "/webhook"  # for senders that can set no header: addresses end up in logs, so no other path takes one


class Proof(StrEnum):
    """Kind of credential that a principal was authenticated by. Browsers send the first two by themselves, also across sites."""

    PASSWORD = "password"  # noqa: S105 -- a kind
    SESSION = "session"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated identity of a request: the user, with all scopes, or an API key, with its own."""

    name: str
    scopes: frozenset[KeyScope]
    proof: Proof

    @classmethod
    def of_key(cls, key: ApiKey) -> "Principal":
        """The principal of an API key."""
        return cls(key.name, GRANTS[key.scope], Proof.KEY)

    @classmethod
    def of_user(cls, user: str, proof: Proof) -> "Principal":
        """The principal of the service's user."""
        return cls(user, GRANTS[KeyScope.ADMIN], proof)


@dataclass(frozen=True, slots=True)
class PresentedCredentials:
    """Credentials of one request, unchecked. `authorization`: the header is there, whatever its scheme."""

    key: str | None = field(default=None, repr=False)
    basic: bytes | None = field(default=None, repr=False)  # user:password
    session: str | None = field(default=None, repr=False)
    authorization: bool = False


def read_credentials(scope: Scope, headers: Mapping[str, str], cookie: str) -> PresentedCredentials:
    """Read the credentials of a request. `headers`: by lower-case names; `cookie`: name of the session's.

    The key in a query is taken out of `scope`, so that neither a route nor a log sees it.
    """
    authorization = headers.get("authorization")
    scheme, _, value = (authorization or "").partition(" ")
    bearer = value.strip() if scheme.lower() == "bearer" else None
    key = headers.get(KEY_HEADER) or bearer or _take_key_of_query(scope)
    return PresentedCredentials(
        key=key,
        basic=_decode_basic(value) if scheme.lower() == "basic" else None,
        session=read_cookie(headers.get("cookie", ""), cookie),
        authorization=authorization is not None,
    )


def read_cookie(header: str, name: str) -> str | None:
    """Value of a cookie; None where the header has none of this name."""
    for pair in header.split(";"):
        given, _, value = pair.strip().partition("=")
        if given == name:
            return value.strip('"') or None
    return None


def _decode_basic(value: str) -> bytes:
    """Decode `user:password`; empty where it is malformed."""
    try:
        return base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _take_key_of_query(scope: Scope) -> str | None:
    query = scope.get("query_string", b"")
    if KEY_PARAMETER.encode() not in query.lower():
        return None
    kept, found = [], None
    for pair in query.split(b"&"):
        name, value = next(iter(parse_qsl(pair.decode("latin-1"), keep_blank_values=True)), ("", ""))
        if name.lower() == KEY_PARAMETER:
            found = value
        else:
            kept.append(pair)
    scope["query_string"] = b"&".join(kept)
    return found if scope["path"] == KEY_PARAMETER_PATH and scope.get("method") == "POST" else None
