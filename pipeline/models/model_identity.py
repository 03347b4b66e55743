"""Identity of model weights: the commit or content digest of a model's directory, for the fingerprint of its engine."""

import hashlib
import pickle
from pathlib import Path

from pipeline.values.media import compute_sampled_digest

# Raised by torch, safetensors and the engines' libraries for files that are missing, damaged or of another format.
UNUSABLE_MODEL_ERRORS = (
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
HUB_SNAPSHOTS_FOLDER = "snapshots"  # in the hub's cache a model's folder is named for its commit


def identify_weights(folder: Path) -> str:
    """Commit of a model that came from the hub, else a digest of all its files: names, sizes and sampled content.

    The same files give the same digest in any place; folders whose name begins with a dot are ignored.
    """
    if folder.parent.name == HUB_SNAPSHOTS_FOLDER:
        return folder.name[:12]
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder)
        if not any(part.startswith(".") for part in name.parts):
            digest.update(f"{name.as_posix()}\0{compute_sampled_digest(path, path.stat().st_size)}\0".encode())
    return digest.hexdigest()
