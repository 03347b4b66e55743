"""A handle dressed as an engine. The pipeline cannot tell it from the engine itself.

Serve does not retry a call whose replica died: it is done here. The fan-out is bounded by `concurrency`, which the
pipeline keeps to: 600 calls in flight take eight times as long as 600 calls held to the replicas' number.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, cast

from ray import exceptions
from ray.serve.handle import DeploymentHandle

from pipeline.engines.protocols import Diarizer, Engines, Role, Separator, Synthesizer, Transcriber, Translator
from pipeline.errors import EngineError
from serve.profile import EngineProfile, Profile

log = logging.getLogger(__name__)

TRIES = 4  # a replica that died is back in about 4 s
PAUSE = 2.0  # s between them
CALL_LIMIT = 1_800.0  # s; hours of film are diarized in one call
READY_LIMIT = 300.0  # s an engine may take to load


class RemoteEngine:
    """The engine of one role, over there. Attributes are the engine's own; methods are calls."""

    def __init__(self, name: str, handle: DeploymentHandle, profile: EngineProfile, *, pause: float = PAUSE) -> None:
        self._name, self._handle, self._pause = name, handle, pause
        self._attributes = self._ask("describe", limit=READY_LIMIT).attributes | {"concurrency": profile.replicas * profile.calls}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._attributes:
            return self._attributes[name]
        return self._method(name)

    def _method(self, method: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._ask("call", method, args, kwargs, limit=CALL_LIMIT)

    def _ask(self, method: str, *args: object, limit: float) -> Any:
        for attempt in range(1, TRIES + 1):
            try:
                return getattr(self._handle, method).remote(*args).result(timeout_s=limit)
            except exceptions.RayTaskError as error:
                raise (error.cause or error) from None  # the engine's own error, as the engine raised it
            except exceptions.RayActorError as error:
                log.warning(
                    "engine=%s lost its replica in a call (try %d of %d): %s", self._name, attempt, TRIES, type(error).__name__
                )
                time.sleep(self._pause)
            except TimeoutError as error:
                raise EngineError(self._name, f"no answer within {limit:g} s; see its log") from error
        raise EngineError(self._name, f"its replica died {TRIES} times in the same call; see its log")


def dress(profile: Profile, handles: dict[Role, DeploymentHandle]) -> Engines:
    """The engines of a dub, behind their handles."""
    roles = profile.roles()
    remote = {role: RemoteEngine(roles[role].engine, handle, roles[role]) for role, handle in handles.items()}
    return Engines(
        transcriber=cast(Transcriber, remote["transcriber"]),
        diarizer=cast(Diarizer, remote["diarizer"]),
        translator=cast(Translator, remote["translator"]),
        synthesizer=cast(Synthesizer, remote["synthesizer"]),
        separator=cast(Separator, remote["separator"]) if "separator" in remote else None,
    )
