"""Private folders in the shared temporary folder, which no other local user can read, write or plant links in, and the umask.

Ray makes its own temporary folder 0777 and follows the links that it finds there: it may only lie inside a folder of mode 0700.
"""

import getpass
import hashlib
import os
import shutil
import socket
import stat
import tempfile
import time
from pathlib import Path

from pipeline.errors import DubarrError, SettingsError

PRIVATE_UMASK = 0o077  # files 0600, folders 0700
OTHERS_MODE_BITS = 0o077  # the bits of a mode that let users other than the owner in
MAX_FOLDER_LENGTH = 30  # characters: a socket's path has 107, of which Ray's and HAProxy's names below the folder take up to 76
RAY_TMPDIR = "RAY_TMPDIR"  # Ray puts its folder `ray` into this one
RAY_FOLDER_NAME = "ray"
MAX_KEPT_SESSIONS = 3  # the newest ones, for a look at their logs
SESSION_AGE_S = 600.0  # a younger session without a raylet may still be starting


def find_ray_token_file() -> Path:
    """Find the file in which Ray keeps this user's authentication token; it need not exist."""
    return Path.home() / ".ray" / "auth_token"


def restrict_umask() -> int:
    """Make all that this process and its children write readable by their user alone. Returns the former umask."""
    return os.umask(PRIVATE_UMASK)


def is_private(path: Path) -> bool:
    """True if this is a folder of this user, not a link to one, that no other user can enter."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & OTHERS_MODE_BITS


def make_temporary_folder(name: str) -> Path:
    """Make a folder of this name in the temporary folder: 0700, ours, the same after a restart. DubarrError where it is another's."""
    folder = Path(tempfile.gettempdir()) / name
    if len(str(folder)) > MAX_FOLDER_LENGTH:
        folder = Path("/tmp") / name  # noqa: S108 -- looked at below before it is trusted
    folder.mkdir(mode=0o700, exist_ok=True)
    if not is_private(folder):
        raise DubarrError(f"{folder} is another user's or open to others; remove it")
    return folder


def make_user_folder() -> Path:
    """Make the folder of files that belong to no service: the Rays of notebooks, the state of `ray up`. DubarrError."""
    return make_temporary_folder(f"dubarr-{os.getuid()}")


def find_ray_tmpdir(default: Path) -> Path:
    """Find the folder that holds Ray's own: RAY_TMPDIR where that is set, else `default`. SettingsError where others can enter it."""
    named = os.environ.get(RAY_TMPDIR)
    if named and not is_private(Path(named).resolve()):
        advice = "other users can enter it, and Ray's folder in it would be open to them; chmod 700 it, or unset RAY_TMPDIR"
        raise SettingsError(RAY_TMPDIR, named, advice)
    return Path(named) if named else default


def find_open_ray_folder() -> tuple[str, ...]:
    """Find whether RAY_TMPDIR is open to other users, where Ray is not started: one sentence, or none."""
    try:
        find_ray_tmpdir(Path("/"))
    except SettingsError as error:
        return (
            f"{RAY_TMPDIR}={error.args[1]} is open to other users, and so would be Ray's folder in it; chmod 700 it, or unset it",
        )
    return ()


def find_ray_ssh_folder() -> Path:
    """Find the folder in which Ray keeps ssh's sockets: its own choice, the same for every checkout of a user."""
    digest = hashlib.sha256(getpass.getuser().encode()).hexdigest()[:10]
    return Path(f"/tmp/ray_ssh_{digest}")  # noqa: S108 -- looked at before it is trusted


def require_private_ssh_sockets() -> None:
    """Make the folder in which `ray up` keeps its ssh connections. DubarrError where another user made it before us.

    Ray puts it under /tmp, at a name that can be computed; ssh would use any socket that it finds there.
    """
    folder = find_ray_ssh_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise DubarrError(
            f"{folder} is another user's, or others can write to it: ssh's connections are not safe there; remove it"
        )


def prune_sessions(folder: Path, *, kept: int = MAX_KEPT_SESSIONS, age_s: float = SESSION_AGE_S) -> int:
    """Remove the session folders of Rays that ended, but for the newest ones: each start makes one. Returns their number.

    `folder`: Ray's temporary folder.
    """
    found = sorted((path for path in folder.glob("session_*") if path.is_dir() and not path.is_symlink()), reverse=True)
    ended = [path for path in found[kept:] if time.time() - path.stat().st_mtime > age_s and not _has_raylet(path)]
    for path in ended:
        shutil.rmtree(path, ignore_errors=True)
    return len(ended)


def _has_raylet(session: Path) -> bool:
    """True if a raylet still listens in a session's folder."""
    for path in session.glob("sockets/raylet*"):
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return True
    return False
