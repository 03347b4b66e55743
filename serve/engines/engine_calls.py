"""Calls to the replicas of one engine: retries, time limit, back-pressure, counting of calls in flight.

Serve does not retry a call whose replica died: it is done here. The fan-out is bounded by `concurrency`, which the
pipeline keeps to: 600 calls in flight take eight times as long as 600 calls held to the replicas' number.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar, cast

from ray import exceptions
from ray.serve.exceptions import DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle

from pipeline.engines.registry.descriptions import EngineDescription
from pipeline.errors import EngineError, EngineLost
from pipeline.processes.compute_usage import wait_for_other_process
from serve.engines.inflight_calls import InflightCalls
from serve.metrics.process_metrics import time_engine_call
from serve.profile import EngineProfile

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3  # a call that ends every replica is the film's fault; one that died is back in about 4 s
RETRY_PAUSE_S = 3.0
DESCRIPTION_LIMIT_S = 300.0  # an engine may load meanwhile
# The replica itself ends what hangs, after the profile's limit from the call's beginning; ours counts the waiting in line too.
LIMIT_FACTOR = 4.0
CANCELLATION_ERRORS = (exceptions.TaskCancelledError, CancelledError)  # after the call found its replica, and before

P = ParamSpec("P")
R = TypeVar("R")
D = TypeVar("D", bound=EngineDescription)


class EngineCalls(Generic[D]):
    """Calls to one engine's deployment (`serve.engines.deployments.EngineShell`) by its handle. Threads share it.

    `concurrency`: calls that all of its replicas together answer at once.
    """

    def __init__(
        self,
        name: str,
        handle: DeploymentHandle,
        profile: EngineProfile,
        *,
        deployment: str = "",
        inflight: InflightCalls | None = None,
        retry_pause_s: float = RETRY_PAUSE_S,
        limit_s: float | None = None,
        member: str = "",
    ) -> None:
        """`name`: the engine's, for errors. `inflight` counts the calls by `deployment` and may end them. `member`: of a list, the
        engine that answers; "": as the list decides.

        `limit_s`: of a call, the waiting in line included; None: by the profile. A call with a limit is made once.
        """
        self._name, self._handle, self._retry_pause_s = name, handle, retry_pause_s
        self._deployment, self._inflight = deployment or name, inflight or InflightCalls()
        self._limit_s = profile.limit * LIMIT_FACTOR if limit_s is None else limit_s
        self._member = (member,) if member else ()
        self._max_attempts = MAX_ATTEMPTS if limit_s is None else 1
        self.concurrency = profile.most * profile.calls
        self._description: D | None = None
        self.was_provisional = False  # by the description that was fetched last
        self._describing = threading.Lock()

    def call(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a protocol's method, such as `Translator.translate`, on the engine. Its own errors arrive as it raised them.

        EngineError where its replicas died in every attempt, could not be started, or gave no answer within the limit.
        """
        counted = self._inflight.count(self._deployment)
        with counted, time_engine_call(self._deployment), wait_for_other_process() as add_usage:
            measured = self._call_with_retries(
                self._handle.call, method.__name__, args, kwargs, *self._member, limit_s=self._limit_s
            )
            add_usage(measured.usage)
            return cast(R, measured.value)

    def describe(self) -> D:
        """The engine's properties, fetched once, when they are first needed: an engine scaled to zero stays so until then."""
        with self._describing:
            if self._description is not None:
                return self._description
            description: D = self._call_with_retries(self._handle.describe, *self._member, limit_s=DESCRIPTION_LIMIT_S)
            self.was_provisional = description.is_provisional
            if not description.is_provisional:  # that of a server that is away for the moment is fetched again
                self._description = description
            return description

    def _call_with_retries(self, remote_method: Any, *args: object, limit_s: float) -> Any:
        """Call a method of the deployment, again where its replica died."""
        for attempt in range(1, self._max_attempts + 1):
            response = remote_method.remote(*args)
            try:
                with self._inflight.track_response(response):
                    return response.result(timeout_s=limit_s)
            except CANCELLATION_ERRORS as error:
                raise EngineError(self._name, "the call was cancelled") from error
            except exceptions.RayTaskError as error:
                if not isinstance(error.cause, EngineLost) or attempt == self._max_attempts:
                    raise (error.cause or error) from None  # the engine's own error, as the engine raised it
                trouble = str(error.cause)
            except exceptions.RayActorError as error:
                trouble = type(error).__name__
            except DeploymentUnavailableError as error:
                raise EngineError(self._name, "it could not be started; see the service's log, then retry") from error
            except TimeoutError as error:
                response.cancel()
                raise EngineError(self._name, f"no answer within {limit_s:g} s; see its log") from error
            if attempt < self._max_attempts:
                log.warning(
                    "engine=%s lost its replica in a call (try %d of %d): %s", self._name, attempt, self._max_attempts, trouble
                )
                time.sleep(self._retry_pause_s)
        raise EngineError(self._name, f"its replica died {self._max_attempts} times in the same call; see its log")


class RemoteEngine(Generic[D]):
    """Properties of an engine in any role over its deployment, from its description."""

    def __init__(self, calls: EngineCalls[D]) -> None:
        self._calls = calls

    @property
    def fingerprint(self) -> str:
        return self._calls.describe().fingerprint

    @property
    def fingerprints(self) -> dict[str, str] | None:
        return self._calls.describe().fingerprints

    @property
    def is_provisional(self) -> bool:
        """True if a server was away when its model was last asked for. Asks for nothing itself."""
        return self._calls.was_provisional

    @property
    def concurrency(self) -> int:
        return self._calls.concurrency
