"""`./dubarr doctor`: probe this machine, check it against a profile, and print the diagnostics."""

import importlib.metadata
import sys
from pathlib import Path

import click

from cli import console, machine_probe
from cli.doctor.api_servers import find_llm_url, find_server_trouble, list_api_servers
from cli.doctor.checks import PROGRAMS, run_checks
from cli.doctor.report import Case, Check, ChosenEngine, LlmServer, Machine, Mark
from cli.install import environment_pins, readiness
from cli.install.model_downloads import find_wanted_models
from cli.service import process
from pipeline.models.folders import Folders
from pipeline.models.model_hub import Hub
from pipeline.models.verification import inspect_model
from pipeline.settings import Settings
from serve import profile_loader
from serve.runtime import private_folders, state_file
from serve.runtime.data_folders import find_open_paths

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 -- looked at, not written to


@click.command()
@click.option("--profile", help="What to look for: a name in serve/profiles/, or a file.  [default: PROFILE]")
@click.option(
    "--cluster", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Look into this cluster file instead."
)
def doctor(profile: str | None, cluster: Path | None) -> None:
    """Look whether this machine has all it needs.

    For the profile that is chosen: programs, libraries, cards and their memory, models, the language model's server.
    """
    if cluster:
        check_cluster_file(cluster)
        return
    settings = console.load_settings({"PROFILE": profile})
    case = build_case(settings)
    found = probe_machine(case)
    lines = run_checks(case, found)
    for line in lines:
        console.write_result(line)
    runs = f"runs at {found.service}" if found.service else "does not run; ./dubarr serve starts it"
    console.write_result(f"{Mark.NOTE:<4}  the service {runs}")
    if any(line.mark is Mark.FAIL for line in lines):
        sys.exit(1)


def check_cluster_file(cluster: Path) -> None:
    """Print the errors in a cluster file for `./dubarr ray up`. Exit code 1 if there are any."""
    from cli.cluster import checks as cluster_checks

    found = [Check(Mark.FAIL, cluster.name, mistake) for mistake in cluster_checks.find_mistakes(cluster)]
    for line in found or [Check(Mark.OK, cluster.name)]:
        console.write_result(line)
    if found:
        sys.exit(1)


def build_case(settings: Settings) -> Case:
    """The requirements of the settings' profile. SettingsError where there is no such profile or engine."""
    profile = profile_loader.load_profile(settings)
    played = tuple(
        ChosenEngine(role, share, requirements, name)
        for role, share in profile.roles().items()
        for name in share.engines
        if (requirements := readiness.find_requirements(role, name))
    )
    servers = tuple(list_api_servers(settings, profile))
    return Case(settings, profile, played, readiness.format_setup_command(settings), find_llm_url(settings, profile), servers)


def probe_machine(case: Case) -> Machine:
    """This machine, as far as the case asks for it."""
    settings, running = case.settings, state_file.find_service(case.settings)
    stamp = environment_pins.read_stamp(Path(sys.prefix))
    caches = (settings.models_dir / "hub",) if settings.models_dir else (machine_probe.find_hub_cache(),)
    hub, served = Hub(settings.models_dir), case.profile.language_model
    models = {*(played.model for played in case.played), served.model if served else ""} - {""}
    places = {
        model: place for model in models if (place := hub.find_folder(model) or machine_probe.find_cached_model(model, caches))
    }
    return Machine(
        python=sys.version_info[:3],
        ray=importlib.metadata.version("ray"),
        programs=machine_probe.find_programs(PROGRAMS),
        ffmpeg=machine_probe.probe_version("ffmpeg"),
        avutil=machine_probe.has_library("avutil"),
        disk=machine_probe.measure_free_gib(settings.data_dir),
        models_disk=machine_probe.measure_free_gib(caches[0]),
        shared_memory=machine_probe.measure_free_gib(SHARED_MEMORY),
        port_free=process.is_port_free(settings.host, settings.port),
        service=running.url if running else None,
        graphics=machine_probe.probe_gpus(),
        torch=stamp.kind if stamp else None,
        outdated=readiness.is_outdated(),
        modules=readiness.find_installed_modules(played.requirements for played in case.played),
        models=places,
        llm=LlmServer(
            find_server_trouble(case.llm_url, settings.llm_api_key) if case.llm_url else "",
            readiness.find_vllm_version(),
            readiness.find_llama_version(),
        ),
        api_troubles={server.url: find_server_trouble(server.url, server.key, server.model) for server in case.api_servers},
        cluster=readiness.is_in_cluster(),
        weights=tuple(inspect_model(model, Folders(settings.models_dir)) for model in find_wanted_models(settings)),
        open_paths=(*find_open_paths(settings, console.find_home_folder()), *private_folders.find_open_ray_folder()),
    )
