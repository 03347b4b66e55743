"""Malloc tuning of glibc: few arenas, and trimming of freed memory, which glibc would keep after a film."""

import ctypes

M_ARENA_MAX = -8  # mallopt(3)
MAX_ARENAS = 2  # each thread would have one of its own, and a film's stages use dozens of threads


def limit_arenas() -> None:
    """Limit malloc's arenas from now on. Without glibc nothing happens."""
    if libc := _load_glibc():
        libc.mallopt(M_ARENA_MAX, MAX_ARENAS)


def trim_heap() -> None:
    """Return freed memory to the system: some milliseconds, after a film."""
    if libc := _load_glibc():
        libc.malloc_trim(0)


def _load_glibc() -> ctypes.CDLL | None:
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None
