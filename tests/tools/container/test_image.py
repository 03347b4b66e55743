"""The container image: what Dockerfile and compose.yaml promise, and the steps that a chroot takes of them."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pipeline.errors import DubarrError
from tools.container.chroot_build import CopyStep, Step, copy_checkout, is_ignored, plan_steps, read_ignored
from tools.container.dockerfile import Instruction, parse_dockerfile
from tools.image import image

ROOT = Path(__file__).parents[3]
INSTRUCTIONS = parse_dockerfile((ROOT / "Dockerfile").read_text())
STEPS = tuple(plan_steps(INSTRUCTIONS, {}))


def only(keyword: str) -> str:
    (found,) = (each.rest for each in INSTRUCTIONS if each.keyword == keyword)
    return found


def test_the_image_is_debian_12_and_runs_as_nobodys_root() -> None:
    assert only("FROM") == "debian:12-slim" and only("USER") == "dubarr"
    assert only("ENTRYPOINT") == '["/usr/bin/tini", "--"]' and only("CMD") == '["./dubarr", "serve"]'
    assert only("VOLUME") == '["/data", "/videos"]' and only("EXPOSE") == "8000"
    assert "/readyz" in only("HEALTHCHECK") and "--start-period" in only("HEALTHCHECK")
    order = [each.keyword for each in INSTRUCTIONS]
    assert order.index("USER") < order.index("ENTRYPOINT"), "nothing runs as root once the service does"


def test_the_image_has_every_package_that_the_wrapper_wants() -> None:
    (wanted,) = re.findall(r"readonly PACKAGES=\((.*?)\)", (ROOT / "dubarr").read_text(), re.DOTALL)
    installed = shlex.split(STEPS[0].command) if isinstance(STEPS[0], Step) else []
    assert set(wanted.split()) <= set(installed) and {"tini", "curl", "python3-venv"} <= set(installed)


def test_the_set_up_runs_as_the_services_user_with_its_settings() -> None:
    setup = STEPS[-1]
    assert isinstance(setup, Step) and setup.command == './dubarr setup --profile "$PROFILE" "$HARDWARE"'
    assert (setup.user, setup.folder, setup.variables["HARDWARE"]) == ("dubarr", "/opt/dubarr", "--cpu")
    assert {name: setup.variables[name] for name in ("PROFILE", "DATA_DIR", "VIDEOS_DIR", "HOST")} == {
        "PROFILE": "embedded", "DATA_DIR": "/data", "VIDEOS_DIR": "/videos", "HOST": "0.0.0.0",
    }  # fmt: skip
    *_, gpu = plan_steps(INSTRUCTIONS, {"PROFILE": "gpu-24g", "HARDWARE": "--gpu"})
    assert isinstance(gpu, Step) and (gpu.variables["PROFILE"], gpu.variables["HARDWARE"]) == ("gpu-24g", "--gpu")
    from cli.install.setup import setup as command

    assert {"--cpu", "--gpu", "--profile"} <= {option for each in command.params for option in each.opts}


def test_every_variable_of_the_image_is_a_setting_or_known() -> None:
    from dataclasses import fields

    from pipeline.settings import Settings

    settings = {each.metadata["env"] for each in fields(Settings)}
    names = {name for each in INSTRUCTIONS if each.keyword == "ENV" for name in re.findall(r"(\w+)=", each.rest)}
    assert names - settings == {"HOME", "PIP_NO_CACHE_DIR", "DUBARR_HOME"}


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_compose_has_the_service_and_a_gpu_variant_with_volumes_and_a_health_check(compose: dict) -> None:
    cpu, gpu = compose["services"]["dubarr"], compose["services"]["dubarr-gpu"]
    assert "profiles" not in cpu and gpu["profiles"] == ["gpu"]
    for service in (cpu, gpu):
        targets = {volume.split(":")[1] for volume in service["volumes"]}
        assert (
            targets == {"/data", "/videos"} and {each.split(":")[0] for each in service["volumes"]} <= compose["volumes"].keys()
        )
        assert "http://127.0.0.1:8000/readyz" in service["healthcheck"]["test"]
        assert service["ports"] == ["127.0.0.1:8000:8000"], "only this machine reaches it, until somebody says otherwise"
        assert service["environment"]["DATA_DIR"] == "/data" and service["restart"] == "unless-stopped"
        arguments = {each.rest.partition("=")[0] for each in INSTRUCTIONS if each.keyword == "ARG"}
        assert service["build"]["args"].keys() <= arguments
    (device,) = gpu["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["capabilities"]) == ("nvidia", ["gpu"])
    assert gpu["build"]["args"]["HARDWARE"] == "--gpu" and gpu["environment"]["PROFILE"] == "${GPU_PROFILE:-gpu-24g}"


@pytest.mark.parametrize(
    "path", [".env", ".git", ".venv", ".venv-llm", "data", "videos", "cli/__pycache__", "tests", ".mypy_cache"]
)
def test_secrets_films_and_leftovers_stay_out_of_the_image(path: str) -> None:
    assert is_ignored(Path(path), read_ignored(ROOT))


@pytest.mark.parametrize(
    "path", ["dubarr", "pyproject.toml", "README.md", "docs/commands.md", "cli/main.py", "serve/profiles/embedded.yaml"]
)
def test_what_the_service_needs_is_in_it(path: str) -> None:
    assert (ROOT / path).is_file() and not any(
        is_ignored(Path(*Path(path).parts[:depth]), read_ignored(ROOT)) for depth in range(1, len(Path(path).parts) + 1)
    )


def test_the_checkout_is_copied_without_what_is_ignored(tmp_path: Path) -> None:
    checkout, root = tmp_path / "checkout", tmp_path / "root"
    for name, text in {
        ".dockerignore": "# no\n.env\n**/__pycache__\n",
        ".env": "API_PASS=x",
        "dubarr": "#!",
        "cli/__pycache__/a": "",
    }.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    import os

    (root / "etc").mkdir(parents=True)
    (root / "etc" / "passwd").write_text(f"dubarr:x:{os.getuid()}:{os.getgid()}::/home/dubarr:/bin/sh\n")
    assert copy_checkout(checkout, root, CopyStep("/opt/dubarr", "dubarr")) == 2
    copied = {str(path.relative_to(root / "opt/dubarr")) for path in (root / "opt/dubarr").rglob("*") if path.is_file()}
    assert copied == {".dockerignore", "dubarr"}
    with pytest.raises(DubarrError, match="no user nobody"):
        copy_checkout(checkout, root, CopyStep("/opt", "nobody"))


def test_a_step_has_the_variables_the_folder_and_the_user_of_its_place() -> None:
    text = 'FROM x\nARG A=1\nENV B=${A}2 C="d e"\nWORKDIR /w/$B\nRUN one \\\n    # why\n    && two\nUSER me\nRUN three\n'
    first, second = plan_steps(parse_dockerfile(text), {"A": "7"})
    assert first == Step(
        "one && two", "root", "/w/72", {"A": "7", "B": "72", "C": "d e", "HOME": "/root", "PATH": first.variables["PATH"]}
    )
    args = second.build_args(Path("/r"), [Path("/etc/hosts")])
    assert args[:3] == ["unshare", "--mount", "sh"] and args[-1] == "cd /w/72 && three"
    assert "--userspec=me:me" in args and args[args.index("/r") + 1 : args.index("--")] == ["/etc/hosts"] and "B=72" in args


def test_what_is_not_read_is_refused() -> None:
    assert parse_dockerfile("# nothing\n\nFROM a\n") == (Instruction("FROM", "a"),)
    with pytest.raises(DubarrError, match="ONBUILD is not read here"):
        parse_dockerfile("ONBUILD RUN x\n")
    with pytest.raises(DubarrError, match="only that of the whole checkout"):
        list(plan_steps(parse_dockerfile("COPY a /b\n"), {}))
    assert CliRunner().invoke(image, ["/no/such/root"]).exit_code == 2
