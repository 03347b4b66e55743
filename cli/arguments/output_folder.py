"""Output folder of a command."""

import tempfile
from pathlib import Path

import click


def create_output_folder(folder: Path, option: str) -> None:
    """Create a folder that results go to. UsageError where it cannot be written: that must not come up after hours of work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{option} {folder} cannot be created: {error.strerror}; give another folder") from None
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise click.UsageError(
            f"{option} {folder} cannot be written: {error.strerror}; give another folder, or change its permissions"
        ) from None
