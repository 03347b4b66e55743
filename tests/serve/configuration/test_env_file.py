"""Edits of the settings file: what a person wrote in it stays, and it is never half written."""

import io
import signal
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values
from killed_child import run_killed

from pipeline.filesystem import fsync
from serve.configuration import env_file
from serve.configuration.env_file import edit_env_text, write_env_file

TEXT = """# my server
TARGET_LANGS=es # Spanish

EXCLUDE='*sample*, a\\'b'
no assignment
OWN='two
lines'
TARGET_LANGS="fr"  # since May
"""
NEW = {"TARGET_LANGS": "ca", "EXCLUDE": "*trailer*"}
WATCHED = {env_file.__file__, fsync.__file__}


def write_and_die(path: Path, step: int) -> int:
    """Write in a child process that kills itself at the n-th line of Python that replaces the file. Returns its exit code."""
    return run_killed(lambda: write_env_file(path, NEW), step=step, watched=WATCHED)


def read(text: str) -> dict[str, str | None]:
    return dict(dotenv_values(stream=io.StringIO(text), interpolate=False))


def test_comments_unknown_lines_and_order_stay() -> None:
    edited = edit_env_text(TEXT, {"TARGET_LANGS": "ca,es"})
    assert edited == TEXT.replace("TARGET_LANGS=es # Spanish\n", "", 1).replace('"fr"', "ca,es")


def test_a_default_is_a_line_less_and_a_new_value_one_more() -> None:
    edited = edit_env_text("A=1\nEXCLUDE=x", {"EXCLUDE": None, "PLEX_TOKEN": "t"})
    assert edited == "A=1\nPLEX_TOKEN=t\n"


@pytest.mark.parametrize(
    "value", ["a b", "it's", "\\\\nas\\tv=/tv;D:\\x=/y", "#", "${HOME}", '"', "пароль", "a#b $c", "\\'", "x\\"]
)
def test_every_value_is_read_as_it_was_given(value: str) -> None:
    once = edit_env_text(TEXT, {"SONARR_API_KEY": value, "EXCLUDE": value})
    again = edit_env_text(once, {"SONARR_API_KEY": value, "EXCLUDE": value})
    assert read(once) == read(again) == read(TEXT) | {"SONARR_API_KEY": value, "EXCLUDE": value}
    assert again == once


def test_the_file_is_its_owners_alone_and_a_link_stays_one(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")
    path.chmod(0o644)
    write_env_file(path, {"A": "2"})
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("A=2\n", 0o600)


@pytest.mark.slow
def test_a_kill_at_any_step_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path, seen, ended = tmp_path / ".env", [], -1
    while ended:
        path.write_text(TEXT)
        ended = write_and_die(path, len(seen) + 1)
        assert ended in {0, -signal.SIGKILL}
        seen.append(path.read_text())
    assert set(seen) == {TEXT, edit_env_text(TEXT, NEW)} and seen[0] == TEXT != seen[-1]
    assert len(seen) > 30
