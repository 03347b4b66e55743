"""Checks of destinations before any work is done: hard links, links, read-only films and folders, names that are too long."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import FilmError
from pipeline.filesystem.output_file import require_replaceable, require_writable_folder
from pipeline.filesystem.path_guard import open_file

AS_NOBODY = """
import json, os, sys
from pathlib import Path
from pipeline.errors import FilmError
from pipeline.filesystem.output_file import require_replaceable, require_writable_folder
from pipeline.filesystem.path_guard import open_file
os.setgid(65534); os.setuid(65534)
told = []
for name in sys.argv[1:]:
    path = Path(name)
    try:
        require_writable_folder(path)
        with open_file(path, (path.parent,)) as film:
            require_replaceable(film, break_hardlinks=False)
        told.append("")
    except FilmError as error:
        told.append(str(error))
print(json.dumps(told))
"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "library" / "film.mkv"
    path.parent.mkdir()
    path.write_bytes(b"film")
    return path


def refusal(path: Path, *, break_hardlinks: bool = False) -> str:
    """The sentence by which a film is not replaced, "" where it may be."""
    with open_file(path, (path.resolve().parent,)) as opened:
        try:
            require_replaceable(opened, break_hardlinks=break_hardlinks)
        except FilmError as error:
            return str(error)
    return ""


@pytest.mark.parametrize(
    ("kind", "break_hardlinks", "reason"),
    [
        ("plain", False, ""),
        ("hard-linked", False, "the file has 2 hard links, as one that is seeded has; set PLACEMENT=sidecar"),
        ("hard-linked", True, ""),
        ("symlinked", False, ""),
        ("link to hard-linked", False, "2 hard links"),
        ("read-only", False, "the file is read-only"),
        ("read-only", True, "the file is read-only"),
    ],
)
def test_a_film_is_replaced_only_where_nothing_else_needs_it(
    film: Path, tmp_path: Path, kind: str, break_hardlinks: bool, reason: str
) -> None:
    named = film
    if "hard-linked" in kind:
        os.link(film, tmp_path / "seeding.mkv")
    if "link to" in kind or kind == "symlinked":
        named = tmp_path / "named.mkv"
        named.symlink_to(film)
    if kind == "read-only":
        film.chmod(0o444)
    told = refusal(named, break_hardlinks=break_hardlinks)
    assert (reason in told) if reason else not told
    assert film.read_bytes() == b"film" and list(film.parent.iterdir()) == [film]


def test_a_folder_is_tried_and_left_as_it_was(film: Path) -> None:
    require_writable_folder(film)
    require_writable_folder(film.with_name("new.mkv"))
    assert list(film.parent.iterdir()) == [film]
    with pytest.raises(FilmError, match="longer than 255 bytes"):
        require_writable_folder(film.with_name(f"{'ñ' * 126}.es.mka"))
    with pytest.raises(FilmError, match="cannot be written to"):
        require_writable_folder(film / "below" / "film.mkv")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user, whom modes bind")
def test_folders_that_the_services_user_cannot_write_are_told(film: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o011)
    closed, sticky, shared = film.parent, tmp_path / "sticky", tmp_path / "shared"
    closed.chmod(0o755)
    film.chmod(0o644)
    for folder, mode in ((sticky, 0o1777), (shared, 0o777)):
        folder.mkdir()
        folder.chmod(mode)
        (folder / "film.mkv").write_bytes(b"film")
        (folder / "film.mkv").chmod(0o644)
    films = [str(folder / "film.mkv") for folder in (closed, sticky, shared)]
    made = subprocess.run([sys.executable, "-c", AS_NOBODY, *films], capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(made.stdout)
    assert "cannot be written to (Permission denied)" in told[0]
    assert "sticky bit" in told[1]
    assert told[2] == "", "another user's film in a folder that we may write"
