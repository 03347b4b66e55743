"""Routes of resumable uploads (tus 1.0): create, ask for the offset, send a part, cancel.

The last part queues the film, by the same admission as /upload. Subtitle files and a glossary are uploads of their own, created with
the id of the film's upload before its last part.
"""

import asyncio
import secrets
from email.utils import formatdate
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi import Path as InPath
from starlette.exceptions import HTTPException

from serve.http.dependencies import AdmissionDependency, ContextDependency
from serve.http.openapi import describe_error
from serve.http.routes.resumable import tus_headers
from serve.http.routes.resumable.part_receiver import Part, receive_part
from serve.http.routes.resumable.tus_headers import PART_TYPE, PREFIX, Checksum
from serve.intake.resumable.partial_upload import PartialUpload, UploadKind
from serve.intake.resumable.partial_uploads import PartialUploads
from serve.intake.resumable.upload_completion import complete_upload
from serve.request_errors import BadRequest

UploadId = Annotated[str, InPath(max_length=64, description="the last part of the upload's address")]
NO_CONTENT, METHOD_NOT_ALLOWED = 204, 405
ERRORS: dict[int | str, dict[str, Any]] = {
    400: describe_error("A header is malformed, or the part broke off before its end."),
    412: describe_error("Another version of the protocol; Tus-Version tells the one that is spoken."),
    422: describe_error("Not a film, or options or languages that cannot be used."),
}
UPLOAD_ERRORS = ERRORS | {
    404: describe_error("There is no such upload: it was cancelled, or refused."),
    410: describe_error("The upload has expired."),
    423: describe_error("Another request is writing to this upload."),
}
PART_ERRORS: dict[int | str, dict[str, Any]] = {
    408: describe_error("No data received for a while, or too slowly."),
    409: describe_error("The upload is at another offset, which Upload-Offset tells; or there is nothing to dub in the film."),
    411: describe_error("A part without its Content-Length."),
    413: describe_error("The film, or the part, is too large."),
    415: describe_error("A part with another Content-Type."),
    429: describe_error("Too many uploads at a time."),
    460: describe_error("The checksum of the part is another; the part was dropped."),
    507: describe_error("Insufficient disk space."),
}
PART_BODY = {"requestBody": {"content": {PART_TYPE: {"schema": {"type": "string", "format": "binary"}}}}}


def require_version(tus_resumable: Annotated[str, Header(description=f"version: {tus_headers.VERSION}")] = "") -> None:
    """Dependency: the version of the protocol."""
    tus_headers.require_version(tus_resumable)


def get_uploads(context: ContextDependency) -> PartialUploads:
    """Dependency: the folder of partial uploads."""
    return PartialUploads(context.settings.videos_dir)


router = APIRouter(prefix=PREFIX, tags=["uploads"])
UploadsDependency = Annotated[PartialUploads, Depends(get_uploads)]
versioned: list[Any] = [Depends(require_version)]


@router.options("", status_code=NO_CONTENT, response_class=Response)
def describe_protocol() -> Response:
    """Tell the version, the extensions and the limits of resumable uploads (tus 1.0)."""
    return Response(status_code=NO_CONTENT, headers=tus_headers.OFFER)


@router.post(
    "", status_code=201, response_class=Response, dependencies=versioned, responses=ERRORS | PART_ERRORS, openapi_extra=PART_BODY
)
async def create_upload(
    request: Request,
    uploads: UploadsDependency,
    admission: AdmissionDependency,
    upload_length: Annotated[str, Header(description="bytes of the file")] = "",
    upload_metadata: Annotated[
        str,
        Header(
            description="filename, and the fields of /upload, each value in Base64; of a subtitle file or a glossary also kind "
            "(subtitles, glossary) and film (the id of the film's upload)"
        ),
    ] = "",
) -> Response:
    """Create an upload of a film, or of a file that belongs to one. Its address is in Location; a first part may be the body."""
    upload = read_creation(upload_length, upload_metadata)
    part = read_part(request, offset=0) if request.headers.get("content-length", "0") != "0" else None
    await asyncio.to_thread(uploads.create, upload)
    upload, offset = (upload, 0) if part is None else await receive_part(upload, uploads, admission, part)
    headers = describe_upload(upload, uploads, offset)
    return Response(status_code=201, headers={**headers, "Location": f"{PREFIX}/{upload.id}"})


@router.head("/{upload_id}", response_class=Response, dependencies=versioned, responses=UPLOAD_ERRORS)
def get_offset(upload_id: UploadId, uploads: UploadsDependency, admission: AdmissionDependency) -> Response:
    """Tell the offset of an upload: the bytes that are safe on disk. Of a whole film, Dubarr-Task is the task."""
    upload, offset = uploads.find(upload_id), uploads.read_offset(upload_id)
    if offset == upload.length and upload.task is None:  # the service died before it queued the film
        with uploads.hold(upload_id):
            upload = complete_upload(upload_id, uploads, admission)
    headers = {**describe_upload(upload, uploads, offset), "Upload-Length": str(upload.length)}
    return Response(headers=headers | ({"Upload-Metadata": upload.header} if upload.header else {}))


@router.patch(
    "/{upload_id}",
    status_code=NO_CONTENT,
    response_class=Response,
    dependencies=versioned,
    responses=UPLOAD_ERRORS | PART_ERRORS,
    openapi_extra=PART_BODY,
)
async def send_part(
    request: Request,
    upload_id: UploadId,
    uploads: UploadsDependency,
    admission: AdmissionDependency,
    upload_offset: Annotated[str, Header(description="bytes of the file before this part, as HEAD tells")] = "",
    upload_checksum: Annotated[str, Header(description="sha1 or sha256, and the part's checksum in Base64")] = "",  # noqa: ARG001 -- read by read_part
) -> Response:
    """Send the next part of an upload. The last one queues the film; Dubarr-Task is its task."""
    part = read_part(request, offset=tus_headers.parse_size("Upload-Offset", upload_offset))
    upload, offset = await receive_part(await asyncio.to_thread(uploads.find, upload_id), uploads, admission, part)
    return Response(status_code=NO_CONTENT, headers=describe_upload(upload, uploads, offset))


@router.delete("/{upload_id}", status_code=NO_CONTENT, response_class=Response, dependencies=versioned, responses=UPLOAD_ERRORS)
def cancel_upload(upload_id: UploadId, uploads: UploadsDependency) -> Response:
    """Cancel an upload, and remove what was sent. A film that was queued stays."""
    upload = uploads.find(upload_id)
    with uploads.hold(upload_id):
        uploads.remove(upload)
    return Response(status_code=NO_CONTENT)


@router.post("/{upload_id}", include_in_schema=False, response_class=Response, dependencies=versioned)
async def send_by_post(
    request: Request,
    upload_id: UploadId,
    uploads: UploadsDependency,
    admission: AdmissionDependency,
    x_http_method_override: Annotated[str, Header()] = "",
    upload_offset: Annotated[str, Header()] = "",
) -> Response:
    """PATCH or DELETE by a client that can send neither: the standard's X-HTTP-Method-Override."""
    match x_http_method_override.upper():
        case "PATCH":
            return await send_part(request, upload_id, uploads, admission, upload_offset)
        case "DELETE":
            return await asyncio.to_thread(cancel_upload, upload_id, uploads)
    raise HTTPException(METHOD_NOT_ALLOWED, "send a part by PATCH, or by POST with X-HTTP-Method-Override: PATCH")


def read_creation(length: str, header: str) -> PartialUpload:
    """Read the headers of a creation. BadRequest, TooLarge, FilmError, GlossaryError."""
    if not length:
        raise BadRequest("send Upload-Length, the bytes of the file; an upload of unknown length is not taken")
    fields = tus_headers.parse_metadata(header)
    names = {name: fields.pop(name, "") for name in tus_headers.NAME_FIELDS}
    try:
        kind = UploadKind(names["kind"] or UploadKind.FILM)
    except ValueError:
        raise BadRequest(f"Upload-Metadata: kind is one of {', '.join(UploadKind)}") from None
    size = tus_headers.parse_size("Upload-Length", length)
    film = "" if kind is UploadKind.FILM else names["film"]
    upload = PartialUpload(secrets.token_hex(16), size, names["filename"], kind, film, fields, header)
    upload.require_acceptable()
    return upload


def read_part(request: Request, *, offset: int) -> Part:
    """Read the headers of a part. BadRequest, TooLarge, 411, 415."""
    headers = request.headers
    size = tus_headers.require_part(headers)
    return Part(request.stream(), offset, size, Checksum.parse(headers.get("upload-checksum", "")))


def describe_upload(upload: PartialUpload, uploads: PartialUploads, offset: int) -> dict[str, str]:
    """Build the headers that tell where an upload stands."""
    headers = {
        "Upload-Offset": str(offset),
        "Upload-Expires": formatdate(uploads.compute_expiry(upload), usegmt=True),
        "Cache-Control": "no-store",
    }
    return headers if upload.task is None else headers | {"Dubarr-Task": str(upload.task)}
