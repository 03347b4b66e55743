"""How commands end, seen from a shell."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from command_line import command_line

from cli.service.process import find_free_port

ROOT = Path(__file__).parents[2]

TOOLS = ("screenshots", "chaos", "bench", "soak", "hostile", "docs", "image", "check", "test")

# Engines that need no models, and a language model that vLLM is to serve.
NEEDY = """
transcriber: {engine: pocketsphinx}
diarizer: {engine: ge2e}
translator: {engine: llm}
synthesizer: {engine: espeak}
language_model: {model: owner/name}
"""


def dubarr(*args: str, home: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-P", "-m", "cli", *args],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "DUBARR_HOME": str(home), "HOME": str(home), **environment},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_lists_every_command(tmp_path):
    from cli.main import COMMANDS

    done = dubarr("--help", home=tmp_path)
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The packages that the wheel holds, without the rest of the checkout."""
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]["include"]
    folder = tmp_path_factory.mktemp("installed")
    for pattern in packages:
        (folder / pattern.removesuffix("*")).symlink_to(ROOT / pattern.removesuffix("*"))
    return folder


def test_an_installed_package_lists_no_developers_tools(tmp_path, installed):
    done = dubarr("--help", home=tmp_path, PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stderr
    assert "\n  serve " in done.stdout and not any(f"\n  {name} " in done.stdout for name in TOOLS)


@pytest.mark.parametrize("name", TOOLS)
def test_an_installed_package_says_where_developers_tools_are(tmp_path, installed, name):
    done = dubarr(name, home=tmp_path, PYTHONPATH=str(installed))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{name} is one of the developers' tools" in done.stderr and "git clone" in done.stderr


def test_a_checkout_has_its_tools(tmp_path):
    done = dubarr("soak", "--help", home=tmp_path)
    assert done.returncode == 0 and "--tasks" in done.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("no-such-command",),
        ("dub",),
        ("dub", "no-such-film.mkv"),
        ("dub", "film.mkv", "--speakers", "0"),
        ("serve", "--port", "70000"),
        ("retry", "x"),
        ("retry",),
        ("delete", "7", "--status", "done"),
    ],
)
def test_wrong_usage_ends_with_2(tmp_path, args):
    (tmp_path / "film.mkv").touch()
    done = dubarr(*args, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr


def test_a_group_without_a_command_shows_its_help_line_by_line(tmp_path, monkeypatch, capsys):
    ended = command_line(tmp_path, monkeypatch, capsys)("keys")
    assert ended.code == 2 and "  revoke  Revoke a key" in ended.err and "\\n" not in ended.err


@pytest.mark.parametrize(
    "args", [("status",), ("status", "7"), ("retry", "7"), ("cancel", "--status", "queued"), ("purge", "7", "8"), ("delete", "7")]
)
def test_without_a_service_it_says_how_to_start_one(tmp_path, args):
    done = dubarr(*args, home=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "dubarr: no service runs here; start it with: ./dubarr serve --detach\n"


def test_stopping_what_does_not_run_is_fine(tmp_path):
    assert dubarr("stop", home=tmp_path).returncode == 0


def test_a_wrong_setting_is_one_sentence(tmp_path):
    done = dubarr("doctor", home=tmp_path, PORT="eighty")
    assert (done.returncode, done.stderr) == (1, "dubarr: settings: PORT='eighty' cannot be used; give a port from 1 to 65535\n")


def test_settings_tell_their_source_and_hide_secrets(tmp_path):
    (tmp_path / ".env").write_text("TARGET_LANGS=es,ca\nAPI_PASS=quite-secret\n")
    done = dubarr("settings", home=tmp_path, PORT="8123")
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert "es, ca" in rows["TARGET_LANGS"] and str(tmp_path / ".env") in rows["TARGET_LANGS"]
    assert "8123" in rows["PORT"] and "environment" in rows["PORT"]
    assert "default" in rows["HOST"]
    assert "quite-secret" not in done.stdout


def test_a_folder_called_cli_does_not_shadow_ours(tmp_path):
    (tmp_path / "cli").mkdir()
    (tmp_path / "cli" / "__main__.py").write_text("print('theirs')")
    assert "theirs" not in dubarr("--help", home=tmp_path).stdout


def test_logs_shows_the_last_lines(tmp_path):
    assert dubarr("logs", home=tmp_path).returncode == 1
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "processing.log").write_text("one\ntwo\nthree\n")
    assert dubarr("logs", "-n", "2", home=tmp_path).stdout == "two\nthree\n"


def test_languages_tells_what_can_be_dubbed(tmp_path):
    done = dubarr("languages", "en", home=tmp_path, PROFILE="draft")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("English (en) → ") and "Spanish (es)" in done.stdout
    row = next(line for line in done.stdout.splitlines()[1:] if line.startswith("Spanish (es)"))
    assert row.split()[2:] == ["espeak", "apertium"]


def test_languages_of_a_second_choice_are_told(tmp_path):
    done = dubarr("languages", home=tmp_path, PROFILE="draft", SYNTHESIZER="xtts,espeak")
    assert done.returncode == 0, done.stderr
    assert "not spoken by xtts: " in done.stdout and "Catalan by espeak" in done.stdout


def test_a_profile_that_needs_nothing_more_is_ready_at_once(tmp_path):
    done = dubarr("setup", "--profile", "draft", home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ready: profile draft needs nothing more\n")
    assert not list(tmp_path.iterdir())


def test_setup_names_the_profiles_that_there_are(tmp_path):
    done = dubarr("setup", "--profile", "no-such", home=tmp_path)
    assert done.returncode == 1 and "give one of cluster, cpu-models, draft, embedded" in done.stderr


def test_engines_lists_every_role(tmp_path):
    done = dubarr("engines", home=tmp_path, PROFILE="draft")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines() if line.split()[-1:] == ["here"]] == [
        *("separator", "transcriber", "aligner", "diarizer", "translator", "synthesizer")
    ]
    assert dubarr("engines", "--role", "translator", home=tmp_path, PROFILE="draft").stdout.count("VRAM") == 1
    assert dubarr("engines", "--role", "actor", home=tmp_path).returncode == 2


@pytest.mark.parametrize("args", [("serve",), ("serve", "--detach"), ("dub", "film.mkv"), ("demo",)])
def test_a_profile_whose_libraries_are_missing_does_not_start(tmp_path, args):
    (tmp_path / "none.yaml").write_text(NEEDY)
    (tmp_path / "film.mkv").touch()
    profile, llm, port = str(tmp_path / "none.yaml"), str(tmp_path / "llm"), str(find_free_port("127.0.0.1"))
    done = dubarr(*args, home=tmp_path, PROFILE=profile, DUBARR_LLM_VENV=llm, PORT=port)
    assert done.returncode == 1
    assert (
        done.stderr == f"dubarr: profile {profile} needs llm, not installed here yet; run: ./dubarr setup --profile {profile}\n"
    )
    assert not (tmp_path / "data").exists(), "a password made now would never be shown"


def test_doctor_fails_where_a_program_is_missing(tmp_path):
    port = str(find_free_port("127.0.0.1"))
    assert dubarr("doctor", "--profile", "draft", home=tmp_path, PORT=port).returncode == 0
    done = dubarr("doctor", "--profile", "draft", home=tmp_path, PORT=port, PATH="/nowhere")
    assert done.returncode == 1 and "FAIL  ffmpeg: apt-get install ffmpeg" in done.stdout


def test_a_name_in_an_error_does_nothing_to_the_terminal(tmp_path):
    done = dubarr("dub", "film\x1b]0;x\x07\u202e\nall in order.mkv", home=tmp_path)
    assert done.returncode == 2
    assert r"film\x1b]0;x\x07\u202e\nall in order.mkv" in done.stderr
    assert not {"\x1b", "\x07", "\u202e"} & set(done.stderr)
