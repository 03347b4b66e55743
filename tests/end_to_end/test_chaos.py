"""Chaos in short: `./dubarr chaos` as a person runs it, over the kinds whose death costs most. The long form is run by hand."""

import re

import pytest
from click.testing import CliRunner

from tools.endurance.chaos import chaos

pytestmark = pytest.mark.slow

KINDS = ("worker", "tts", "store", "ingress", "controller", "machine")


def test_films_survive_the_death_of_every_kind_of_process():
    run = CliRunner().invoke(
        chaos,
        ["--films", "6", "--kills", str(len(KINDS)), "--seed", "5", "--only", ",".join(KINDS), "--minutes", "9"],
        standalone_mode=False,
        catch_exceptions=False,
    )
    broken = [line for line in run.stdout.splitlines() if line.startswith("NO ")]
    assert all("in the median" in line for line in broken), run.output  # how fast it recovers is for a quiet machine
    assert sum(line.startswith("yes ") for line in run.stdout.splitlines()) >= 6, run.output
    struck = re.findall(r"kill \d/6  ([\w-]+)", run.output)
    assert sorted(struck) == sorted(KINDS)
