"""A model's directory: which weights it holds, for the fingerprint of the engine, and what it raises where it is damaged."""

import hashlib
import pickle
from pathlib import Path

from pipeline.values.media import compute_sampled_digest

# What torch, safetensors and the engines' libraries raise for files that are missing, damaged or something else.
UNUSABLE = (
    OSError,
    EOFError,
    pickle.UnpicklingError,
    AttributeError,
    ImportError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
SNAPSHOTS = "snapshots"  # in the hub's cache a model's folder is named for its commit


def identity(folder: Path) -> str:
    """The commit of a model that came from the hub, else a digest of all its files: names, sizes and sampled content.

    The same files give the same answer wherever they lie; folders whose name begins with a dot do not count.
    """
    if folder.parent.name == SNAPSHOTS:
        return folder.name[:12]
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if not any(part.startswith(".") for part in name.parts):
            digest.update(f"{name.as_posix()}\0{compute_sampled_digest(path, path.stat().st_size)}\0".encode())
    return digest.hexdigest()
