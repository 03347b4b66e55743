"""Tokenizer files of the `tokenizers` library (`tokenizer.json`)."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def load_tokenizer(path: Path) -> "Tokenizer":
    """Load a tokenizer. ValueError for a file that is missing, damaged or something else."""
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception for a damaged file
        raise ValueError(f"{path.name}: {error}") from error
