"""Declared dependencies: all that is imported, and nothing that is not; each of the base ones has its pin."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normalized(requirement: str) -> str:
    """The name of a requirement, as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~ ]", requirement)[0]).lower()


def test_what_is_imported_is_declared():
    pytest.importorskip("deptry", reason="deptry is not installed; ./dubarr test brings it")
    done = subprocess.run(
        [sys.executable, "-m", "deptry", "--no-ansi", "."], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_every_mix_needs_is_in_the_base():
    assert {"numpy", "scipy", "soundfile", "soxr"} <= {normalized(each) for each in PROJECT["dependencies"]}


def test_the_citation_is_that_of_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys(), "what the format 1.2.0 requires"
    assert (citation["cff-version"], citation["type"]) == ("1.2.0", "software")
    assert (citation["title"].lower(), citation["version"], citation["license"]) == tuple(
        PROJECT[name] for name in ("name", "version", "license")
    )
    assert all(author.keys() <= {"name", "given-names", "family-names", "orcid"} for author in citation["authors"])


@pytest.mark.parametrize("group", ["base", "embedded", "notebooks", "lab", "dev"])
def test_each_has_its_pin(group):
    wanted = PROJECT["dependencies"] if group == "base" else PROJECT["optional-dependencies"][group]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {normalized(line) for line in lines if not line.startswith("#")}
    pinned |= {normalized(line) for line in (ROOT / "constraints-cpu.txt").read_text().splitlines() if not line.startswith("#")}
    assert sorted({normalized(each) for each in wanted} - {"dubarr"} - pinned) == []
