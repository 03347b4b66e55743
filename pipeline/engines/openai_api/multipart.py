"""Multipart form encoding of a request that carries a file (RFC 7578)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FormFile:
    """File of a form. `name`: of its field; `filename`: an ASCII name without quotes, whose extension tells servers the format."""

    name: str
    filename: str
    content_type: str
    content: bytes


def encode_form(fields: Sequence[tuple[str, str]], file: FormFile) -> tuple[bytes, str]:
    """Encode a form: its body, and the content type with the boundary. A field's name may come more than once.

    The boundary is a digest of the content, so that equal forms are equal bytes.
    """
    digest = hashlib.blake2b(file.content, digest_size=16)
    for name, value in fields:
        digest.update(f"{name}={value};".encode("utf-8", "replace"))
    boundary = f"form-{digest.hexdigest()}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode("utf-8", "replace")
        for name, value in fields
    ]
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{file.name}"; filename="{file.filename}"\r\n'
        f"Content-Type: {file.content_type}\r\n\r\n"
    )
    body = b"".join([*parts, head.encode(), file.content, f"\r\n--{boundary}--\r\n".encode()])
    return body, f"multipart/form-data; boundary={boundary}"
