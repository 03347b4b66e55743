"""Errors of a request that are the client's to mend: bad request, payload too large, no disk space, too many requests, a lock, an expired upload."""

from collections.abc import Mapping

from pipeline.errors import UsersFault


class BadRequest(UsersFault):
    """Bad request: it cannot be understood."""


class TooLarge(UsersFault):
    """Payload too large: the body, or a part of it, is over its limit."""


class NoRoom(UsersFault):
    """Insufficient storage: the disk has no room for the film."""


class Busy(UsersFault):
    """Too many requests: the concurrency limit is reached (back-pressure)."""


class Locked(UsersFault):
    """Locked: another request works on the same upload."""


class Gone(UsersFault):
    """Gone: the upload has expired."""


class FieldsRefused(UsersFault):
    """Values cannot be used, and none was. `problems`: a sentence for each, by its field or its place."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.args = (problems,)
        self.problems = problems
