"""Whether a profile's engines are installed: asked of the real registry, with modules that the tests take away or lend."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from cli.install import engine_environments, readiness
from cli.install.engine_environments import MODELS
from cli.install.environment_pins import Kind
from pipeline.errors import DubarrError
from pipeline.settings import Settings
from serve import profile_loader

CPU = Settings(profile="cpu-models")
LIBRARIES = ("whisperx", "pyannote.audio", "TTS", "demucs")


@pytest.fixture
def alone(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.fixture
def missing(alone, monkeypatch):
    for name in LIBRARIES:
        monkeypatch.setitem(sys.modules, name, None)


@pytest.fixture
def installed(alone, monkeypatch):
    for name in LIBRARIES:
        lent = ModuleType(name)
        lent.__spec__ = ModuleSpec(name, None)
        monkeypatch.setitem(sys.modules, name, lent)


def test_what_is_missing_is_told_with_the_command_that_helps(missing):
    assert not readiness.is_ready(profile_loader.load_profile(CPU))
    with pytest.raises(DubarrError) as error:
        readiness.require_engines(CPU)
    words = str(error.value)
    assert words.startswith("profile cpu-models needs ") and all(extra in words for extra in MODELS)
    assert words.endswith("not installed here yet; run: ./dubarr setup --profile cpu-models")


def test_what_is_installed_is_ready(installed):
    assert readiness.find_missing_modules(profile_loader.load_profile(CPU)) == {}
    assert readiness.is_ready(profile_loader.load_profile(CPU))
    readiness.require_engines(CPU)


def test_one_engine_of_a_setting_is_enough_to_need_its_extra(missing, tmp_path):
    chosen = Settings(profile="draft", transcriber="whisperx")
    assert readiness.list_extras(profile_loader.load_profile(chosen)) >= {"asr"}
    with pytest.raises(DubarrError, match="profile draft needs asr, not installed here yet"):
        readiness.require_engines(chosen)


def test_engines_without_models_need_nothing_more():
    assert readiness.list_environments(Settings(profile="draft"), Kind.CPU) == ()


def test_a_cpu_gets_all_in_the_services_own_environment():
    (own,) = readiness.list_environments(CPU, Kind.CPU)
    assert (str(own.folder), own.kind, own.extras) == (sys.prefix, Kind.CPU, frozenset(MODELS))


def test_a_gpu_profile_that_serves_its_model_gets_vllms_environment_too(monkeypatch, tmp_path):
    monkeypatch.setenv("DUBARR_LLM_VENV", str(tmp_path))
    own, beside = readiness.list_environments(Settings(profile="gpu-24g"), Kind.GPU)
    assert (own.kind, own.extras, beside.kind, beside.folder) == (Kind.GPU, frozenset(MODELS), Kind.LLM, tmp_path)


def test_a_server_elsewhere_makes_vllm_unnecessary():
    settings = Settings(profile="gpu-24g", llm_url="http://llm/v1")
    (own,) = readiness.list_environments(settings, Kind.GPU)
    assert own.kind is Kind.GPU


def test_vllm_is_refused_where_there_is_no_card():
    with pytest.raises(DubarrError, match="profile gpu-24g .* vLLM, which needs an NVIDIA card.*set LLM_URL"):
        readiness.list_environments(Settings(profile="gpu-24g"), Kind.CPU)


def test_vllms_environment_belongs_to_being_ready(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("DUBARR_LLM_VENV", str(tmp_path))
    with pytest.raises(DubarrError, match="profile gpu-24g needs llm, not installed here yet"):
        readiness.require_engines(Settings(profile="gpu-24g"))
    (tmp_path / "lib" / "python3.11" / "site-packages" / "ray-2.60.0.dist-info").mkdir(parents=True)
    readiness.require_engines(Settings(profile="gpu-24g"))


def test_llama_cpps_environment_is_made_where_the_profile_serves_by_it_card_or_none(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("DUBARR_LLAMA_VENV", str(tmp_path))
    for kind in (Kind.CPU, Kind.GPU):
        assert engine_environments.build_llama_environment() in readiness.list_environments(
            Settings(profile="embedded-llm"), kind
        )
    with pytest.raises(DubarrError, match="profile embedded-llm needs llama, not installed here yet"):
        readiness.require_engines(Settings(profile="embedded-llm"))
    (tmp_path / "lib" / "python3.11" / "site-packages" / "xllamacpp-2026.1.1.dist-info").mkdir(parents=True)
    readiness.require_engines(Settings(profile="embedded-llm"))
    elsewhere = Settings(profile="embedded-llm", llm_url="http://127.0.0.1:11434/v1")
    assert engine_environments.build_llama_environment() not in readiness.list_environments(elsewhere, Kind.CPU)


def test_omnivoice_gets_torch_in_the_services_environment_and_its_own_over_that(installed, monkeypatch, tmp_path):
    monkeypatch.setenv("DUBARR_OMNIVOICE_VENV", str(tmp_path))
    settings = Settings(profile="draft", synthesizer="omnivoice, espeak")
    own, over = readiness.list_environments(settings, Kind.CPU)
    assert (own.kind, over) == (Kind.CPU, engine_environments.build_omnivoice_environment())
    assert own.extras >= {"omnivoice"}, "beside what this environment has already"
    with pytest.raises(DubarrError, match="profile draft needs omnivoice, not installed here yet"):
        readiness.require_engines(settings)
    (tmp_path / "lib" / "python3.11" / "site-packages" / "omnivoice-0.2.1.dist-info").mkdir(parents=True)
    readiness.require_engines(settings)


def test_qwens_aligner_brings_its_library_into_the_services_environment(installed):
    settings = Settings(profile="draft", aligner="qwen3")
    (own,) = readiness.list_environments(settings, Kind.CPU)
    assert own.kind is Kind.CPU and own.extras >= {"qwen-aligner"}


def test_a_watermark_brings_its_library_and_is_asked_for_where_that_is_missing(installed, monkeypatch):
    settings = Settings(profile="draft", watermark=True)
    (own,) = readiness.list_environments(settings, Kind.CPU)
    assert own.extras >= {"watermark"}
    for name in readiness.WATERMARK_MODULES:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        DubarrError, match="WATERMARK=1 needs AudioSeal, not installed here yet; run: ./dubarr setup --profile draft"
    ):
        readiness.require_engines(settings)
    readiness.require_engines(Settings(profile="draft"))


def test_in_a_cluster_the_engines_nodes_answer_for_themselves(missing, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    readiness.require_engines(CPU)
    monkeypatch.setenv("RAY_ADDRESS", "local")
    with pytest.raises(DubarrError):
        readiness.require_engines(CPU)


def test_engines_that_are_not_those_of_the_pins_are_told_on_the_terminal(installed, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    readiness.require_engines(CPU)
    assert capsys.readouterr().err == ""
    engine_environments.record_installation(
        engine_environments.Environment(tmp_path, Kind.CPU, frozenset(MODELS)), finished=False
    )
    readiness.require_engines(CPU)
    assert "./dubarr setup --profile cpu-models" in capsys.readouterr().err
    readiness.require_engines(Settings(profile="draft"))
    assert capsys.readouterr().err == "", "the engines that ./dubarr itself installs do not mind"


def test_what_another_profile_brought_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    engine_environments.record_installation(
        engine_environments.Environment(tmp_path, Kind.CPU, frozenset({"tts"})), finished=True
    )
    (own,) = readiness.list_environments(Settings(profile="draft", transcriber="whisperx"), Kind.CPU)
    assert own.extras == {"asr", "tts"}


def test_the_head_of_a_cluster_gets_what_deploys_the_language_model_and_no_engine():
    (made,) = readiness.list_head_environments(Settings(profile="cluster"))
    assert made.kind is Kind.LLM
    assert readiness.list_head_environments(Settings(profile="draft")) == ()
    assert readiness.list_head_environments(Settings(profile="cluster", llm_url="http://127.0.0.1:11434/v1")) == ()
