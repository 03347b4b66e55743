"""Tokenizer files of the `tokenizers` library (`tokenizer.json`, `vocab.json` with `merges.txt`)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from tokenizers import Tokenizer

T = TypeVar("T")


def load_tokenizer(path: Path) -> "Tokenizer":
    """Load a tokenizer. ValueError for a file that is missing, damaged or something else."""
    from tokenizers import Tokenizer

    return read_tokenizer_files(lambda: Tokenizer.from_file(str(path)), path.name)


def read_tokenizer_files(load: Callable[[], T], name: str) -> T:
    """Call `load`, which reads files by the `tokenizers` library. ValueError, with `name`, for files that are missing or damaged."""
    try:
        return load()
    except Exception as error:  # tokenizers raises plain Exception for a damaged file
        raise ValueError(f"{name}: {error}") from error
