"""Delivery of task callbacks: one POST when a task ends, tried again a few times, beside the worker's loop.

A callback that fails at last is told in the log and as a note on the task; it never fails the task.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from pipeline.errors import DubarrError, NotPossible
from pipeline.values.tasks import Task
from serve.connections.callback_url import CallbackTarget, resolve_callback
from serve.worker.notify import build_completion_body, sign_body

log = logging.getLogger(__name__)

DELAYS_S = (2.0, 15.0, 60.0)  # before the second, third and fourth attempt
TIMEOUT_S = 10.0  # of connecting, and of each read


def start_delivery(task: Task, record_failure: Callable[[int, str], None], secret: str | None) -> None:
    """Start the delivery of a task's callback, if it has one, in a thread of its own. `record_failure`: takes the task's id, a sentence."""
    if task.callback:
        arguments = task, partial(record_failure, task.id), secret
        threading.Thread(target=deliver_callback, args=arguments, name=f"callback-{task.id}", daemon=True).start()


def deliver_callback(
    task: Task, record_failure: Callable[[str], None], secret: str | None = None, *, delays: Sequence[float] = DELAYS_S
) -> None:
    """Deliver the callback of a task that has ended. `record_failure` gets a sentence where the last attempt failed."""
    body = json.dumps(build_completion_body(task)).encode()
    for attempt, pause in enumerate((*delays, None), 1):
        try:
            target = resolve_callback(task.callback)
            _post(target, body, secret)
        except (NotPossible, ValueError) as error:
            log.warning("task=%d callback failed in attempt %d: %s", task.id, attempt, error)
            if pause is None:
                _record(task, record_failure, f"The callback could not be delivered in {attempt} attempts: {error}")
                return
            time.sleep(pause)
        else:
            log.info("task=%d callback delivered to %s", task.id, target.name)
            return


def _post(target: CallbackTarget, body: bytes, secret: str | None) -> None:
    """POST to the resolved address: no redirect is followed, no proxy asked, no answer read. NotPossible."""
    import httpx  # imported late: most workers send none

    headers = {"Host": target.host, "Content-Type": "application/json", **sign_body(body, secret)}
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("POST", target.url, content=body, headers=headers, extensions={"sni_hostname": target.name}) as answer,
        ):
            if not answer.is_success:
                raise NotPossible(f"{target.name} answers with status {answer.status_code}")
    except httpx.HTTPError as error:
        raise NotPossible(f"{target.name} cannot be reached ({error})") from error


def _record(task: Task, record_failure: Callable[[str], None], sentence: str) -> None:
    log.error("task=%d %s", task.id, sentence)
    try:
        record_failure(sentence)
    except DubarrError as error:
        log.error("task=%d the failed callback is not noted: %s", task.id, error)
