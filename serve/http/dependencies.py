"""Dependency injection for the routes: the context given to `create_app`, and admission."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request

from pipeline.settings import Settings
from pipeline.store.database.commit_counter import CommitReader
from pipeline.store.store import Store
from pipeline.values.service_status import SystemStatus
from pipeline.values.tasks import Health
from serve.auth.authenticator import Authenticator
from serve.auth.credentials import Credentials
from serve.configuration.live_settings import LiveSettings
from serve.editing.editing_engines import EditingEngines
from serve.http.media.request_encoder import RequestEncoder
from serve.http.media.streaming import StreamSlots
from serve.intake.admission import Admission
from serve.media.encoder import Encoder
from serve.media.local_encoder import LocalEncoder
from serve.runtime.redeploy_process import RedeployProcess
from serve.store.remote_store import RemoteStore


class SystemMeter(Protocol):
    """System status: all of it, or resources alone, which takes no query of the store."""

    def __call__(self) -> SystemStatus: ...
    def measure_resources(self) -> SystemStatus: ...


@dataclass(frozen=True, slots=True)
class Context:
    """Dependencies of the routes: settings, credentials, the store (local or remote), health check, system status, redeployment.

    `editing`: the engines for lines while they are edited; None where none is connected. `streams`: limit and encoder of streams.
    `encoder`: of audio for viewers.
    """

    live: LiveSettings
    credentials: Credentials
    store: Store | RemoteStore
    health: Callable[[], Health]
    system: SystemMeter
    redeploy: RedeployProcess
    editing: EditingEngines | None = None
    streams: StreamSlots = field(default_factory=StreamSlots)
    encoder: Encoder = field(default_factory=LocalEncoder)

    @property
    def settings(self) -> Settings:
        """The settings now."""
        return self.live()


def build_authenticator(context: Context) -> Authenticator:
    """Build the authenticator of this process."""
    store = context.store
    return Authenticator(context.credentials, store.keys, store.sessions, CommitReader(context.settings.database).read_count)


def get_context(request: Request) -> Context:
    """Dependency: the context of the application."""
    return cast(Context, request.app.state.context)


def get_admission(request: Request) -> Admission:
    """Dependency: admission to the queue, by the settings now."""
    return replace(cast(Admission, request.app.state.admission), settings=get_context(request).settings)


ContextDependency = Annotated[Context, Depends(get_context)]


async def get_encoder(request: Request, context: ContextDependency) -> RequestEncoder:
    """Dependency: the media encoder for a request."""
    return RequestEncoder(context.encoder, asyncio.get_running_loop(), request.receive)


EncoderDependency = Annotated[RequestEncoder, Depends(get_encoder)]
AdmissionDependency = Annotated[Admission, Depends(get_admission)]
