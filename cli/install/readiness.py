"""Readiness of a profile: its engines' libraries, models and environments, and the command that installs what is missing."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from cli import console, machine_probe
from cli.install import engine_environments, environment_pins
from cli.install.engine_environments import Environment
from cli.install.environment_pins import Kind
from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_classes
from pipeline.errors import DubarrError
from pipeline.models.catalogue import shipped_catalogue
from pipeline.settings import Settings
from pipeline.values.engine_requirements import EngineRequirements
from serve import profile_loader
from serve.engines import engine_interpreter
from serve.profile import LLAMA_CPP, Profile

WATERMARK_MODULES = ("torch", "audioseal")


def find_requirements(role: Role, name: str) -> EngineRequirements | None:
    """An engine's self-description; None for one that has none."""
    return getattr(engine_classes.find_class(role, name), "requirements", None)


def list_requirements(profile: Profile) -> dict[Role, tuple[EngineRequirements, ...]]:
    """Self-descriptions of a profile's engines, by role; engines with a Python environment of their own are left out."""
    roles = {role: share.engines for role, share in profile.roles().items() if share.python is None}
    return {role: tuple(told for name in names if (told := find_requirements(role, name))) for role, names in roles.items()}


def list_extras(profile: Profile) -> frozenset[str]:
    """The extras that a profile names, and those that its engines name; vLLM's only where the profile serves a model itself."""
    told = (engine for engines in list_requirements(profile).values() for engine in engines)
    named = {*profile.needs, *(engine.extra for engine in told if engine.extra)}
    return frozenset(named | {engine_environments.LLM} if is_served_by(profile, "vllm") else named - {engine_environments.LLM})


def is_served_by(profile: Profile, server: str) -> bool:
    """True where the profile serves its language model by this server."""
    return profile.language_model is not None and profile.language_model.server == server


def list_wanted_models(profile: Profile) -> tuple[str, ...]:
    """Names of the catalogue's models that a profile loads: its engines' own, or those that it names instead.

    Models that are not in the catalogue are left out: the engine loads them from a directory or from the hub.
    """
    found: list[str] = []
    for role, share in profile.roles().items():
        for name in share.engines:
            engine, named = find_requirements(role, name), share.options_of(name).get("model")
            if engine and engine.models:
                found += (
                    engine.models
                    if named is None
                    else (each for each in (named, f"{name}-{named}") if each in shipped_catalogue())
                )
    if profile.language_model and profile.language_model.model in shipped_catalogue():
        found.append(profile.language_model.model)
    return tuple(dict.fromkeys(found))


def list_environments(settings: Settings, kind: Kind) -> tuple[Environment, ...]:
    """The environments that the settings' profile needs on this kind of machine. DubarrError where they cannot be installed."""
    profile = profile_loader.load_profile(settings)
    extras, llm = engine_environments.split_extras(list_extras(profile), profile=settings.profile)
    if settings.watermark:
        extras |= {engine_environments.WATERMARK}
    if llm and kind is Kind.CPU:
        raise DubarrError(
            f"profile {settings.profile} serves its language model with vLLM, which needs an NVIDIA card, and this is a set-up for "
            "a CPU (nvidia-smi shows no card, or --cpu was given); set LLM_URL to a server elsewhere, or choose another profile"
        )
    own = (engine_environments.build_engines_environment(kind, extras),) if extras else ()
    llama = (engine_environments.build_llama_environment(),) if is_served_by(profile, LLAMA_CPP) else ()
    omnivoice = (engine_environments.build_omnivoice_environment(),) if engine_environments.OMNIVOICE in extras else ()
    return (*own, *omnivoice, *((engine_environments.build_vllm_environment(),) if llm else ()), *llama)


def list_head_environments(settings: Settings) -> tuple[Environment, ...]:
    """The environments that the head of a cluster needs: it runs no engine of the profile, but deploys its language model."""
    return (engine_environments.build_vllm_environment(),) if is_served_by(profile_loader.load_profile(settings), "vllm") else ()


def find_missing_modules(profile: Profile) -> dict[Role, tuple[str, ...]]:
    """The modules that are not installed here, by role."""
    missing = {
        role: tuple(module for engine in told for module in engine.modules if not is_installed(engine, module))
        for role, told in list_requirements(profile).items()
    }
    return {role: modules for role, modules in missing.items() if modules}


def is_installed(engine: EngineRequirements, module: str) -> bool:
    """True where an engine's module is installed in the environment that the engine runs in."""
    if not engine.environment:
        return machine_probe.is_importable(module)
    folder = engine_interpreter.find_environment_folder(engine.environment)
    return engine_environments.find_package_version(folder, module) is not None


def find_installed_modules(engines: Iterable[EngineRequirements]) -> frozenset[str]:
    """The modules of engines that are installed in the environments that these run in."""
    return frozenset(module for engine in engines for module in engine.modules if is_installed(engine, module))


def is_ready(profile: Profile) -> bool:
    """True where all engines of a profile are installed here, its language model's server included. Cheap."""
    return not find_missing_modules(profile) and not _find_missing_server(profile)


def _find_missing_server(profile: Profile) -> tuple[str, ...]:
    """The server of the profile's language model, where its environment is not made."""
    if profile.language_model is None:
        return ()
    if profile.language_model.server == LLAMA_CPP:
        return () if find_llama_version() else (engine_environments.LLAMA,)
    return () if find_vllm_version() else (engine_environments.LLM,)


def find_vllm_version() -> str | None:
    """The version of ray in vLLM's environment; None where that is not made."""
    return engine_environments.find_ray_version(engine_environments.build_vllm_environment().folder)


def find_llama_version() -> str | None:
    """The version of llama.cpp's library in its environment; None where that is not made."""
    return engine_environments.find_package_version(
        engine_environments.build_llama_environment().folder, engine_environments.LLAMA_CPP_PACKAGE
    )


def require_engines(settings: Settings) -> None:
    """DubarrError, with the command that helps, where the profile's engines are not installed here.

    Prints a hint where they are installed by outdated pins. Does nothing in a cluster of several machines (RAY_ADDRESS),
    whose engines run on other nodes.
    """
    if is_in_cluster():
        return
    profile = profile_loader.load_profile(settings)
    if not is_ready(profile):
        extras = [
            extra for role, modules in find_missing_modules(profile).items() for extra in _find_extras(role, profile, modules)
        ]
        extras += _find_missing_server(profile)
        wanted = ", ".join(dict.fromkeys(extras))
        raise DubarrError(
            f"profile {settings.profile} needs {wanted}, not installed here yet; run: {format_setup_command(settings)}"
        )
    if settings.watermark and not all(map(machine_probe.is_importable, WATERMARK_MODULES)):
        raise DubarrError(f"WATERMARK=1 needs AudioSeal, not installed here yet; run: {format_setup_command(settings)}")
    if list_extras(profile) - {engine_environments.SHIPPED} and is_outdated():
        console.say(f"the engines' libraries are not those of the pins any more; to renew them: {format_setup_command(settings)}")


def _find_extras(role: Role, profile: Profile, modules: tuple[str, ...]) -> tuple[str, ...]:
    """The extras that bring these modules; the module itself where none is named."""
    told = list_requirements(profile)[role]
    return tuple(next((each.extra for each in told if name in each.modules and each.extra), name) for name in modules)


def is_outdated() -> bool:
    """True where the engines' libraries here were installed by other pins than those of now, or not to the end."""
    found = environment_pins.read_stamp(Path(sys.prefix))
    return found is not None and found.pins != environment_pins.digest_pins(found.kind)


def format_setup_command(settings: Settings) -> str:
    """The command that installs what these settings need on this machine."""
    return f"./dubarr setup --profile {settings.profile}"


def is_in_cluster() -> bool:
    """True where the service joins a Ray cluster instead of starting one of its own."""
    return os.environ.get("RAY_ADDRESS", "local") != "local"
