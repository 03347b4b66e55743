"""Glossary of the library: the file that GLOSSARY names, or glossary.txt in DATA_DIR; read and replaced as a whole."""

import os
from pathlib import Path

from pipeline.errors import NotPossible
from pipeline.filesystem.fsync import replace_file
from pipeline.settings import Settings
from pipeline.text.glossary import Entry, parse_glossary, read_glossary, read_glossary_text

FILE_MODE = 0o644  # of a new file


def read_library_glossary(settings: Settings) -> tuple[Entry, ...]:
    """Entries of the library's glossary; none where there is no file that a setting names. SettingsError."""
    return read_glossary(settings.glossary_file if _is_there(settings) else None)


def read_library_text(settings: Settings) -> str:
    """Text of the library's glossary; "" where there is no file that a setting names. SettingsError."""
    return read_glossary_text(settings.glossary_file) if _is_there(settings) else ""


def write_library_text(settings: Settings, text: str) -> tuple[Entry, ...]:
    """Replace the library's glossary, atomically. GlossaryError, or NotPossible for a file that cannot be written."""
    entries = parse_glossary(text)
    path = Path(os.path.realpath(settings.glossary_file))
    try:
        if settings.glossary is None:
            path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if path.exists() else FILE_MODE
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(f"no permission to write to {path}")
        replace_file(path, text.encode("utf-8"), mode)
    except (OSError, UnicodeEncodeError) as error:
        raise NotPossible(
            f"the glossary {settings.glossary_file} cannot be written ({error}); change that file on the service's machine, or let "
            "GLOSSARY name one that the service may write"
        ) from error
    return entries


def _is_there(settings: Settings) -> bool:
    """True for a file that a setting names, which then must exist, and for the usual one where there is one."""
    return settings.glossary is not None or settings.glossary_file.exists()
