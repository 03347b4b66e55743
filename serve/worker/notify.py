"""Completion messages: the POST of a task's end to its callback, and to COMPLETION_URL. NotPossible where one fails."""

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

from pipeline.errors import NotPossible
from pipeline.outputs.sidecar_dubs import list_outputs
from pipeline.settings import Settings
from pipeline.values.monitoring.outbox import OutboxMessage, TaskEnd
from serve.connections.callback_url import resolve_callback

TIMEOUT_S = 10.0  # of connecting, and of each read
TOTAL_TIMEOUT_S = 30.0  # of a whole exchange, however slowly its answer drips
DELIVERY_HEADER = "Dubarr-Delivery"


def build_completion_body(end: TaskEnd) -> dict[str, Any]:
    """Build the JSON that tells a task's end: to COMPLETION_URL, and to the task's own callback."""
    return {
        "id": end.id,
        "path": str(end.path),
        "status": str(end.status),
        "target_langs": list(end.target_langs),
        "output": str(end.output) if end.output else None,
        "outputs": [str(path) for path in list_outputs(end)],
        "error": end.error,
        "preview": str(end.preview) if end.preview_only else None,
    }


def sign_body(body: bytes, secret: str | None, at: int | None = None) -> dict[str, str]:
    """Sign a body by HMAC-SHA256 over `timestamp.body`: the headers to send with it, none without a secret. `at`: Unix time; now."""
    if not secret:
        return {}
    timestamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Dubarr-Timestamp": timestamp, "Dubarr-Signature": f"sha256={digest}"}


def send_callback(message: OutboxMessage, secret: str | None) -> str:
    """POST to the callback's address as it is resolved now, by no proxy. Returns the name of its host."""
    try:
        target = resolve_callback(message.end.callback)
    except ValueError as error:
        raise NotPossible(f"its URL {error}") from error
    headers = build_headers(message, body := _encode(message), secret) | {"Host": target.host}
    try:
        asyncio.run(_post(str(target.url), body, headers, sni=target.name, trust_env=False))
    except NotPossible as error:
        raise NotPossible(f"{target.name} {error}") from error
    return target.name


def send_completion(message: OutboxMessage, settings: Settings) -> None:
    """POST to COMPLETION_URL, which may need the environment's proxy; nothing where it is unset by now."""
    if settings.completion_url:
        headers = build_headers(message, body := _encode(message), settings.callback_secret)
        asyncio.run(_post(settings.completion_url, body, headers, sni=None, trust_env=True))


def build_headers(message: OutboxMessage, body: bytes, secret: str | None) -> dict[str, str]:
    """Headers of a completion message: its delivery ID is that of every attempt."""
    return {"Content-Type": "application/json", DELIVERY_HEADER: message.id, **sign_body(body, secret)}


def _encode(message: OutboxMessage) -> bytes:
    return json.dumps(build_completion_body(message.end)).encode()


async def _post(url: str, body: bytes, headers: dict[str, str], *, sni: str | None, trust_env: bool) -> None:
    """POST a body. No redirect is followed, no answer is read. `sni`: the host's name for TLS, where the URL holds its address."""
    import httpx  # imported late: most workers send none

    extensions = {"sni_hostname": sni} if sni else {}
    try:
        async with (
            asyncio.timeout(TOTAL_TIMEOUT_S),
            httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, trust_env=trust_env) as client,
            client.stream("POST", url, content=body, headers=headers, extensions=extensions) as answer,
        ):
            if not answer.is_success:
                raise NotPossible(f"answers with status {answer.status_code}")
    except TimeoutError as error:
        raise NotPossible(f"did not answer within {TOTAL_TIMEOUT_S:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NotPossible(f"cannot be reached ({error})") from error
