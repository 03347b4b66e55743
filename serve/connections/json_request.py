"""HTTP requests to applications on the local network: with limits of time and size, and never redirected with a key."""

import json
import time
from collections.abc import Mapping
from typing import Any

from pipeline.errors import NotPossible

CONNECT_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 10.0  # of a whole answer, however slowly it drips
MAX_ANSWER_BYTES = 4 << 20


def request_json(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Any = None,
    max_bytes: int = MAX_ANSWER_BYTES,
    timeout_s: float = TOTAL_TIMEOUT_S,
) -> Any:
    """Send a request and return its JSON; None for an answer that is none. NotPossible, with the reason and the way out.

    `timeout_s`: of the whole answer; a list of a large library takes an application some seconds.
    """
    import httpx  # imported late: most processes call no other application

    try:
        with (
            httpx.Client(
                timeout=httpx.Timeout(max(CONNECT_TIMEOUT_S, timeout_s / 2), connect=CONNECT_TIMEOUT_S),
                follow_redirects=False,
                trust_env=False,
            ) as client,
            client.stream(method, url, headers={"Accept": "application/json", **headers}, json=body) as answer,
        ):
            _require_success(answer.status_code, answer.headers.get("location", ""))
            content = _read_bounded(answer.iter_bytes(), max_bytes, timeout_s)
    except httpx.InvalidURL as error:
        raise NotPossible(f"{url} is no address ({error}); give one such as http://host:8989") from error
    except httpx.TimeoutException as error:
        raise NotPossible(f"nothing answered within {CONNECT_TIMEOUT_S:g} s; check host and port") from error
    except httpx.HTTPError as error:
        raise NotPossible(f"it cannot be reached ({error}); check host and port, and that it runs") from error
    try:
        return json.loads(content)
    except ValueError:
        return None


def _require_success(status: int, location: str) -> None:
    if status in {401, 403}:
        raise NotPossible(f"it refuses the key ({status}); copy the key from its settings")
    if 300 <= status < 400:
        raise NotPossible(f"it redirects to {location[:200]!r}; the key is not sent there: give that address")
    if status == 404:
        raise NotPossible("it answers, but not at this path (404); add its URL base, such as /sonarr, or check the port")
    if status >= 400:
        raise NotPossible(f"it answers with an error ({status}); see its log")


def _read_bounded(chunks: Any, max_bytes: int, timeout_s: float) -> bytes:
    until, content = time.monotonic() + timeout_s, bytearray()
    for chunk in chunks:
        content += chunk
        if len(content) > max_bytes:
            raise NotPossible(f"its answer is longer than {max_bytes >> 20} MiB; check host and port")
        if time.monotonic() > until:
            raise NotPossible(f"its answer took longer than {timeout_s:g} s; check host and port")
    return bytes(content)
