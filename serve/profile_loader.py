"""Loading and validation of profiles: a file of `serve/profiles/`, then the engines and models that the settings name instead."""

import math
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_classes
from pipeline.errors import SettingsError
from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.service_status import OPTIONAL_ROLES
from serve.profile import EngineProfile, Profile
from serve.replica_profiles import Scaling

USUAL_CARD_GIB = 22.5  # free on a card of 24 GB
PROFILES_FOLDER = Path(__file__).parent / "profiles"
# Shares of engines that only wait for a server of their own, which no shipped profile has.
SERVER_SHARES = {
    name: EngineProfile(engine=name, calls=4, limit=limit_s, num_cpus=0.1)
    for name, limit_s in (("speech-api", 900.0), ("transcription-api", 900.0))
}
NVIDIA_DEVICE = Path("/dev/nvidiactl")  # is there where NVIDIA's driver is


def load_profile(settings: Settings) -> Profile:
    """Load the profile that the settings name, with the engines and models they name instead of its own. SettingsError."""
    profile = read_profile(settings.profile)
    roles: dict[str, Any] = {}
    for role in get_args(Role):
        name = engine_classes.join_list(engine_classes.split_list(getattr(settings, role) or "")) or profile.engine(role)
        if name == "none" and role in OPTIONAL_ROLES:
            roles[role] = None
            continue
        engine_classes.require_engines(role, name)  # an unknown name is refused here, not by a replica that cannot start
        share = getattr(profile, role) if name == profile.engine(role) else _find_share(profile, role, name)
        roles[role] = _locate_models(settings, role, _set_model_option(settings, role, share))
    whole = profile.model_copy(update=roles)
    is_served_here = whole.language_model and "llm" in whole.translator.engines and settings.llm_url is None
    return whole if is_served_here else whole.model_copy(update={"language_model": None})


def _find_share(profile: Profile, role: Role, name: str) -> EngineProfile:
    """Find the share of an engine that the settings name instead of the profile's. A profile for cards is read on machines that
    have none as well, such as the head of a cluster.
    """
    own = getattr(profile, role)
    on_card = own if own and own.num_gpus else None
    return find_default_share(role, name, has_gpu=NVIDIA_DEVICE.exists() or profile.gpus > 0, replaced=on_card)


def find_default_share(role: Role, name: str, *, has_gpu: bool, replaced: EngineProfile | None = None) -> EngineProfile:
    """Find the default share of an engine that the settings name and the profile does not: that in a shipped profile.

    A list that no shipped profile has gets a share that holds all of its engines; an engine that none has, what it says it needs.
    `replaced`: the share of the engine on a card whose place it takes; it then has its scaling, and its part of the card.
    """
    shipped = [read_profile(each) for each in ("embedded", "draft", "gpu-24g" if has_gpu else "cpu-models")]
    shares: list[EngineProfile] = [share for profile in shipped if (share := getattr(profile, role)) is not None]
    if same := next((share for share in shares if share.engine == name), None):
        return same
    listed = engine_classes.split_list(name)
    if len(listed) > 1:
        return join_shares([find_default_share(role, each, has_gpu=has_gpu, replaced=replaced) for each in listed])
    within = next((share for share in shares if name in share.engines), None)
    if within:
        return within.model_copy(update={"engine": name, "options": within.options_of(name)})
    if name in SERVER_SHARES:
        return SERVER_SHARES[name]
    if role == "separator" and not replaced and ":" not in name:  # has the time of the shipped one: a film is one call
        return shares[-1].model_copy(update={"engine": name})
    return _build_share(role, name, has_gpu=has_gpu, replaced=replaced)


def _build_share(role: Role, name: str, *, has_gpu: bool, replaced: EngineProfile | None) -> EngineProfile:
    """The share of an engine that no shipped profile has: that of the engine that it replaces, in proportion to their memory on
    the card; else of a card of 24 GB what its default model takes.
    """
    if ":" in name:  # one of the user's own is not imported here
        return EngineProfile(engine=name)
    if replaced and (factor := _compare_memory(role, name, replaced)):
        gpus = math.ceil(100.0 * factor * replaced.num_gpus - 1e-6) / 100.0
        return replaced.model_copy(update={"engine": name, "options": {}, "python": None, "num_gpus": gpus})
    memory = _find_memory(role, name)
    if not memory:
        return EngineProfile(engine=name)
    if not has_gpu:
        return EngineProfile(engine=name, num_cpus=0.2)
    gpus = math.ceil(100.0 * memory / USUAL_CARD_GIB) / 100.0
    return EngineProfile(engine=name, scaling=Scaling(least=0, most=1, idle=600), num_cpus=0.5, num_gpus=gpus)


def _compare_memory(role: Role, name: str, replaced: EngineProfile) -> float:
    """GPU memory of an engine relative to that of those that it replaces; 1 for a separator whose own depends on its model, 0 where
    either is not known, or takes none.
    """
    own, theirs = _find_memory(role, name), sum(_find_memory(role, each) for each in replaced.engines if ":" not in each)
    return 1.0 if role == "separator" and not own else own / theirs if theirs else 0.0


def _find_memory(role: Role, name: str) -> float:
    """GPU memory of an engine's default model, in GiB."""
    requirements: EngineRequirements = engine_classes.find_class(role, name).requirements  # type: ignore[attr-defined]  # all of ours have it
    return requirements.vram


def join_shares(shares: Sequence[EngineProfile]) -> EngineProfile:
    """Join the shares of a list of engines to one of a single replica: memory of the card for all, and time for one after the other.

    Replicas and scaling are those of the first. SettingsError where their interpreters differ.
    """
    first, listed = shares[0], engine_classes.join_list(share.engine for share in shares)
    if len({share.python for share in shares}) > 1:
        raise SettingsError("PROFILE", listed, "these engines live in different environments, and a list shares one replica")
    return first.model_copy(
        update={
            "engine": listed,
            "options": {share.engine: share.options for share in shares if share.options},
            "calls": min(share.calls for share in shares),
            "limit": sum(share.limit for share in shares),
            "num_cpus": max(share.num_cpus for share in shares),
            "num_gpus": sum(share.num_gpus for share in shares),
            "resources": {name: amount for share in shares for name, amount in share.resources.items()},
        }
    )


def list_profiles() -> tuple[str, ...]:
    """Names of the shipped profiles, sorted."""
    return tuple(sorted(file.stem for file in PROFILES_FOLDER.glob("*.yaml")))


def read_profile(name: str) -> Profile:
    """Read a profile from its file, by the name of a shipped one or by a path. SettingsError."""
    import yaml

    path = PROFILES_FOLDER / f"{name}.yaml" if "/" not in name else Path(name)
    if not path.is_file():
        known = ", ".join(list_profiles())
        raise SettingsError("PROFILE", name, f"give one of {known}, or the path of a profile file")
    try:
        return Profile.model_validate(yaml.safe_load(path.read_text()))
    except (yaml.YAMLError, ValidationError) as error:
        raise SettingsError("PROFILE", name, f"mend {path.name}: {error}") from error


def _locate_models(settings: Settings, role: Role, share: EngineProfile) -> EngineProfile:
    """The share with folders in place of names of models on this machine, for translators whose pairs are those of their model."""
    if role != "translator":
        return share
    hub = Hub(settings.models_dir)
    for name in share.engines:
        model = share.options_of(name).get("model")
        declares_by_model = "model" in signature(engine_classes.find_class(role, name).pairs).parameters  # type: ignore[attr-defined]  # what a translator's class has
        if isinstance(model, str) and declares_by_model and (folder := hub.find_folder(model)):
            share = share.with_options(name, {"model": str(folder)})
    return share


def _set_model_option(settings: Settings, role: Role, share: EngineProfile) -> EngineProfile:
    """Set the share's options by `TRANSCRIBER_MODEL=large-v3@abc123`: model, and revision where one is named.

    Of a list, the first engine that takes a model gets it. SettingsError where none does.
    """
    given = getattr(settings, f"{role}_model")
    if not given:
        return share
    model, _, revision = given.partition("@")
    options = {"model": model} | ({"revision": revision} if revision else {})
    if len(share.engines) == 1:
        return share.with_options(share.engine, options)
    taking = (name for name in share.engines if "model" in signature(engine_classes.find_class(role, name)).parameters)
    if (name := next(taking, None)) is None:
        raise SettingsError(f"{role.upper()}_MODEL", given, f"none of {share.engine} takes a model; leave it unset")
    return share.with_options(name, options)
