"""How a client words that a service said no, or said nothing. Light: it stands beside the client."""

import json
from typing import TYPE_CHECKING

from pipeline.errors import DubarrError, FilmRefused, NotFound, NotPossible, UsersFault

if TYPE_CHECKING:
    import httpx


class ServiceUnavailable(DubarrError):
    """Nobody answers at the address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no service answers at {url} ({reason}); start it with ./dubarr serve, or check the address")
        self.args = (url, reason)


class WrongPassword(DubarrError):
    """The service does not know this user with this password."""

    def __init__(self, url: str) -> None:
        super().__init__(
            f"{url} does not take this user and password; they are its API_USER and API_PASS, or in DATA_DIR/credentials"
        )
        self.args = (url,)


class Refused(UsersFault):
    """The service answered with an error that has no class of its own: its sentence, and the status."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.args = (status, sentence)


def check(answer: "httpx.Response") -> None:
    """Raise the error behind an answer, where it is one."""
    if answer.status_code >= 400:
        answer.read()
        raise error_of(str(answer.url.copy_with(raw_path=b"/")).rstrip("/"), answer.status_code, answer.content)


def error_of(url: str, status: int, content: bytes) -> DubarrError:
    """The error behind an answer, in the service's own words."""
    try:
        sentence = str(json.loads(content)["detail"])
    except (ValueError, KeyError, TypeError):  # the proxy's answer, while what is behind it starts again
        return ServiceUnavailable(url, f"answered {status} without a reason")
    if status == 401:
        return WrongPassword(url)
    kinds = {403: FilmRefused, 404: NotFound, 409: NotPossible}
    return kinds[status](sentence) if status in kinds else Refused(status, sentence)
