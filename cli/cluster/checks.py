"""Checks of a cluster file before `ray up`, beyond its schema: placeholders, mounts, commands, settings, shared storage, node types."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from cli.cluster.schema import HEAD, WORKERS, find_content_errors, find_key_errors
from pipeline import settings_loader
from pipeline.errors import ProgramError, SettingsError
from pipeline.processes import subprocesses
from pipeline.settings import Settings
from serve import profile_loader

PLACEHOLDER = re.compile(r"<[a-z][a-z-]*>")
OUR_COMMAND = re.compile(r"(?:^|[;&|({]\s*|\w=\S+ |\bsudo )(\S*)/dubarr ([a-z][^;&|>\"'\n]*)")  # its folder, its words
COMMAND_KEYS = ("setup_commands", "head_setup_commands", "worker_setup_commands", HEAD, WORKERS)
PARSE_LIMIT_S = 10.0


def find_mistakes(path: Path, *, folder: Path | None = None) -> tuple[str, ...]:
    """A sentence for each. `folder`: where `ray up` is run, which is where relative paths begin; the current one by default."""
    import yaml

    try:
        text = path.read_text("utf-8")
        cluster = yaml.safe_load(PLACEHOLDER.sub("unknown", text))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return (f"this is no YAML: {error}",)
    if errors := find_key_errors(cluster):
        return errors
    unfilled = dict.fromkeys(_find_placeholders(yaml.safe_load(text)))
    if broken := [f"no shell understands: {command}" for command in _commands(cluster) if not _is_parsable(command)]:
        return (*unfilled, *broken)
    settings, wrong = _read_settings(cluster)
    found = [*unfilled, *find_content_errors(cluster), *_check_mounts(cluster, folder or Path.cwd()), *_check_commands(cluster)]
    return (*found, *wrong, *_check_paths(cluster, settings), *_check_node_types(cluster, settings))


def _find_placeholders(part: Any, key: str = "") -> Iterator[str]:
    if isinstance(part, str):
        yield from (f"fill in {name} at {key}" for name in PLACEHOLDER.findall(part))
    elif isinstance(part, dict | list):
        for name, each in part.items() if isinstance(part, dict) else (("", each) for each in part):
            yield from _find_placeholders(each, f"{key}.{name}".strip("."))


def _commands(cluster: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(command for key in COMMAND_KEYS for command in cluster.get(key, ())))


def _is_parsable(command: str) -> bool:
    try:
        subprocesses.run(("bash", "-n", "-c", command), timeout=PARSE_LIMIT_S)
    except ProgramError:
        return False
    return True


def _check_mounts(cluster: Any, folder: Path) -> Iterator[str]:
    mounts = cluster["file_mounts"]
    for source in mounts.values():
        if not (folder / Path(source).expanduser()).exists():
            advice = "; make it with ./dubarr ray get-auth-token --generate" if source.endswith("auth_token") else ""
            yield f"file_mounts: there is no {source} here{advice}"
    for place in dict.fromkeys(place for command in _commands(cluster) for place, _ in OUR_COMMAND.findall(command)):
        if place not in mounts:
            yield f"file_mounts: {place}/dubarr is not there: no file_mounts brings {place}"


def _check_commands(cluster: Any) -> Iterator[str]:
    for command in _commands(cluster):
        if re.search(r"(?:^|[;&|])\s*ray\s", command):
            yield f"`{command}` lacks what Serve reads on a node; say `./dubarr ray`"
        for _, words in OUR_COMMAND.findall(command):
            yield from _check_usage(shlex.split(words))


def _check_usage(words: list[str]) -> Iterator[str]:
    from cli.main import dubarr

    context = click.Context(dubarr)
    try:
        if (command := dubarr.get_command(context, words[0])) is None:
            raise click.UsageError("there is no such command; ./dubarr --help lists them")
        if profile := command.make_context(words[0], words[1:], parent=context).params.get("profile"):
            profile_loader.read_profile(profile)
    except (click.UsageError, SettingsError) as error:
        yield f"`dubarr {' '.join(words)}`: {error.format_message() if isinstance(error, click.UsageError) else error}"


def _read_settings(cluster: Any) -> tuple[Settings, list[str]]:
    """The settings that setup_commands write to the machines' `.env`, and what is wrong with them."""
    written = [command.partition(">")[0] for command in cluster["setup_commands"] if re.search(r">\s*\S+/\.env\b", command)]
    given = dict(re.findall(r"(?:^|\s)([A-Z][A-Z_]*)=(\S*)", " ".join(written)))
    known = {field.metadata["env"] for field in fields(Settings)}
    wrong = [f"{name} is no setting; ./dubarr settings lists them" for name in given if name not in known]
    try:
        settings = settings_loader.load_settings(
            {name: value for name, value in given.items() if name in known}, folder=Path("/")
        )
        profile_loader.read_profile(settings.profile)
    except SettingsError as error:
        return Settings(), [*wrong, str(error)]
    named = set(re.findall(r"--profile (\S+)", " ".join(_commands(cluster)))) - {settings.profile}
    return settings, wrong + [f"--profile {name} is set up, but PROFILE={settings.profile} is served" for name in named]


def _check_paths(cluster: Any, settings: Settings) -> Iterator[str]:
    """Shared folders on the shared storage, which both lists of start commands look for, and the database elsewhere."""
    head, workers = (frozenset(re.findall(r"mountpoint -q (\S+)", " ".join(cluster[key]))) for key in (HEAD, WORKERS))
    if head != workers or not head:
        seen = f"the head looks for {', '.join(sorted(head)) or 'none'}, the others for {', '.join(sorted(workers)) or 'none'}"
        yield f"begin both lists of start commands with the same `mountpoint -q PATH` of the shared storage: {seen}"
    paths = [("DATA_DIR", settings.data_dir), ("VIDEOS_DIR", settings.videos_dir), ("LOGS_DIR", settings.logs_dir)]
    paths += [("LIBRARY_ROOTS", root) for root in settings.library_roots]
    paths += [("MODELS_DIR", settings.models_dir)] if settings.models_dir else []
    for name, path in paths:
        if not any(path.is_relative_to(mount) for mount in head):
            yield f"{name}={path} is not on the shared storage: other machines would not find it"
    if settings.database_file is None or any(settings.database.is_relative_to(mount) for mount in head):
        yield "DATABASE must be set to a file on the head's own disk: DuckDB is not safe on shared storage"


def _check_node_types(cluster: Any, settings: Settings) -> Iterator[str]:
    """A node type for each engine of the profile, as far as the file tells what the nodes have."""
    kinds, head = cluster.get("available_node_types", {}), cluster.get("head_node_type")
    if cluster["provider"]["type"] == "local":
        return
    if head not in kinds:
        yield f"head_node_type {head} is none of {', '.join(kinds) or 'none'}"
    profile = profile_loader.read_profile(settings.profile)
    wanted = [(role, share.num_gpus, share.resources) for role, share in profile.roles().items()]
    model = profile.language_model
    for role, cards, resources in (*wanted, *([("language model", model.num_gpus, model.resources)] if model else [])):
        asked = {name: amount for name, amount in resources.items() if not name.startswith("node:")}
        asked |= {"GPU": cards} if cards else {}
        if asked and not any(
            all(kind["resources"].get(name, 0) >= most for name, most in asked.items()) for kind in kinds.values()
        ):
            amounts = ", ".join(f"{name}: {amount:g}" for name, amount in asked.items())
            yield f"no node type has {amounts} among its resources, which profile {settings.profile} wants for its {role}"
