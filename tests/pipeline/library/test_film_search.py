"""Films of a library as it is: extras, bins, links and exclusions."""

import shutil

import pytest

from pipeline.library.film_search import describe_left_out, search_library
from pipeline.library.run import survey_library
from pipeline.library.scan import DubbingRules


def put(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def split(root, **options):
    found = search_library(root, **options)
    films = [file.path.relative_to(root).as_posix() for file in found if not file.skipped]
    return films, {file.path.relative_to(root).as_posix(): file.skipped for file in found if file.skipped}


def test_extras_and_bins_are_skipped_and_told(tmp_path):
    others = [
        "#recycle/a.mkv",
        "Film/@eaDir/b.mkv",
        ".Trash-1000/files/c.mkv",
        "lost+found/d.mkv",
        "Film/Extras/e.mkv",
        "Film/Featurettes/x/f.mkv",
    ]
    others += ["Film/Sample/g.mkv", "Film/Film-trailer.mkv", "Disc/BDMV/STREAM/00001.m2ts", "Film/Film-behindthescenes.mkv"]
    films, skipped = split(put(tmp_path, "Film/Film.mkv", "Show/Season 1/e1.mkv", *others))
    assert films == ["Film/Film.mkv", "Show/Season 1/e1.mkv"]
    assert set(skipped) == set(others)
    assert "recycle bin" in skipped["#recycle/a.mkv"]


def test_skipped_files_are_rows_of_the_plan(tmp_path):
    put(tmp_path, "Film/Film.mkv", "Film/Extras/e.mkv", "Kids/k.mkv")
    rows = survey_library(tmp_path, DubbingRules(("es",), exclude=("Kids",))).rows
    assert {(row["verdict"], row["reason"]) for row in rows} == {
        ("an extra or in a bin", "it lies in Extras, extras of a film"),
        ("excluded", "it matches Kids"),
    }


@pytest.mark.parametrize("pattern", ["Kids", "kids/*", "*/k.mkv", "k.*", "K*", "**/k.mkv", "/Kids/"])
def test_patterns_exclude_by_name_folder_and_path(tmp_path, pattern):
    films, _ = split(put(tmp_path, "Film/f.mkv", "Kids/k.mkv"), exclude=(pattern,))
    assert films == ["Film/f.mkv"]


def test_links_are_walked_and_each_file_is_found_once(tmp_path):
    library, pool = tmp_path / "library", tmp_path / "pool"
    put(pool, "rls/x.mkv", "y.mkv")
    put(library, "own.mkv")
    (library / "Linked").symlink_to(pool / "rls")
    (library / "Again").symlink_to(pool / "rls")
    (library / "Film.mkv").symlink_to(pool / "y.mkv")
    (library / "own-link.mkv").symlink_to(library / "own.mkv")
    (library / "loop").symlink_to(library)
    films, skipped = split(library, roots=(pool,))
    assert (films, skipped) == (["Again/x.mkv", "Film.mkv", "own.mkv"], {})


def test_a_link_out_of_the_roots_is_told_with_the_setting_to_add(tmp_path):
    library = put(tmp_path / "library", "own.mkv")
    put(tmp_path / "pool", "y.mkv")
    (library / "Film.mkv").symlink_to(tmp_path / "pool/y.mkv")
    films, skipped = split(library)
    assert films == ["own.mkv"]
    assert f"add {tmp_path / 'pool'} to LIBRARY_ROOTS" in skipped["Film.mkv"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Film/Film.mkv", ""),
        ("Film-trailer.mkv", "a sample or a trailer"),
        ("#recycle/deep/a.mkv", "it lies in #recycle, a recycle bin or a system folder"),
        ("Show/Extras/Season 1/e.mkv", ""),
        ("Film/Extras/e.mkv", "it lies in Extras, extras of a film"),
        ("Kids/k.mkv", "it matches Kids"),
    ],
)
def test_a_single_file_is_left_out_for_the_reason_of_a_search(tmp_path, name, reason):
    put(tmp_path, "Film/Film.mkv", name)
    assert describe_left_out(tmp_path / name, (tmp_path,), ("Kids",)) == reason
    assert split(tmp_path, exclude=("Kids",))[1].get(name, "") == reason


def test_a_root_that_lies_in_a_folder_of_extras_holds_films(tmp_path):
    put(tmp_path, "Extras/a.mkv")
    path = tmp_path / "Extras" / "a.mkv"
    assert describe_left_out(path, (tmp_path, tmp_path / "Extras"), ()) == ""
    assert describe_left_out(path, (tmp_path / "elsewhere",), ()) == "", "a file under no root"


def test_a_folder_that_cannot_be_listed_is_told_and_the_others_are_searched(tmp_path):
    root = put(tmp_path.resolve(), "Gone/a.mkv", "Here/b.mk3d")
    watched = []

    def watch(folder):
        watched.append(folder)
        if folder.path == root:
            shutil.rmtree(root / "Gone")

    found = search_library(root, watch=watch)
    assert [file.path.name for file in found] == ["b.mk3d"]
    assert {folder.path.name: (folder.films, folder.error) for folder in watched[1:]} == {
        "Gone": (0, "No such file or directory"),
        "Here": (1, ""),
    }
