"""Receives one part of a resumable upload: the body to disk while it arrives, with two blocks in memory at most."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from serve.http.routes.resumable.tus_headers import Checksum
from serve.intake.admission import Admission
from serve.intake.resumable.part_writer import PartWriter
from serve.intake.resumable.partial_upload import PartialUpload
from serve.intake.resumable.partial_uploads import PartialUploads
from serve.intake.resumable.upload_completion import complete_upload
from serve.request_errors import BadRequest, NoRoom, TooLarge

WRITE_BYTES = 1 << 20  # gathered before they are written
SYNC_BYTES = 4 << 20  # written before they are synced, while more arrives: so little is left to sync at a part's end
CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload as it arrives: `size` bytes that begin at `offset`."""

    body: AsyncIterator[bytes]
    offset: int
    size: int
    checksum: Checksum | None


async def receive_part(
    upload: PartialUpload, uploads: PartialUploads, admission: Admission, part: Part
) -> tuple[PartialUpload, int]:
    """Receive a part. Returns the upload's record and its new offset, of a whole film after it was queued.

    Of a part that breaks off, what arrived stays; of one with a checksum, nothing. 409 for another offset, 460 for another
    checksum; Locked, TooLarge, NoRoom, and the errors of `complete_upload`.
    """
    async with contextlib.AsyncExitStack() as stack:
        holding = uploads.hold(upload.id)
        writer = await asyncio.to_thread(holding.__enter__)
        stack.callback(holding.__exit__, None, None, None)
        if part.offset != writer.offset:
            advice = f"the upload is at {writer.offset}, not at {part.offset}; go on from there"
            raise HTTPException(CONFLICT, advice, {"Upload-Offset": str(writer.offset)})
        if part.offset + part.size > upload.length:
            raise TooLarge(f"the part ends after the upload's {upload.length} bytes")
        await _write_body(part, writer)
        if writer.offset == upload.length:
            upload = await asyncio.to_thread(complete_upload, upload.id, uploads, admission)
        return upload, writer.offset


async def _write_body(part: Part, writer: PartWriter) -> None:
    """Write a body behind the offset, and commit it; a disconnect or a cancelled request commits what came without a checksum."""
    blocks = _BlockWriter(writer, part.checksum)
    try:
        async for chunk in part.body:
            await blocks.add(chunk)
        await blocks.flush()
        if part.checksum is not None:
            part.checksum.verify()
            await asyncio.to_thread(writer.commit)
    except ClientDisconnect as error:
        raise BadRequest("the part broke off before its end; go on from the offset that HEAD tells") from error
    finally:
        await asyncio.shield(blocks.close())


class _BlockWriter:
    """Gathers chunks to blocks; a block is written by a thread while the next one arrives."""

    def __init__(self, writer: PartWriter, checksum: Checksum | None) -> None:
        self._writer, self._checksum = writer, checksum
        self._chunks: list[bytes] = []
        self._bytes = 0
        self._writing: asyncio.Future[None] | None = None
        self._syncing: asyncio.Future[None] | None = None
        self._unsynced_bytes = 0

    async def add(self, chunk: bytes) -> None:
        """Add a chunk of the body. NoRoom."""
        self._chunks.append(chunk)
        self._bytes += len(chunk)
        if self._bytes >= WRITE_BYTES:
            await self._wait()
            self._writing = asyncio.ensure_future(asyncio.to_thread(self._write, self._chunks))
            self._unsynced_bytes += self._bytes
            self._chunks, self._bytes = [], 0
            self._begin_sync()

    def _begin_sync(self) -> None:
        """Sync in another thread what is written so far, unless one does."""
        if self._unsynced_bytes >= SYNC_BYTES and (self._syncing is None or self._syncing.done()):
            self._unsynced_bytes = 0
            self._syncing = asyncio.ensure_future(asyncio.to_thread(self._writer.sync))

    async def flush(self) -> None:
        """Write all that was added. NoRoom."""
        await self._wait()
        chunks, self._chunks, self._bytes = self._chunks, [], 0
        await asyncio.to_thread(self._write, chunks)

    async def close(self) -> None:
        """Wait for the thread; without a checksum, commit what arrived, also of a part that broke off."""
        with contextlib.suppress(NoRoom):  # it was raised to the one who adds
            await (self.flush() if self._checksum is None else self._wait())
        if self._syncing is not None:  # it uses the open file
            await asyncio.wait([self._syncing])
        if self._checksum is None:
            await asyncio.to_thread(self._writer.commit)

    async def _wait(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await asyncio.shield(writing)

    def _write(self, chunks: list[bytes]) -> None:
        self._writer.write(chunks)
        if self._checksum is not None:
            for chunk in chunks:
                self._checksum.digest.update(chunk)
