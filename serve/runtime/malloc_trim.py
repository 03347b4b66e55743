"""Malloc tuning of glibc: few arenas, and trimming of freed memory, which glibc would keep after a film."""

import ctypes

M_ARENA_MAX = -8  # mallopt(3)
ARENAS = 2  # each thread would have one of its own, and a film's stages use dozens of threads


def bound() -> None:
    """Have few arenas from now on. Elsewhere than on glibc nothing happens."""
    if libc := _libc():
        libc.mallopt(M_ARENA_MAX, ARENAS)


def trim() -> None:
    """Give what is free back to the machine: some milliseconds, after a film."""
    if libc := _libc():
        libc.malloc_trim(0)


def _libc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
