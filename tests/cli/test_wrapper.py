"""`./dubarr` itself, in a copy of its folder where every program it calls is a stub that writes down its arguments."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ("ffmpeg", "espeak-ng", "apertium", "flite", "chromium")
TOOLS = (
    "bash",
    "readlink",
    "cat",
    "sha256sum",
    "mkdir",
    "flock",
    "tail",
    "ls",
    "dirname",
    "env",
    "rm",
    "chmod",
    "cp",
    "sleep",
    "touch",
)

# Plays python: knows enough of venv to make one of itself.
PYTHON = """#!/bin/bash
echo "python $*" >> "$CALLS"
case "$*" in
  *"-m venv"*) for folder; do :; done; mkdir -p "$folder/bin"; echo home > "$folder/pyvenv.cfg"; cp "$0" "$folder/bin/python" ;;
  *"-c import sys; print("*) echo 3.11 ;;
  *"pip --disable-pip-version-check install --progress-bar off --constraint"*) [[ -z ${PIP_FAILS:-} ]] || { echo "no network here"; exit 1; } ;;
  *"-m cli"*) echo "handed over: $*" ;;
esac
"""
STUB = '#!/bin/bash\necho "{name} $*" >> "$CALLS"\n{more}\n'


@dataclass(frozen=True)
class House:
    """A checkout with stubs on its PATH. `calls`: what was called."""

    folder: Path
    path: Path
    calls_file: Path

    def stub(self, name: str, more: str = "") -> None:
        (self.path / name).write_text(STUB.format(name=name, more=more))
        (self.path / name).chmod(0o755)

    def dubarr(
        self, *args: str, cwd: Path | None = None, program: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess:
        return subprocess.run(
            [program or self.folder / "dubarr", *args],
            cwd=cwd or self.folder,
            env={"PATH": str(self.path), "CALLS": str(self.calls_file), "HOME": str(self.folder), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def forget_calls(self) -> None:
        self.calls_file.unlink(missing_ok=True)


@pytest.fixture
def house(tmp_path: Path) -> House:
    folder, path = tmp_path / "a house", tmp_path / "bin"  # a blank in the path, as users have them
    folder.mkdir()
    path.mkdir()
    for name in ("dubarr", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "commands.md", folder / "docs")
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (path / tool).symlink_to(found)
    made = House(folder, path, tmp_path / "calls")
    (path / "python3.11").write_text(PYTHON)
    (path / "python3.11").chmod(0o755)
    for name in PROGRAMS:
        made.stub(name)
    made.stub("dpkg-query", "echo 'install ok installed'")
    made.stub("apt-get")
    made.stub("id", "echo 0")
    return made


def test_the_first_run_sets_up_and_hands_over(house):
    done = house.dubarr("status", "7")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "handed over: -P -m cli status 7\n"
    installs = [call for call in house.calls if " install " in call]
    assert "--editable" in installs[0] and installs[0].endswith("[embedded]")
    assert installs[1].endswith("--no-deps silero-vad resemblyzer")
    assert not [call for call in house.calls if call.startswith("apt-get")], "nothing was missing"


@pytest.mark.parametrize(
    ("args", "usage"),
    [
        ((), "dubarr [OPTIONS] COMMAND"),
        (("--help",), "dubarr [OPTIONS] COMMAND"),
        (("dub", "--help"), "dubarr dub [OPTIONS] FILM..."),
        (("dub", "film.mkv", "-h"), "dubarr dub [OPTIONS] FILM..."),
        (("lab", "--help"), "dubarr lab"),
        (("evaluate", "--help"), "dubarr evaluate"),
        (("test", "--help"), "dubarr test"),
        (("ray", "up", "--help"), "dubarr ray"),
    ],
)
def test_help_installs_nothing(house, args, usage):
    done = house.dubarr(*args)
    assert done.returncode == 0 and done.stdout.startswith(f"Usage: {usage}")
    assert "nothing is installed yet" in done.stderr and "./dubarr setup" in done.stderr
    assert house.calls == [call for call in house.calls if "import sys" in call], "nothing was called but a Python's version"
    assert not (house.folder / ".venv").exists() and not (house.folder / "logs").exists()


def test_help_needs_no_python(house):
    (house.path / "python3.11").unlink()
    assert house.dubarr("serve", "--help").stdout.startswith("Usage: dubarr serve")


def test_help_of_an_unknown_command_is_wrong_usage(house):
    done = house.dubarr("dubb", "--help")
    assert (done.returncode, done.stdout) == (2, "") and "no such command: dubb" in done.stderr
    assert house.calls == []


def test_an_environment_gives_rays_own_help(house):
    house.dubarr("status")
    assert house.dubarr("ray", "up", "--help").stdout == "handed over: -P -m cli ray up --help\n"
    done = house.dubarr("ray", "--help")
    assert done.stdout.startswith("Usage: dubarr ray") and done.stderr == ""


def test_the_log_of_the_set_up_is_for_its_owner_and_the_environment_as_the_umask_says(house):
    before = os.umask(0o022)
    try:
        house.dubarr("status")
    finally:
        os.umask(before)
    modes = {
        name: (house.folder / name).stat().st_mode & 0o777 for name in ("logs", "logs/setup.log", "logs/setup.lock", ".venv")
    }
    assert modes == {"logs": 0o700, "logs/setup.log": 0o600, "logs/setup.lock": 0o600, ".venv": 0o755}


def test_the_second_run_installs_nothing(house):
    house.dubarr("status")
    house.forget_calls()
    done = house.dubarr("status")
    assert done.returncode == 0 and done.stderr == ""
    assert not [call for call in house.calls if "install" in call or "venv" in call]


def test_new_pins_set_up_again(house):
    house.dubarr("status")
    house.forget_calls()
    with (house.folder / "constraints.txt").open("a") as pins:
        pins.write("something-new==1.0\n")
    house.dubarr("status")
    assert [call for call in house.calls if "--editable" in call]


def test_the_lab_brings_its_own_and_everything_else_goes_on_with_it(house):
    house.dubarr("status")
    house.forget_calls()
    assert house.dubarr("lab").stdout == "handed over: -P -m cli lab\n"
    assert [call for call in house.calls if call.endswith("[embedded,lab]")]
    house.forget_calls()
    house.dubarr("lab")
    house.dubarr("status")
    assert not [call for call in house.calls if "--editable" in call]
    house.dubarr("check")
    assert [call for call in house.calls if call.endswith("[embedded,dev]")]


def test_evaluation_brings_the_libraries_that_count_errors(house):
    assert house.dubarr("evaluate", "--sample").stdout == "handed over: -P -m cli evaluate --sample\n"
    assert [call for call in house.calls if call.endswith("[embedded,notebooks]")]


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_new_pins_move_nothing_that_a_profiles_engines_stand_on(house, kind):
    shutil.copy(ROOT / f"constraints-{kind}.txt", house.folder)
    house.dubarr("status")
    assert not [call for call in house.calls if f"constraints-{kind}.txt" in call]
    (house.folder / ".venv" / "dubarr-models.stamp").write_text(f"{kind}\nasr\n123\n")  # as ./dubarr setup leaves it
    with (house.folder / "constraints.txt").open("a") as pins:
        pins.write("something-new==1.0\n")
    house.forget_calls()
    done = house.dubarr("status")
    assert done.returncode == 0, done.stderr
    installs = [call for call in house.calls if " install " in call]
    assert len(installs) == 2
    for call in installs:
        assert f"--constraint {house.folder}/constraints.txt --constraint {house.folder}/constraints-{kind}.txt" in call
    assert (house.folder / ".venv" / "dubarr-models.stamp").exists()


@pytest.mark.parametrize("stamp", ["", "gpu", "abacus\n", "\n"])
def test_a_stamp_that_says_nothing_known_does_not_stop_a_set_up(house, stamp):
    (house.folder / ".venv").mkdir()
    (house.folder / ".venv" / "dubarr-models.stamp").write_text(stamp)
    done = house.dubarr("status")
    assert done.returncode == 0, done.stderr


def test_tests_bring_the_developers_tools_and_afterwards_serve_for_all(house):
    house.dubarr("test")
    assert [call for call in house.calls if call.endswith("[embedded,dev]")]
    house.forget_calls()
    house.dubarr("status")
    assert not [call for call in house.calls if "--editable" in call]


def test_it_works_through_a_symlink_from_another_folder(house, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "dub").symlink_to(house.folder / "dubarr")
    done = house.dubarr("settings", cwd=elsewhere, program=elsewhere / "dub")
    assert done.returncode == 0, done.stderr
    assert (house.folder / ".venv" / "bin" / "python").exists()
    assert not (elsewhere / ".venv").exists()


def test_dubarr_venv_says_where_the_environment_lies(house, tmp_path):
    done = house.dubarr("settings", DUBARR_VENV=str(tmp_path / "env"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "env" / "bin" / "python").exists() and not (house.folder / ".venv").exists()


def test_a_folder_that_is_no_environment_is_left_alone(house, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").touch()
    done = house.dubarr("settings", DUBARR_VENV=str(tmp_path / "photos"))
    assert done.returncode == 1 and "another folder" in done.stderr
    assert (tmp_path / "photos" / "me.jpg").exists()


def test_a_half_made_environment_is_made_again(house):
    (house.folder / ".venv" / "bin").mkdir(parents=True)
    done = house.dubarr("status")
    assert done.returncode == 0, done.stderr
    assert [call for call in house.calls if "-m venv --clear" in call]


def test_a_set_up_that_failed_says_so_and_is_tried_again(house):
    failed = house.dubarr("status", PIP_FAILS="1")
    assert failed.returncode == 1 and failed.stdout == ""
    assert "no network here" in failed.stderr and "setup.log" in failed.stderr
    assert house.dubarr("status").returncode == 0


def test_missing_debian_packages_are_installed(house):
    house.stub("dpkg-query", '[[ $4 == flite ]] || echo "install ok installed"')
    done = house.dubarr("status")
    assert done.returncode == 0, done.stderr
    assert [call for call in house.calls if call.startswith("apt-get")] == [
        "apt-get update",
        "apt-get install -y --no-install-recommends flite",
    ]
    assert "installing Debian packages: flite" in done.stderr


def test_without_root_they_are_installed_with_sudo(house):
    house.stub("dpkg-query", '[[ $4 == flite ]] || echo "install ok installed"')
    house.stub("id", "echo 1000")
    house.stub("sudo", '[[ $1 == -v ]] || exec "$@"')
    done = house.dubarr("status")
    assert done.returncode == 0, done.stderr
    assert [call for call in house.calls if call.startswith("sudo")][:2] == ["sudo -v", "sudo apt-get update"]
    assert "apt-get install -y --no-install-recommends flite" in house.calls


def test_without_root_and_sudo_the_command_is_told(house):
    house.stub("dpkg-query", '[[ $4 == flite ]] || echo "install ok installed"')
    house.stub("id", "echo 1000")
    done = house.dubarr("status")
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends flite" in done.stderr
    assert not [call for call in house.calls if call.startswith("apt-get")]


def test_without_python_it_says_what_to_install(house):
    (house.path / "python3.11").unlink()
    done = house.dubarr("status")
    assert done.returncode == 1
    assert "apt-get install python3 python3-venv" in done.stderr


def test_exit_codes_pass_through(house):
    python = house.path / "python3.11"
    python.write_text(PYTHON.replace('echo "handed over: $*"', "exit 2"))
    assert house.dubarr("dub").returncode == 2


def test_the_script_is_clean():
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not shellcheck:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([shellcheck, ROOT / "dubarr"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
