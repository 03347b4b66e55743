"""Installation steps, as the argument lists that pip gets."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

from cli.install.engine_environments import (
    LLM,
    MODELS,
    Environment,
    build_llama_environment,
    build_omnivoice_environment,
)
from cli.install.environment_pins import ROOT, Kind
from cli.install.install_steps import RAY_CHECK_SCRIPT, REMOVE_EXTENSIONS_SCRIPT, Step, list_install_steps

ALL = frozenset(MODELS)


def packages(step: Step) -> list[str]:
    """Packages of a pip step, without its options."""
    args = list(step.args[step.args.index("off") + 1 :])
    while "--constraint" in args:
        at = args.index("--constraint")
        del args[at : at + 2]
    return args


def constraints(step: Step) -> list[str]:
    return [Path(after).name for option, after in zip(step.args, step.args[1:], strict=False) if option == "--constraint"]


def installs(environment: Environment) -> list[Step]:
    return [step for step in list_install_steps(environment) if "install" in step.args]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    return tmp_path


def test_for_a_gpu_the_projects_extras_are_installed_by_their_pins(folder):
    torch, project, roformer, bare = installs(Environment(folder, Kind.GPU, ALL))
    assert packages(torch) == ["torch", "torchaudio"]  # coqui-tts declares none, and alone would bring none
    assert packages(project) == ["--editable", f"{ROOT}[asr,diarization,separation,tts]"]
    assert "beartype" in packages(roformer) and packages(bare) == ["--no-deps", "audio-separator"]  # it declares another onnx
    assert all(constraints(step) == ["constraints.txt", "constraints-gpu.txt"] for step in (torch, project, roformer, bare))


def test_the_watermark_goes_in_with_what_it_declares(folder):
    torch, audioseal = installs(Environment(folder, Kind.CPU, frozenset({"watermark"})))
    assert (packages(torch), packages(audioseal)) == (["torch"], ["audioseal"])
    assert packages(installs(Environment(folder, Kind.GPU, frozenset({"watermark"})))[1]) == ["--editable", f"{ROOT}[watermark]"]


@pytest.mark.parametrize("kind", [Kind.CPU, Kind.GPU])
def test_qwens_aligner_goes_in_bare_with_what_it_imports(folder, kind):
    *_, needed, library = installs(Environment(folder, kind, frozenset({"qwen-aligner"})))
    assert packages(needed) == ["transformers", "librosa", "soundfile", "nagisa", "soynlp"]
    assert packages(library) == ["--no-deps", "qwen-asr"], "it declares a web interface"
    assert constraints(needed) == constraints(library) == ["constraints.txt", f"constraints-{kind}.txt"]


def test_for_a_cpu_whisperx_goes_in_bare_after_torch(folder):
    torch, engines, bare = installs(Environment(folder, Kind.CPU, ALL))
    assert packages(torch) == ["torch"]
    assert {"faster-whisper", "pyannote.audio", "coqui-tts[ja,zh]", "demucs"} <= set(packages(engines))
    assert "whisperx" not in packages(engines) and len(set(packages(engines))) == len(packages(engines))
    assert packages(bare) == ["--no-deps", "whisperx", "torchcodec", "audio-separator"]
    assert all(constraints(step) == ["constraints.txt", "constraints-cpu.txt"] for step in (torch, engines, bare))


def test_only_what_a_profile_needs_is_installed(folder):
    torch, engines, bare = installs(Environment(folder, Kind.CPU, frozenset({"separation"})))
    assert (packages(torch), packages(engines)[0], packages(bare)) == (["torch"], "demucs", ["--no-deps", "audio-separator"])
    assert packages(installs(Environment(folder, Kind.GPU, frozenset({"tts"})))[1]) == ["--editable", f"{ROOT}[tts]"]


def test_torchvision_does_not_stay_beside_a_torch_for_cpus(folder):
    removed = [step.args for step in list_install_steps(Environment(folder, Kind.CPU, ALL)) if "uninstall" in step.args]
    assert removed and removed[0][-2:] == ("--yes", "torchvision")
    assert not [step for step in list_install_steps(Environment(folder, Kind.GPU, ALL)) if "uninstall" in step.args]


def test_torchaudios_extensions_are_deleted_where_the_environment_has_them(tmp_path):
    environment = Environment(tmp_path / "env", Kind.CPU, ALL)
    lib = Path(next(step.args[-1] for step in list_install_steps(environment) if REMOVE_EXTENSIONS_SCRIPT in step.args))
    assert lib.is_relative_to(environment.folder) and lib.parts[-3:] == ("site-packages", "torchaudio", "lib")
    subprocess.run([sys.executable, "-c", REMOVE_EXTENSIONS_SCRIPT, str(lib)], check=True)  # of a version that has none
    lib.mkdir(parents=True)
    for name in ("libtorchaudio.so", "__init__.py"):
        (lib / name).touch()
    subprocess.run([sys.executable, "-c", REMOVE_EXTENSIONS_SCRIPT, str(lib)], check=True)
    assert [path.name for path in lib.iterdir()] == ["__init__.py"]


def test_vllm_gets_an_environment_of_its_own_with_our_ray(tmp_path):
    environment = Environment(tmp_path / "llm", Kind.LLM, frozenset({LLM}))
    made = list_install_steps(environment)[0].args
    assert made == (sys.executable, "-m", "venv", str(tmp_path / "llm"))
    (project,) = installs(environment)
    assert project.args[0] == str(tmp_path / "llm" / "bin" / "python")
    assert packages(project) == ["--editable", f"{ROOT}[llm]", f"ray=={importlib.metadata.version('ray')}"]
    assert constraints(project) == ["constraints-llm.txt"], "vLLM wants another web framework than constraints.txt has"


def test_llama_cpp_gets_an_environment_of_its_own_and_nothing_is_compiled(monkeypatch, tmp_path):
    monkeypatch.setenv("DUBARR_LLAMA_VENV", str(tmp_path / "llama"))
    environment = build_llama_environment()
    assert (environment.folder, environment.kind, environment.setting) == (tmp_path / "llama", Kind.LLAMA, "DUBARR_LLAMA_VENV")
    assert list_install_steps(environment)[0].args == (sys.executable, "-m", "venv", str(tmp_path / "llama"))
    (library,) = installs(environment)
    assert packages(library) == ["--only-binary", ":all:", "--no-deps", "xllamacpp"]
    assert constraints(library) == ["constraints-llama.txt"]


def test_omnivoices_environment_lies_over_the_services_own(monkeypatch, tmp_path):
    monkeypatch.setenv("DUBARR_OMNIVOICE_VENV", str(tmp_path / "over"))
    environment = build_omnivoice_environment()
    assert (environment.folder, environment.kind, environment.setting) == (
        tmp_path / "over", Kind.OMNIVOICE, "DUBARR_OMNIVOICE_VENV",
    )  # fmt: skip
    needed, library = installs(environment)
    assert "transformers" in packages(needed) and "torch" not in packages(needed), "torch is the service's"
    assert packages(library) == ["--no-deps", "omnivoice"], "it declares a web interface"
    assert constraints(needed) == constraints(library) == ["constraints-omnivoice.txt"]
    make, lay_over, *_ = list_install_steps(environment)
    subprocess.run([*make.args, "--without-pip"], check=True)
    subprocess.run(lay_over.args, check=True)
    (
        tmp_path / "over" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages" / "click.py"
    ).touch()
    asked = "import pytest, pipeline, click; print(click.__file__)"
    answer = subprocess.run([environment.python, "-P", "-c", asked], check=True, capture_output=True, text=True, cwd="/")
    assert answer.stdout.startswith(str(tmp_path / "over")), "its own packages come first"


def test_an_environment_of_another_python_is_made_anew(tmp_path):
    environment = Environment(tmp_path, Kind.LLM, frozenset({LLM}))
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9.2\n")
    assert "--clear" in list_install_steps(environment)[0].args
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {sys.version_info.major}.{sys.version_info.minor}.99\n")
    assert "--clear" not in list_install_steps(environment)[0].args, "gigabytes would be fetched again"


@pytest.mark.parametrize(("ray", "agrees"), [(importlib.metadata.version("ray"), True), ("1.0", False)])
def test_another_ray_or_python_is_told(ray, agrees):
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    done = subprocess.run([sys.executable, "-c", RAY_CHECK_SCRIPT, ray, python], capture_output=True, text=True)
    assert (done.returncode == 0) is agrees
    assert agrees or done.stderr.startswith("ray 1.0 on Python")
    other = subprocess.run([sys.executable, "-c", RAY_CHECK_SCRIPT, ray, "3.8"], capture_output=True, text=True)
    assert other.returncode == 1 and "on Python 3.8 here" in other.stderr


def test_pips_cannot_be_swayed_by_the_folder_where_one_stands(folder):
    for kind in (Kind.CPU, Kind.GPU):
        assert all(step.args[1] == "-P" for step in list_install_steps(Environment(folder, kind, ALL)))
