"""Access of another user of this machine: a program that becomes nobody, tries, and tells it as JSON.

As a module: `reached` runs it. It opens without writing a byte, and takes away again what it could plant.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

NOBODY = 65534


def reached(roots: Iterable[Path], files: Iterable[Path] = ()) -> dict[str, list[str]]:
    """Paths that nobody (65534) can read, write, or plant a link in: below the roots, or one of the files. For root alone."""
    question = json.dumps({"roots": [str(path) for path in roots], "files": [str(path) for path in files]})
    told = subprocess.run([sys.executable, __file__], input=question, capture_output=True, text=True, check=True, timeout=60)
    answer: dict[str, list[str]] = json.loads(told.stdout)
    assert answer.pop("uid") == [str(NOBODY)]
    return answer


def open_paths(roots: Iterable[Path]) -> list[str]:
    """Paths below the roots whose mode lets anybody but their owner in, and no folder above them, up to the root, keeps out."""
    found: list[str] = []
    for root in roots:
        if not root.lstat().st_mode & 0o077:
            continue  # nothing below it is reached
        found.append(str(root))
        if root.is_dir() and not root.is_symlink():
            found += open_paths(sorted(root.iterdir()))
    return found


def _try(path: str, answer: dict[str, list[str]]) -> None:
    for name, flags in (("read", os.O_RDONLY), ("write", os.O_WRONLY)):
        try:
            os.close(os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK))
        except OSError:
            continue
        answer[name].append(path)


def _plant(folder: str, answer: dict[str, list[str]]) -> None:
    link = Path(folder) / f"planted-{os.getpid()}"
    try:
        link.symlink_to("/etc/hostname")
    except OSError:
        return
    link.unlink()
    answer["plant"].append(folder)


def _main() -> None:
    question = json.load(sys.stdin)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    answer: dict[str, list[str]] = {"uid": [str(os.getuid())], "read": [], "write": [], "plant": []}
    for path in question["files"]:
        _try(path, answer)
    for root in question["roots"]:
        _try(root, answer)
        for folder, _, names in os.walk(root):
            _plant(folder, answer)
            for name in names:
                _try(f"{folder}/{name}", answer)
        _plant(root, answer)
    print(json.dumps(answer))


if __name__ == "__main__":
    _main()
