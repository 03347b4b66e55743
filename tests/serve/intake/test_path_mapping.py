"""Paths of other machines, and the files behind them."""

from pathlib import Path

import pytest

from pipeline.errors import FilmError, FilmNotFound, FilmRefused
from pipeline.settings import PathMapping
from serve.intake.path_mapping import find_named_film, map_to_local_path, resolve_film, resolve_in_roots

MAPPINGS = (
    PathMapping("/tv", Path("/mnt/tv")),
    PathMapping("/tv/kids/", Path("/mnt/kids")),
    PathMapping("D:\\Films", Path("/mnt/films")),
    PathMapping("\\\\nas\\share", Path("/mnt/nas")),
    PathMapping("/", Path("/mnt/whole")),
)


@pytest.mark.parametrize(
    ("given", "here"),
    [
        ("/tv/Show/a.mkv", "/mnt/tv/Show/a.mkv"),
        ("/tv//Show/./a.mkv", "/mnt/tv/Show/a.mkv"),
        ("/tv/kids/a.mkv", "/mnt/kids/a.mkv"),
        ("/tv/kidsish/a.mkv", "/mnt/tv/kidsish/a.mkv"),
        ("/tvs/a.mkv", "/mnt/whole/tvs/a.mkv"),
        ("/TV/a.mkv", "/mnt/whole/TV/a.mkv"),
        ("D:\\Films\\Año\\a b.mkv", "/mnt/films/Año/a b.mkv"),
        ("d:/films/A.mkv", "/mnt/films/A.mkv"),
        ("\\\\NAS\\Share\\A.mkv", "/mnt/nas/A.mkv"),
        ("//nas/share/a.mkv", "/mnt/nas/a.mkv"),
    ],
)
def test_the_longest_mapping_at_a_folders_boundary_counts(given: str, here: str) -> None:
    assert map_to_local_path(given, MAPPINGS) == Path(here)


def test_without_a_mapping_a_path_is_our_own() -> None:
    assert map_to_local_path("/films/a.mkv", ()) == Path("/films/a.mkv")


@pytest.mark.parametrize(
    "given",
    [
        "",
        "film.mkv",
        "C:\\testpath",
        "\\\\other\\x.mkv",
        "/tv/../etc/passwd",
        "D:\\Films\\..\\x",
        "/tv/a\0.mkv",
        "/tv/\ud800.mkv",
        "file:///tv/a.mkv",
    ],
)
def test_what_is_no_path_here_is_refused(given: str) -> None:
    with pytest.raises(FilmRefused):
        map_to_local_path(given, MAPPINGS)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "library").mkdir()
    (tmp_path / "secret.mkv").touch()
    return tmp_path / "library"


def test_a_link_inside_the_roots_leads_to_the_real_film(root: Path) -> None:
    (root / "real.mkv").touch()
    (root / "link.mkv").symlink_to(root / "real.mkv")
    assert resolve_film(root / "link.mkv", (root,)) == root / "real.mkv"


def test_outside_the_roots_what_exists_and_what_does_not_are_refused_alike(root: Path) -> None:
    (root / "out.mkv").symlink_to(root.parent / "secret.mkv")
    (root / "gone.mkv").symlink_to(root.parent / "nothing.mkv")
    (root / "up").symlink_to(root.parent)
    said = set()
    for path in (
        root / "out.mkv",
        root / "gone.mkv",
        root / "up/secret.mkv",
        root.parent / "secret.mkv",
        root.parent / "no.mkv",
        root,
    ):
        with pytest.raises(FilmRefused) as refused:
            resolve_film(path, (root,))
        said.add(str(refused.value).replace(str(path), "it"))
    assert len(said) == 1


def test_a_root_named_like_the_beginning_of_another_folder_does_not_open_it(root: Path) -> None:
    (root.parent / "library2").mkdir()
    with pytest.raises(FilmRefused):
        resolve_in_roots(root.parent / "library2" / "a.mkv", (root,))


def test_in_the_roots_what_is_missing_or_no_film_is_told(root: Path) -> None:
    (root / "folder.mkv").mkdir()
    (root / "text.txt").touch()
    with pytest.raises(FilmNotFound):
        resolve_film(root / "none.mkv", (root,))
    with pytest.raises(FilmNotFound):
        resolve_film(root / "folder.mkv", (root,))
    with pytest.raises(FilmError, match=r"\.mkv"):
        resolve_film(root / "text.txt", (root,))
    with pytest.raises(FilmError):
        resolve_film(root / ("x" * 300 + ".mkv"), (root,))


def test_a_link_to_a_film_keeps_its_own_name_and_a_linked_folder_does_not(root: Path) -> None:
    (root / "pool").mkdir()
    (root / "pool/rls.mkv").touch()
    (root / "Film.mkv").symlink_to(root / "pool/rls.mkv")
    (root / "Folder").symlink_to(root / "pool")
    assert find_named_film(root / "Film.mkv", (root,)) == root / "Film.mkv"
    assert find_named_film(root / "Folder/rls.mkv", (root,)) == root / "pool/rls.mkv"


@pytest.mark.parametrize("name", ["out.mkv", "gone.mkv", "up/secret.mkv"])
def test_a_link_out_of_the_roots_is_refused_with_the_setting_to_add(root: Path, name: str) -> None:
    (root / "out.mkv").symlink_to(root.parent / "secret.mkv")
    (root / "gone.mkv").symlink_to(root.parent / "nothing.mkv")
    (root / "up").symlink_to(root.parent)
    with pytest.raises(FilmRefused, match=rf"leads out of the library roots.*add {root.parent} to LIBRARY_ROOTS"):
        find_named_film(root / name, (root,))
