"""Basic Auth credentials: from the settings, or generated once and stored in a file with mode 0600."""

import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import SettingsError
from pipeline.settings import Settings

PASSWORD_BYTES = 18  # 24 characters, 144 bits


@dataclass(frozen=True, slots=True)
class Credentials:
    """Basic Auth user and password. `new`: just generated, to be shown once."""

    user: str
    password: str = field(repr=False)
    new: bool = False


def load_credentials(settings: Settings) -> Credentials:
    """Load the credentials: API_USER and API_PASS, else the stored password, else a new one, stored 0600. SettingsError."""
    if ":" in settings.api_user:
        raise SettingsError("API_USER", settings.api_user, "Basic Auth allows no colon in a user name")
    if settings.api_pass is not None:
        return Credentials(settings.api_user, settings.api_pass)
    path = settings.data_dir / "credentials"
    new = not path.exists() and write_once(path, f"{settings.api_user}:{secrets.token_urlsafe(PASSWORD_BYTES)}\n")
    return Credentials(settings.api_user, _read_password(path), new=new)


def _read_password(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    password = path.read_text(encoding="utf-8").strip().partition(":")[2]
    if not password:
        raise SettingsError("API_PASS", "", f"{path} holds no user:password line; remove it to have one made, or set API_PASS")
    return password


def write_once(path: Path, text: str) -> bool:
    """Write a file atomically and only once; False where another process was first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".credentials-")  # 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink()
    return True
