"""A handle dressed as an engine. The pipeline cannot tell it from the engine itself.

Serve does not retry a call whose replica died: it is done here. The fan-out is bounded by `concurrency`, which the
pipeline keeps to: 600 calls in flight take eight times as long as 600 calls held to the replicas' number.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from types import MappingProxyType
from typing import Any, cast

from ray import exceptions
from ray.serve.exceptions import DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle

from pipeline.engines import registry
from pipeline.engines.protocols import Diarizer, Engines, Role, Separator, Synthesizer, Transcriber, Translator
from pipeline.errors import EngineError, EngineLost
from serve.engines.inflight_calls import Traffic
from serve.profile import DEPLOYMENTS, EngineProfile, Profile

log = logging.getLogger(__name__)

TRIES = 3  # a call that ends every replica is the film's fault; one that died is back in about 4 s
PAUSE = 3.0  # s between them
CANCELLED = (exceptions.TaskCancelledError, CancelledError)  # after the call found its replica, and before
ASKED_ONCE = frozenset({"voices"})  # what is always answered alike need not wait in line behind other films' lines
PROMISES = ("clones", "rephrases", "across_speakers")  # attributes that no option changes
OPTIONAL: Mapping[Role, tuple[str, ...]] = {"synthesizer": ("seconds",)}  # methods that an engine of one's own may lack
READY_LIMIT = 300.0  # s an engine may take to load
# The replica itself ends what hangs, after the profile's limit from the call's beginning; ours counts the waiting in line too.
IN_LINE = 4.0  # times the limit


class RemoteEngine:
    """The engine of one role, over there. Attributes are the engine's own; methods are calls.

    Its description is asked for when it is first needed, and what its class promises is known without: an engine that is
    scaled to zero stays so until a film needs its work.
    """

    def __init__(
        self,
        name: str,
        handle: DeploymentHandle,
        profile: EngineProfile,
        *,
        promised: Mapping[str, Any] = MappingProxyType({}),
        pause: float = PAUSE,
        deployment: str = "",
        traffic: Traffic | None = None,
    ) -> None:
        """`promised`: attributes that are the same whatever the engine is built with. `traffic` counts and may end the calls."""
        self._name, self._handle, self._pause = name, handle, pause
        self._deployment, self._traffic = deployment or name, traffic or Traffic()
        self._limit = profile.limit * IN_LINE
        self._promised = {"concurrency": profile.most * profile.calls, **promised}
        self._known: dict[str, Any] | None = None
        self._answers: dict[tuple[object, ...], Any] = {}
        self._asking = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._promised:
            return self._promised[name]
        attributes = self._attributes()
        return attributes[name] if name in attributes else self._method(name)

    def _attributes(self) -> dict[str, Any]:
        with self._asking:
            if self._known is not None:
                return self._known
            attributes: dict[str, Any] = self._ask("describe", limit=READY_LIMIT).attributes
            if not attributes.get("is_provisional"):  # a list whose first server is away for the moment
                self._known = attributes
            return attributes

    def _method(self, method: str) -> Callable[..., Any]:
        def call(*args: object, **kwargs: object) -> Any:
            if method in ASKED_ONCE:
                question = (method, *args, *sorted(kwargs.items()))
                if question not in self._answers:
                    self._answers[question] = asked(*args, **kwargs)
                return self._answers[question]
            return asked(*args, **kwargs)

        def asked(*args: object, **kwargs: object) -> Any:
            with self._traffic.call(self._deployment):
                return self._ask("call", method, args, kwargs, limit=self._limit)

        return call

    def _ask(self, method: str, *args: object, limit: float) -> Any:
        for attempt in range(1, TRIES + 1):
            response = getattr(self._handle, method).remote(*args)
            try:
                with self._traffic.awaited(response):
                    return response.result(timeout_s=limit)
            except CANCELLED as error:
                raise EngineError(self._name, "the call was cancelled") from error
            except exceptions.RayTaskError as error:
                if not isinstance(error.cause, EngineLost) or attempt == TRIES:
                    raise (error.cause or error) from None  # the engine's own error, as the engine raised it
                trouble = str(error.cause)
            except exceptions.RayActorError as error:
                trouble = type(error).__name__
            except DeploymentUnavailableError as error:
                raise EngineError(self._name, "it could not be started; see the service's log, then retry") from error
            except TimeoutError as error:
                response.cancel()
                raise EngineError(self._name, f"no answer within {limit:g} s; see its log") from error
            if attempt < TRIES:
                log.warning("engine=%s lost its replica in a call (try %d of %d): %s", self._name, attempt, TRIES, trouble)
                time.sleep(self._pause)
        raise EngineError(self._name, f"its replica died {TRIES} times in the same call; see its log")


def promises(role: Role, engine: str) -> dict[str, Any]:
    """What an engine's class says of all its instances."""
    classes = [registry.engine_class(role, name) for name in registry.split_list(engine)]
    lacking = {name: None for name in OPTIONAL.get(role, ()) if not any(hasattr(found, name) for found in classes)}
    return {name: told for name in PROMISES if (told := registry.promised(role, engine, name)) is not None} | lacking


def dress(profile: Profile, handles: dict[Role, DeploymentHandle], traffic: Traffic | None = None) -> Engines:
    """The engines of a dub, behind their handles. `traffic` counts the calls."""
    roles, traffic = profile.roles(), traffic or Traffic()
    remote = {
        role: RemoteEngine(
            roles[role].engine,
            handle,
            roles[role],
            promised=promises(role, roles[role].engine),
            deployment=DEPLOYMENTS[role],
            traffic=traffic,
        )
        for role, handle in handles.items()
    }
    return Engines(
        transcriber=cast(Transcriber, remote["transcriber"]),
        diarizer=cast(Diarizer, remote["diarizer"]),
        translator=cast(Translator, remote["translator"]),
        synthesizer=cast(Synthesizer, remote["synthesizer"]),
        separator=cast(Separator, remote["separator"]) if "separator" in remote else None,
    )
