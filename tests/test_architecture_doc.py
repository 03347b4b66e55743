"""docs/architecture.md: every file that it names exists, and every top-level package is named."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "architecture.md"
STAGES = ROOT / "pipeline" / "stages"
NAMED = re.compile(r"[\w./-]*\w+\.(?:py|md|yaml)\b|(?:[\w-]+/)+(?=[\s`,;.|]|$)")
LONGEST = 100  # lines: one page


def missing(text: str) -> list[str]:
    """The files and folders that a text names and that are not there; a bare file name in the drawing is a stage's."""
    return [
        name for name in dict.fromkeys(NAMED.findall(text)) if not ((ROOT / name) if "/" in name else (STAGES / name)).exists()
    ]


def test_every_file_that_it_names_exists():
    assert missing(DOCUMENT.read_text()) == []


@pytest.mark.parametrize("name", ["pipeline/no_such.py", "pipeline/stages/gone.py", "serve/nowhere/", "hear.py"])
def test_a_missing_file_is_found(name):
    assert missing(f"first `pipeline/dub.py`, then `{name}` and `dashboard/`") == [name]


def test_it_names_a_file_at_each_step():
    steps = re.findall(r"^\d\. .*?(?=^\d\. |^## |\Z)", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    assert len(steps) >= 12
    assert all(NAMED.search(step) for step in steps)


def test_every_top_level_package_is_named():
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    text = DOCUMENT.read_text()
    assert [package for package in (*packages, "notebooks") if f"`{package}/`" not in text] == []


def test_it_is_one_page():
    assert len(DOCUMENT.read_text().splitlines()) <= LONGEST


def test_the_readme_leads_to_it():
    assert "docs/architecture.md" in (ROOT / "README.md").read_text()
