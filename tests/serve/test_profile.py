"""Profiles as values: roles, their deployments, and what all of it takes of a machine."""

import pytest

from serve import profile_loader
from serve.profile import DEPLOYMENTS, EngineProfile, Profile
from serve.profile_loader import PROFILES_FOLDER

SHIPPED = sorted(path.stem for path in PROFILES_FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shares_of_a_shipped_profile_fit_on_its_cards(name: str) -> None:
    cards = {"gpu-24g": 1.0, "gpu-80g": 1.0, "multi-gpu": 4.0, "cluster": 2.0}.get(name, 0.0)
    profile = profile_loader.read_profile(name)
    most = sum(share.num_gpus * (share.most if name == "gpu-80g" else 1) for share in profile.roles().values())
    assert most + (profile.language_model.num_gpus if profile.language_model else 0.0) <= cards + 1e-9


def test_what_a_profile_takes_counts_every_film_and_an_engine_at_rest_as_one() -> None:
    profile = profile_loader.read_profile("gpu-24g")
    alone = profile.model_copy(update={"language_model": None})
    assert profile.cpus == pytest.approx(alone.cpus + 1.1)
    assert alone.cpus == pytest.approx(
        sum(share.num_cpus for share in profile.roles().values()) + 2 * profile.worker.num_cpus + profile.media.num_cpus + 0.1
    )
    assert profile_loader.read_profile("embedded").cpus <= 2.0 and profile_loader.read_profile("draft").cpus <= 2.0


def test_every_role_that_is_played_has_a_deployment_of_its_own() -> None:
    share = EngineProfile(engine="any")
    whole = Profile(separator=share, transcriber=share, aligner=share, diarizer=share, translator=share, synthesizer=share)
    assert whole.roles().keys() == DEPLOYMENTS.keys()
    assert len(set(DEPLOYMENTS.values())) == len(DEPLOYMENTS)
