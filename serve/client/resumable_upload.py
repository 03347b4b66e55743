"""Resumable upload of one file (tus 1.0) in parts, each sent again with exponential backoff where the connection breaks.

Light imports.
"""

import base64
import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipeline.errors import NotFound, NotPossible
from serve.client.client_errors import ServiceUnavailable, raise_for_status
from serve.client.partial_download import BLOCK_BYTES, Progress

if TYPE_CHECKING:
    import httpx

PATH = "/api/uploads"
VERSION = {"Tus-Resumable": "1.0.0"}
PART_TYPE = "application/offset+octet-stream"
PART_BYTES = 16 << 20  # of one request: as many as the service takes
RETRIED_STATUSES = frozenset({400, 408, 423, 429, 460, 500, 502, 503, 504})  # 400: the part broke off
GONE_STATUSES = frozenset({404, 410})
FIRST_DELAY_S, MAX_DELAY_S = 0.5, 15.0
RETRY_LIMIT_S = 300.0  # without a byte that arrives; a service that restarts is back within a minute

Request = Callable[..., "httpx.Response"]  # method, address, headers and content; ServiceUnavailable where nothing answers


def encode_metadata(fields: Mapping[str, str]) -> str:
    """Encode the header Upload-Metadata."""
    return ",".join(f"{name} {base64.b64encode(value.encode('utf-8', 'replace')).decode()}" for name, value in fields.items())


class _Retries:
    """Exponential backoff, with a limit on the time in which nothing arrives."""

    def __init__(self) -> None:
        self._deadline, self._delay = time.monotonic() + RETRY_LIMIT_S, FIRST_DELAY_S

    def wait(self) -> bool:
        """Wait before the next try; False where the time is over."""
        if time.monotonic() > self._deadline:
            return False
        time.sleep(self._delay * random.uniform(0.5, 1.0))  # noqa: S311 -- spreads retries, no secret
        self._delay = min(2 * self._delay, MAX_DELAY_S)
        return True


class ResumableUpload:
    """One upload at its address on the service."""

    def __init__(self, request: Request, address: str) -> None:
        self._request, self.address = request, address

    @classmethod
    def create(cls, request: Request, length: int, fields: Mapping[str, str], content: bytes = b"") -> "ResumableUpload":
        """Create an upload, of a small file with all its content. Raises the error of a refusal."""
        headers = VERSION | {"Upload-Length": str(length), "Upload-Metadata": encode_metadata(fields)}
        answer = request("POST", PATH, headers=headers | ({"Content-Type": PART_TYPE} if content else {}), content=content)
        raise_for_status(answer)
        return cls(request, answer.headers["location"])

    @property
    def id(self) -> str:
        """Its id, by which sidecars name it."""
        return self.address.rpartition("/")[2]

    def is_known(self) -> bool:
        """True where the service still has it."""
        return self._ask().status_code not in GONE_STATUSES

    def cancel(self) -> None:
        """Remove it from the service."""
        self._request("DELETE", self.address, headers=VERSION)

    def send(self, path: Path, progress: Progress) -> int:
        """Send what is missing of a film. Returns its task.

        ServiceUnavailable where nothing arrives for `RETRY_LIMIT_S`; NotFound where the service no longer has it; NotPossible where
        the file changes meanwhile; else the error of a refusal.
        """
        with path.open("rb") as file:
            version = _find_version(file)
            answer, best, retries = self._try(file, None, progress), -1, _Retries()
            while True:
                if answer is not None and "dubarr-task" in answer.headers:
                    return int(answer.headers["dubarr-task"])
                offset = int(answer.headers["upload-offset"]) if answer is not None else None
                if offset is not None and offset > best:
                    best, retries = offset, _Retries()
                elif not retries.wait():
                    raise ServiceUnavailable(self.address, "the upload gets no further; send the film again to resume it")
                if _find_version(file) != version:
                    self.cancel()
                    raise NotPossible(f"{path.name} was changed while it was uploaded; send it when it is complete")
                answer = self._try(file, offset, progress)

    def _try(self, file: BinaryIO, offset: int | None, progress: Progress) -> "httpx.Response | None":
        """Send the part at an offset, or ask for the offset where it is None. Returns the answer that tells it; None: to be tried again."""
        try:
            answer = self._ask() if offset is None else self._send_part(file, offset, progress)
        except ServiceUnavailable:
            return None
        if "upload-offset" in answer.headers:
            return answer
        if answer.status_code in GONE_STATUSES:
            raise NotFound(
                "the service no longer has this upload: it was cancelled or refused, or has expired; send the film again"
            )
        if answer.status_code not in RETRIED_STATUSES:
            raise_for_status(answer)
        return None

    def _ask(self) -> "httpx.Response":
        return self._request("HEAD", self.address, headers=VERSION)

    def _send_part(self, file: BinaryIO, offset: int, progress: Progress) -> "httpx.Response":
        total = os.fstat(file.fileno()).st_size
        end = min(offset + PART_BYTES, total)
        headers = {"Upload-Offset": str(offset), "Content-Type": PART_TYPE, "Content-Length": str(end - offset)}

        def stream() -> Iterator[bytes]:
            file.seek(offset)
            for start in range(offset, end, BLOCK_BYTES):
                yield file.read(min(BLOCK_BYTES, end - start))
                progress(min(start + BLOCK_BYTES, end), total)

        return self._request("PATCH", self.address, headers=VERSION | headers, content=stream())


def _find_version(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns
