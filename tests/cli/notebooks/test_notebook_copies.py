"""What people changed stays theirs; what they did not touch is renewed."""

from pathlib import Path

import pytest

from cli.notebooks.notebook_copies import RECORD_NAME, CopiedNotebooks, copy_notebooks
from pipeline.errors import DubarrError


@pytest.fixture
def originals(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "01.ipynb").write_text("one")
    (folder / "plans.py").write_text("plans")
    (folder / ".hidden").write_text("no notebook")
    return folder


@pytest.fixture
def desk(originals: Path, tmp_path: Path) -> Path:
    copy_notebooks(originals, tmp_path / "data" / "notebooks")
    return tmp_path / "data" / "notebooks"


def test_notebooks_and_their_modules_are_laid_out_once(originals, desk):
    assert sorted(path.name for path in desk.iterdir()) == [RECORD_NAME, "01.ipynb", "plans.py"]
    assert copy_notebooks(originals, desk).fresh == ()


def test_an_untouched_copy_is_renewed(originals, desk):
    (originals / "01.ipynb").write_text("one, better")
    assert copy_notebooks(originals, desk).fresh == ("01.ipynb",)
    assert (desk / "01.ipynb").read_text() == "one, better"


def test_a_changed_copy_stays_and_is_told_of_a_newer_one(originals, desk):
    (desk / "01.ipynb").write_text("one, with my own cells")
    assert copy_notebooks(originals, desk).outdated == (), "there is nothing newer"
    (originals / "01.ipynb").write_text("one, better")
    assert copy_notebooks(originals, desk).outdated == ("01.ipynb",)
    assert copy_notebooks(originals, desk).outdated == ("01.ipynb",), "and told again"
    assert (desk / "01.ipynb").read_text() == "one, with my own cells"


def test_a_copy_that_was_deleted_comes_back(originals, desk):
    (desk / "01.ipynb").unlink()
    assert copy_notebooks(originals, desk).fresh == ("01.ipynb",)


@pytest.mark.parametrize("record", ["", "{", "[]"])
def test_without_a_record_nothing_is_overwritten(originals, desk, record):
    (desk / RECORD_NAME).write_text(record)
    (desk / "01.ipynb").write_text("mine")
    (originals / "plans.py").write_text("better plans")
    (originals / "new.py").write_text("new")
    assert copy_notebooks(originals, desk) == CopiedNotebooks(fresh=("new.py",), outdated=("01.ipynb", "plans.py"))
    assert (desk / "01.ipynb").read_text() == "mine" and (desk / "plans.py").read_text() == "plans"


def test_copies_that_are_ours_are_known_again_without_a_record(originals, desk):
    (desk / RECORD_NAME).unlink()
    assert copy_notebooks(originals, desk) == CopiedNotebooks((), ())
    (originals / "01.ipynb").write_text("one, better")
    assert copy_notebooks(originals, desk) == CopiedNotebooks(("01.ipynb",), ())


def test_a_place_without_notebooks_is_told(tmp_path):
    with pytest.raises(DubarrError, match="there are no notebooks in"):
        copy_notebooks(tmp_path, tmp_path / "desk")
