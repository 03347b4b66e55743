"""Calls to the store actor: concurrency groups, retries, errors."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from pipeline.errors import StoreError
from pipeline.store.monitoring.events import Events
from pipeline.store.store import Store
from pipeline.store.task_leases import Leases
from pipeline.store.tasks import Tasks
from serve.metrics.process_metrics import time_store_call
from serve.store.store_actor import COPIES, LEASES, WAITS

P = ParamSpec("P")
R = TypeVar("R")

GROUP_OF: dict[Callable[..., Any], str] = {
    Leases.claim_next_task: LEASES,
    Leases.renew_lease: LEASES,
    Leases.release: LEASES,
    Leases.record_progress: LEASES,
    Leases.finish: LEASES,
    Leases.fail: LEASES,
    Leases.skip: LEASES,
    Leases.list_owners: LEASES,
    Tasks.count_by_status: LEASES,
    Store.backup: COPIES,
    Store.daily_backup: COPIES,
    Store.snapshot: COPIES,
    Events.wait_for_events: WAITS,
}


def call_options(method: Callable[..., Any]) -> dict[str, Any]:
    """Options of a Ray call: its concurrency group; no retries of copies, which may fail for want of memory or disk
    space, nor of long polls."""
    group = GROUP_OF.get(method)
    if group is None:
        return {}
    return {"concurrency_group": group} | ({"max_task_retries": 0} if group in {COPIES, WAITS} else {})


class RemotePart:
    """Part of the store, called in the store actor."""

    def __init__(self, actor: Any, part: str) -> None:
        self._actor, self._part = actor, part

    def _ask(self, method: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call a method of this part in the actor. Its errors arrive as it raised them; StoreError where the actor died."""
        import ray

        options = call_options(method)
        timed = nullcontext() if options.get("concurrency_group") == WAITS else time_store_call(self._part)
        try:
            with timed:
                return cast(R, ray.get(self._actor.ask.options(**options).remote(self._part, method.__name__, args, kwargs)))
        except ray.exceptions.RayTaskError as error:
            raise (error.cause or error) from None
        except ray.exceptions.RayActorError as error:
            raise StoreError("the store's process died during this call and is restarting; try again") from error
