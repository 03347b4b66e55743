"""What the routes work with: given once to `create_app`, asked for by each handler."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from pipeline.settings import Settings
from pipeline.store import Store
from pipeline.values.service_status import System
from pipeline.values.tasks import Health
from serve.http.security import Credentials
from serve.intake.admission import Door
from serve.store_actor import RemoteStore


@dataclass(frozen=True, slots=True)
class Context:
    """The settings, who may ask, the store (here or with the keeper), and how to learn of worker and engines, in short and in full."""

    settings: Settings
    credentials: Credentials
    store: Store | RemoteStore
    health: Callable[[], Health]
    system: Callable[[], System]


def _context(request: Request) -> Context:
    return cast(Context, request.app.state.context)


def _door(request: Request) -> Door:
    return cast(Door, request.app.state.door)


Asking = Annotated[Context, Depends(_context)]
AtTheDoor = Annotated[Door, Depends(_door)]
