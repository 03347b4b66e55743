"""Integrity of DuckDB's write-ahead log: damage that DuckDB takes for the end of the log, and then drops committed transactions.

A log that a power failure cut off ends inside its last record: DuckDB drops that record, and is right. It does the same
where a record's length is damaged, and it ignores a log whose header it cannot read: both are found here.

The log of DuckDB 2.0 (format 2): a header, then records of a length (8 bytes, little endian), a checksum (8 bytes), and the
content, which begins with field 100 and ends with 0xFFFF. A commit is a record without fields, so its bytes are always the same.
"""

import mmap
import re
from pathlib import Path

from pipeline.store.database import backups

FIRST_FIELD = b"\x64\x00"
HEADER = re.compile(  # its type (98), the format (2), 16 numbers that name the database, the number of checkpoints
    rb"\x64\x00\x62\x65\x00\x02\x66\x00\x10(?:[\x80-\xff]?[\x00-\x7f]){16}\x67\x00[\x80-\xff]*[\x00-\x7f]\xff\xff", re.DOTALL
)
MAX_HEADER_BYTES = 64
RECORD_PREFIX_BYTES = 16  # length and checksum
COMMIT_TAIL = bytes.fromhex("e7fe7d722fed3d5e 640064ffff")  # the record of a commit, without its length


def find_wal_damage(database: Path) -> str | None:
    """Damage of a database's write-ahead log that DuckDB would not report, in words; None where there is none, or no log."""
    log = backups.wal_path_of(database)
    try:
        with log.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as content:
            return _find_damage(log.name, content)
    except (FileNotFoundError, ValueError):  # ValueError: it is empty
        return None


def _find_damage(name: str, content: mmap.mmap) -> str | None:
    header = HEADER.match(content)
    if header is None:
        was_cut_off = len(content) < MAX_HEADER_BYTES and content[: len(FIRST_FIELD)] == FIRST_FIELD[: len(content)]
        return None if was_cut_off else f"{name} does not begin as a write-ahead log does"
    at = _end_of_complete_records(content, header.end())
    if content.find(COMMIT_TAIL, at) < 0:
        return None
    return f"{name} is damaged at byte {at:,} of {len(content):,}, and committed transactions follow"


def _end_of_complete_records(content: mmap.mmap, at: int) -> int:
    while at + RECORD_PREFIX_BYTES <= len(content):
        end = at + RECORD_PREFIX_BYTES + int.from_bytes(content[at : at + 8], "little")
        if end > len(content):
            break
        at = end
    return at
