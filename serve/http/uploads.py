"""Multipart uploads streamed to disk, under a sanitized and free file name. A broken upload leaves no file behind."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from serve.http.multipart_parser import MultipartUploadParser
from serve.intake.upload_disk_space import require_room
from serve.intake.upload_folder import remove_abandoned_uploads
from serve.intake.upload_writer import Upload, UploadWriter
from serve.request_errors import BadRequest

WRITE_BYTES = 1 << 20  # bytes gathered before they are written


async def receive_upload(body: AsyncIterator[bytes], headers: Mapping[str, str], folder: Path) -> Upload:
    """Receive a multipart body and store its film in `folder`. BadRequest, FilmError, NoRoom or TooLarge; then no file is left."""
    from starlette.requests import ClientDisconnect

    length = headers.get("content-length", "")
    writer = UploadWriter(folder)
    parser = MultipartUploadParser(writer, headers.get("content-type", ""))
    require_room(folder, int(length) if length.isdecimal() else 0)
    remove_abandoned_uploads(folder)
    try:
        async for chunk in body:
            parser.parse(chunk)
            if writer.buffered_bytes >= WRITE_BYTES:
                await asyncio.to_thread(writer.flush)
        return await asyncio.to_thread(parser.finish)
    except ClientDisconnect as error:
        raise BadRequest("upload: it broke off before its end; send it again") from error
    finally:
        writer.discard()
