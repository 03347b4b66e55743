"""Profiles: those that ship, and what is refused before anything starts."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.engines import registry
from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve import profile as profiles
from serve.profile import DEPLOYMENTS, FOLDER, EngineProfile, Profile

SHIPPED = sorted(path.stem for path in FOLDER.glob("*.yaml"))

PLAIN = """
transcriber: {engine: pocketsphinx, replicas: 2}
diarizer: {engine: ge2e}
translator: {engine: apertium}
synthesizer: {engine: espeak, calls: 4}
"""


def written(folder: Path, text: str) -> Settings:
    """Settings that name a profile of this text."""
    path = folder / "own.yaml"
    path.write_text(text)
    return Settings(profile=str(path))


def test_the_default_profile_is_among_those_that_ship() -> None:
    assert Settings().profile in SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_loads_and_names_engines_that_there_are(name: str) -> None:
    profile = profiles.load(Settings(profile=name))
    assert profile.roles()
    for role, share in profile.roles().items():
        assert share.engine in registry.names(role), role


def test_the_embedded_profile_fits_on_two_cores_and_needs_no_gpu() -> None:
    profile = profiles.load(Settings(profile="embedded"))
    shares = profile.roles().values()
    assert sum(share.num_cpus * share.replicas for share in shares) + profile.worker.num_cpus <= 1.9  # the ingress has 0.1
    assert {share.num_gpus for share in shares} == {0.0}


def test_a_profile_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    profile = profiles.load(written(tmp_path, PLAIN))
    assert (profile.transcriber.replicas, profile.synthesizer.calls, profile.separator) == (2, 4, None)


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match="PROFILE='embeded'.*embedded"):
        profiles.load(Settings(profile="embeded"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PLAIN + "transcribr: {engine: pocketsphinx}\n", "transcribr"),
        (PLAIN.replace("replicas: 2", "replica: 2"), "transcriber.replica"),
        (PLAIN.replace("replicas: 2", "replicas: 0"), "transcriber.replicas"),
        (PLAIN + "worker: {num_gpus: 1}\n", "worker.num_gpus"),
        (PLAIN.replace("diarizer: {engine: ge2e}", ""), "diarizer"),
        ("transcriber: [", "own.yaml"),
        ("", "own.yaml"),
    ],
    ids=["role", "key", "none of it", "worker", "missing", "no yaml", "empty"],
)
def test_a_profile_with_a_slip_is_refused_by_its_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        profiles.load(written(tmp_path, text))
    assert named in str(refused.value)


def test_an_engine_of_the_settings_takes_the_place_of_the_profiles_with_a_plain_share(tmp_path: Path) -> None:
    text = PLAIN.replace("{engine: espeak, calls: 4}", "{engine: other, calls: 4, num_gpus: 1}")
    profile = profiles.load(replace(written(tmp_path, text), synthesizer="espeak"))
    assert profile.synthesizer == EngineProfile(engine="espeak")


def test_an_engine_of_the_settings_that_the_profile_has_anyway_keeps_its_share(tmp_path: Path) -> None:
    assert profiles.load(replace(written(tmp_path, PLAIN), synthesizer="espeak")).synthesizer.calls == 4


def test_the_separator_can_be_left_out(tmp_path: Path) -> None:
    separating = PLAIN + "separator: {engine: demucs, num_gpus: 0.2}\n"
    profile = profiles.load(replace(written(tmp_path, separating), separator="none"))
    assert (profile.separator, profile.engine("separator")) == (None, "none")
    assert "separator" not in profile.roles()


@pytest.mark.parametrize("role", ["transcriber", "diarizer", "translator", "synthesizer"])
def test_no_other_role_can_be_left_out(role: str) -> None:
    with pytest.raises(SettingsError, match=f"{role.upper()}='none'"):
        profiles.load(replace(Settings(), **{role: "none"}))


def test_a_misspelt_engine_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SYNTHESIZER='espaek'.*espeak"):
        profiles.load(Settings(synthesizer="espaek"))
    with pytest.raises(SettingsError, match="DIARIZER='ge2'.*ge2e"):
        profiles.load(written(tmp_path, PLAIN.replace("ge2e", "ge2")))


def test_every_role_that_is_played_has_a_deployment_of_its_own() -> None:
    share = EngineProfile(engine="any")
    whole = Profile(separator=share, transcriber=share, diarizer=share, translator=share, synthesizer=share)
    assert whole.roles().keys() == DEPLOYMENTS.keys()
    assert len(set(DEPLOYMENTS.values())) == len(DEPLOYMENTS)
