"""Bounds on request bodies by path: films, whole or in parts, scripts, and all other requests."""

from pipeline.script.formats import MAX_SCRIPT_BYTES
from serve.http.middleware.body_limit import MAX_BODY_BYTES
from serve.http.routes.resumable.tus_headers import MAX_PART_BYTES, is_upload_path

UPLOAD_PATH = "/upload"


def is_upload_body(path: str) -> bool:
    """True for the paths of films, whole or in parts: their bodies may take long."""
    return path == UPLOAD_PATH or is_upload_path(path)


def find_max_body_bytes(path: str) -> int | None:
    """Most bytes of a request's body, None for no limit: scripts, and edits of all their lines, are larger than other requests."""
    if is_upload_body(path):
        return None if path == UPLOAD_PATH else MAX_PART_BYTES
    return MAX_SCRIPT_BYTES if path.startswith("/api/tasks/") and path.endswith(("/script", "/lines")) else MAX_BODY_BYTES
