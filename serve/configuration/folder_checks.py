"""Checks of folders that a client names as library folders: they must exist, and be none of the system's."""

import os
from pathlib import Path

# Folders of the system, with all below them, and homes and mount points, which are too wide by themselves.
SYSTEM_FOLDERS = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var",
)
MEDIA_FOLDERS = ("/run/media", "/var/lib/plexmediaserver", "/var/media")  # below those, but meant for films
WIDE_FOLDERS = ("/", "/home", "/tmp", "/opt")  # noqa: S108 -- compared, not used


def describe_unfit_folder(path: Path, *, private: tuple[Path, ...] = ()) -> str | None:
    """Describe why a folder cannot be a library folder; None where it can. `private`: folders of the service itself."""
    real = Path(os.path.realpath(path))
    if str(real) in WIDE_FOLDERS:
        return f"{path} holds more than films; name the folder of the films"
    if _is_system_folder(real) or _is_system_folder(Path(os.path.normpath(path))):  # /proc/self/cwd leads anywhere
        return f"{path} is a folder of the system; name the folder of the films"
    if any(real.is_relative_to(folder) or folder.is_relative_to(real) for folder in private):
        return f"{path} holds Dubarr's own data or lies within it; name the folder of the films"
    if any(part.startswith(".") for part in real.parts):
        return f"{path} is a hidden folder or lies in one; name the folder of the films"
    try:
        if not real.is_dir():
            return f"there is no folder {path} on the service's machine; make it, or check its spelling"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}); check its permissions"
    if not os.access(real, os.R_OK | os.X_OK):
        return f"the service may not read {path}; check its permissions"
    return None


def _is_system_folder(path: Path) -> bool:
    is_media = any(path.is_relative_to(folder) and str(path) != folder for folder in MEDIA_FOLDERS)
    return not is_media and any(path.is_relative_to(folder) for folder in SYSTEM_FOLDERS)
