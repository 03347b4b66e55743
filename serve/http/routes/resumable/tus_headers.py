"""Headers of tus 1.0: version, metadata, checksum; and the middleware that names the version in every answer."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from serve.auth.asgi_types import App, Message, Receive, Scope, Send
from serve.http.openapi import UPLOAD_FIELDS
from serve.intake.resumable.partial_upload import MAX_UPLOAD_BYTES
from serve.request_errors import BadRequest, TooLarge

if TYPE_CHECKING:
    from hashlib import _Hash

PREFIX = "/api/uploads"
VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256")  # the standard asks for sha1
PART_TYPE = "application/offset+octet-stream"
MAX_PART_BYTES = 16 << 20  # of one PATCH: what any process may hold of it, and what a reverse proxy has to let through
MAX_METADATA_BYTES = 8 << 10  # of the header; HAProxy takes 15 kB of headers in all
MAX_DIGITS = 19
NAME_FIELDS = frozenset({"filename", "filetype", "kind", "film"})  # beside those of the upload form
CHECKSUM_MISMATCH = 460  # the standard's own status
OFFER = {
    "Tus-Version": VERSION,
    "Tus-Max-Size": str(MAX_UPLOAD_BYTES),
    "Tus-Extension": EXTENSIONS,
    "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    "Dubarr-Max-Part-Size": str(MAX_PART_BYTES),
}


class TusVersionHeader:
    """Middleware that adds `Tus-Resumable` to every answer below /api/uploads, errors included."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"tus-resumable", VERSION.encode())]}
            await send(message)

        is_ours = scope["type"] == "http" and is_upload_path(scope["path"])
        await self._app(scope, receive, send_with_version if is_ours else send)


def is_upload_path(path: str) -> bool:
    """True for the paths of resumable uploads."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def require_version(version: str) -> None:
    """Require the version of the protocol that is spoken here: else 412, with it."""
    if version != VERSION:
        raise HTTPException(412, f"send the header Tus-Resumable: {VERSION}", {"Tus-Version": VERSION})


def parse_size(name: str, text: str) -> int:
    """Parse a header of bytes. BadRequest; TooLarge where it is over Tus-Max-Size."""
    if not (text.isascii() and text.isdecimal()):
        raise BadRequest(f"{name} must be a number of bytes")
    if len(text) > MAX_DIGITS or int(text) > MAX_UPLOAD_BYTES:
        raise TooLarge(f"{name} is over the limit of {MAX_UPLOAD_BYTES} bytes")
    return int(text)


def parse_metadata(header: str) -> dict[str, str]:
    """Parse Upload-Metadata: pairs of a key and a Base64 value, separated by commas. BadRequest, TooLarge."""
    if len(header) > MAX_METADATA_BYTES:
        raise TooLarge(f"Upload-Metadata is longer than {MAX_METADATA_BYTES} bytes; send a glossary as an upload of its own")
    pairs = [pair.strip().partition(" ") for pair in header.split(",") if pair.strip()]
    if len({key for key, _, _ in pairs}) < len(pairs):
        raise BadRequest("Upload-Metadata has a key twice")
    known = NAME_FIELDS | UPLOAD_FIELDS.keys()
    if unknown := next((key for key, _, _ in pairs if key not in known), None):
        raise BadRequest(f"Upload-Metadata: there is no key {unknown[:40]!r}; the keys are {', '.join(sorted(known))}")
    return {key: _decode(key, value.strip()) for key, _, value in pairs}


def _decode(key: str, value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise BadRequest(f"Upload-Metadata: the value of {key} is not UTF-8 text in Base64") from None


def require_part(headers: Mapping[str, str]) -> int:
    """Require the headers of a part, and return its bytes. 415, 411, 413, BadRequest."""
    content_length = headers.get("content-length", "")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != PART_TYPE:
        raise HTTPException(415, f"send the part with Content-Type: {PART_TYPE}")
    if not content_length:  # a body of unknown length could not be bounded before it is here
        raise HTTPException(411, "send the part with its Content-Length")
    size = parse_size("Content-Length", content_length)
    if size > MAX_PART_BYTES:
        raise TooLarge(f"a part has at most {MAX_PART_BYTES} bytes; send more parts, or set the client's chunk size")
    return size


@dataclass(frozen=True, slots=True)
class Checksum:
    """The checksum of a part, as the client gave it."""

    algorithm: str
    expected: bytes
    digest: "_Hash" = field(repr=False)

    @classmethod
    def parse(cls, header: str) -> "Checksum | None":
        """Parse Upload-Checksum; None where there is none. BadRequest."""
        if not header:
            return None
        algorithm, _, value = header.partition(" ")
        if algorithm not in ALGORITHMS:
            raise BadRequest(f"Upload-Checksum: the algorithms are {', '.join(ALGORITHMS)}")
        try:
            expected = base64.b64decode(value.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise BadRequest("Upload-Checksum: the checksum is not Base64") from None
        return cls(algorithm, expected, hashlib.new(algorithm, usedforsecurity=False))

    def verify(self) -> None:
        """Compare the checksum of what arrived: else 460."""
        if not hmac.compare_digest(self.digest.digest(), self.expected):
            raise HTTPException(CHECKSUM_MISMATCH, f"the {self.algorithm} of the part is another; send it again")
