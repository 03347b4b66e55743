"""Write buffer: a file object without a position, written to by an archive or a stream, and taken from in pieces."""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing_extensions import Buffer


class WriteBuffer(io.RawIOBase):
    """Bytes that were written and not yet taken."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: "Buffer") -> int:
        self._pieces.append(bytes(piece))
        return len(self._pieces[-1])

    def take(self) -> bytes:
        """All that was written since the last call."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken
