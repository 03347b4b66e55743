"""Commands of `./dubarr` in this process, against the HTTP service on a real port, without Ray."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from in_process_service import AUTH
from listening import Listening, listening

from cli.main import run
from pipeline.settings import Settings
from serve.runtime import state_file


@dataclass(frozen=True)
class Ended:
    """A command that ended: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class CommandLine:
    """Commands whose home folder is `home`."""

    home: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> Ended:
        self.capsys.readouterr()
        code = run([str(each) for each in arguments])
        return Ended(code, *self.capsys.readouterr())


@dataclass(frozen=True)
class ServedCommandLine(CommandLine):
    """Commands beside a service that they find running."""

    live: Listening


def command_line(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Commands where no service runs, in an environment of their own."""
    for name in ("API_USER", "API_PASS", "DATA_DIR", "VIDEOS_DIR", "LOGS_DIR", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DUBARR_HOME", str(home))
    monkeypatch.setenv("PROFILE", "draft")
    return CommandLine(home, capsys)


@contextmanager
def served_command_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ServedCommandLine]:
    """Commands beside a service over `home`, which they find by its state file as one of their own."""
    command_line(home, monkeypatch, capsys)
    with listening(home) as live:
        monkeypatch.setenv("API_USER", AUTH[0])
        monkeypatch.setenv("API_PASS", AUTH[1])
        settings = Settings(data_dir=home / "data", port=urlsplit(live.url).port or 0)
        state_file.write_state(settings, ready=True)
        yield ServedCommandLine(home, capsys, live)
