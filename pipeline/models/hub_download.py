"""Download of a model's files from the model hub, where it is reachable: the last source, verified like the others."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from pipeline.models import assembly
from pipeline.models.catalogue import ModelFile
from pipeline.models.folders import Folders
from pipeline.models.registry_download import DISK_FULL_MESSAGES, SCRATCH_PREFIX, DownloadFailed

READ_BLOCK_BYTES = 1 << 20  # read at a time


class HubDownload(Protocol):
    """A client of the hub."""

    def __call__(self, repository: str, model: str, files: Sequence[ModelFile], folders: Folders) -> None:
        """Download files of a repository into the folder of `model` in the cache, each verified. DownloadFailed, WrongContent."""
        ...


def download_from_hub(repository: str, model: str, files: Sequence[ModelFile], folders: Folders) -> None:
    """Download files with the hub's own client."""
    try:
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise DownloadFailed("the hub's client is not installed") from error
    for file in files:
        with tempfile.TemporaryDirectory(dir=folders.downloads, prefix=SCRATCH_PREFIX, ignore_cleanup_errors=True) as scratch:
            try:
                found = Path(hf_hub_download(repository, file.path, local_dir=scratch))
            except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
                is_full = any(words in str(error) for words in DISK_FULL_MESSAGES)
                raise DownloadFailed(
                    f"{repository} of the hub cannot be had ({type(error).__name__})", is_disk_full=is_full
                ) from error
            assembly.install_file(
                file, _blocks(found), folders.cache / model, folders.downloads, origin=f"{repository} of the hub"
            )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(READ_BLOCK_BYTES):
            yield block
