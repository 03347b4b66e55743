"""Routes of API keys, `/api/keys`: list, make, revoke. A key's secret is in one answer alone, that to its making."""

from typing import Annotated

from fastapi import APIRouter, Body, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from pipeline.values.access.api_key import MAX_NAME_CHARS, NAME, ApiKey, KeyScope, digest_secret, make_secret
from serve.http.dependencies import ContextDependency
from serve.http.openapi import describe_error
from serve.http.schemas import Time

KeyName = Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS, pattern=f"^{NAME.pattern}$", examples=["sonarr"])]

router = APIRouter(prefix="/api/keys", tags=["settings"])


class KeyIn(BaseModel):
    """A new API key. `scope`: webhook (POST /webhook alone), read, write (read, changes of tasks and the webhook), metrics, admin."""

    model_config = ConfigDict(extra="forbid")

    name: KeyName
    scope: KeyScope


class KeyOut(BaseModel):
    """An API key, without its secret. `last_used_at`: within about ten minutes; null before the first use."""

    name: str
    scope: KeyScope
    created_at: Time
    last_used_at: Time | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyOut":
        """Convert from the value."""
        return cls(name=key.name, scope=key.scope, created_at=key.created_at, last_used_at=key.last_used_at)


class NewKeyOut(KeyOut):
    """A key that was just made. `key`: its secret, which is not stored and cannot be shown again."""

    key: str


class KeysOut(BaseModel):
    """API keys, by name."""

    keys: list[KeyOut]


@router.get("")
def list_keys(context: ContextDependency) -> KeysOut:
    """List the API keys, without their secrets."""
    return KeysOut(keys=[KeyOut.of(key) for key in context.store.keys.list_keys()])


@router.post(
    "",
    status_code=201,
    responses={409: describe_error("There is a key of this name already, or too many."), 422: describe_error("Invalid request.")},
)
def add_key(context: ContextDependency, body: Annotated[KeyIn, Body()], response: Response) -> NewKeyOut:
    """Make an API key. Its secret, `key`, is shown in this answer alone."""
    secret = make_secret()
    key = context.store.keys.add_key(body.name, body.scope, digest_secret(secret))
    response.headers["Cache-Control"] = "no-store"
    return NewKeyOut(**KeyOut.of(key).model_dump(), key=secret)


@router.delete(
    "/{name}",
    status_code=204,
    response_class=Response,
    responses={404: describe_error("There is no such key."), 422: describe_error("Invalid request.")},
)
def revoke_key(context: ContextDependency, name: Annotated[str, InPath(max_length=MAX_NAME_CHARS)]) -> None:
    """Revoke an API key: the next request with it is refused."""
    context.store.keys.revoke_key(name)
