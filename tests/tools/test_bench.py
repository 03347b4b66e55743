"""`./dubarr bench`: which comparisons are made, and where they go."""

import json
import shutil

import pytest
from click.testing import CliRunner

from cli.main import dubarr

DRAFT = {"PROFILE": "draft"}  # what is measured around the engines is the same
needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")


def test_help_says_what_it_does():
    assert "Measure Dubarr against baselines" in CliRunner().invoke(dubarr, ["bench", "--help"]).output


def test_something_unknown_is_refused():
    assert CliRunner().invoke(dubarr, ["bench", "--only", "luck"]).exit_code == 2


def test_a_part_of_the_table_does_not_replace_the_whole():
    done = CliRunner().invoke(dubarr, ["bench", "--only", "mixing", "--write"])
    assert done.exit_code == 2 and "leave --only out" in done.output


def test_mixing_alone_starts_no_service():
    done = CliRunner().invoke(dubarr, ["bench", "--quick", "--only", "mixing"])
    assert done.exit_code == 0, done.output
    assert "mixing 0.5 min of stereo" in done.stdout and "muxing it" in done.stdout
    assert "starting a service" not in done.stderr


@needs_flite
@pytest.mark.slow
def test_a_service_of_its_own_is_measured_and_traced(tmp_path):
    wanted = [part for name in ("overhead", "health", "upload") for part in ("--only", name)]
    done = CliRunner().invoke(dubarr, ["bench", "--quick", *wanted, "--trace", str(tmp_path / "trace.json")], env=DRAFT)
    assert done.exit_code == 0, done.output
    for name in ("a dub of 1 min", "/health, median", "upload of"):
        assert name in done.stdout
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    assert {"engine", "program", "stage"} <= {event["cat"] for event in events}
    assert len({event["pid"] for event in events}) > 2  # engines in their replicas, the rest in the worker
