"""Errors of the HTTP client: error responses and an unreachable service as exceptions. Light imports."""

import json
from typing import TYPE_CHECKING

from pipeline.errors import DubarrError, FilmRefused, NotFound, NotPossible, UsersFault

if TYPE_CHECKING:
    import httpx


class ServiceUnavailable(DubarrError):
    """Service unavailable: nothing answers at the address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no service answers at {url} ({reason}); start it with ./dubarr serve, or check the address")
        self.args = (url, reason)


class WrongPassword(DubarrError):
    """Authentication failed: wrong user or password."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} refused this user and password; they are its API_USER and API_PASS, or in DATA_DIR/credentials")
        self.args = (url,)


class Refused(UsersFault):
    """Error response without an error class of its own: the service's message, and the status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.args = (status, sentence)


def raise_for_status(answer: "httpx.Response") -> None:
    """Raise the error of an error response (status 400 or more)."""
    if answer.status_code >= 400:
        answer.read()
        raise make_error(str(answer.url.copy_with(raw_path=b"/")).rstrip("/"), answer.status_code, answer.content)


def make_error(url: str, status: int, content: bytes) -> DubarrError:
    """Make the error of an error response, with the service's message."""
    try:
        sentence = str(json.loads(content)["detail"])
    except (ValueError, KeyError, TypeError):  # the proxy's response, while the service restarts
        return ServiceUnavailable(url, f"answered {status} without a reason")
    if status == 401:
        return WrongPassword(url)
    kinds = {403: FilmRefused, 404: NotFound, 409: NotPossible}
    return kinds[status](sentence) if status in kinds else Refused(status, sentence)
