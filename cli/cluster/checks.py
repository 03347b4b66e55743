"""What of a cluster file would not work, beyond what Ray tells: placeholders, files, commands, profiles, places, nodes."""

from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from cli.cluster.shell_words import Call, calls
from pipeline import settings as settings_of
from pipeline import subprocesses
from pipeline.errors import ProgramError, SettingsError
from pipeline.settings import Settings
from serve import profile as profiles
from serve import ray_cluster_config
from serve.ray_cluster_config import Aws, ClusterFile, Misshapen

TOKEN = "~/.ray/auth_token"  # noqa: S105 -- where Ray looks for it, not what it is
BOOTSTRAP = "~/ray_bootstrap_config.yaml"  # where `ray up` puts its file on the head
SHARED = ("DATA_DIR", "VIDEOS_DIR", "LOGS_DIR", "LIBRARY_ROOTS", "MODELS_DIR")  # what every machine must see
PARSE_LIMIT = 10.0  # s


def mistakes(path: Path, *, folder: Path | None = None) -> tuple[str, ...]:
    """A sentence for each. `folder`: where `ray up` is run, which is where relative paths begin; the current one by default."""
    try:
        raw = ray_cluster_config.raw(path)
        cluster = ray_cluster_config.shaped(ray_cluster_config.filled(raw))
    except Misshapen as error:
        return error.slips
    unfilled = tuple(_unfilled(raw))
    if broken := tuple(_unreadable((*cluster.on_head, *cluster.on_workers))):
        return (*unfilled, *broken)
    settings, unknown = _settings(cluster)
    return (
        *unfilled,
        *_mounts(cluster, folder or Path.cwd()),
        *_commands(cluster),
        *unknown,
        *_places(cluster, settings),
        *_starts(cluster),
        *_nodes(cluster, settings),
    )


def _unfilled(raw: Any) -> Iterator[str]:
    places: dict[str, list[str]] = {}
    for name, place in ray_cluster_config.placeholders(raw):
        places.setdefault(name, []).append(place)
    return (f"fill in {name} at {', '.join(dict.fromkeys(found))}" for name, found in places.items())


def _unreadable(commands: Iterable[str]) -> Iterator[str]:
    for command in dict.fromkeys(commands):
        try:
            subprocesses.run(("bash", "-n", "-c", command), timeout=PARSE_LIMIT)
        except ProgramError:
            yield f"no shell understands: {command}"


def _mounts(cluster: ClusterFile, folder: Path) -> Iterator[str]:
    if TOKEN not in cluster.file_mounts:
        yield f"file_mounts: mount {TOKEN}, or the machines do not know each other"
    for source in cluster.file_mounts.values():
        if not (folder / Path(source).expanduser()).exists():
            advice = "; make it with ./dubarr ray get-auth-token --generate" if source.endswith("auth_token") else ""
            yield f"file_mounts: there is no {source} here{advice}"


def _commands(cluster: ClusterFile) -> Iterator[str]:
    for call in dict.fromkeys(calls((*cluster.on_head, *cluster.on_workers))):
        if call.program == "ray":
            yield f"`ray {' '.join(call.args)}` lacks what Serve reads on a node; say `./dubarr ray`"
        if not call.program.endswith("/dubarr"):
            continue
        if call.program.removesuffix("/dubarr") not in cluster.file_mounts:
            yield f"{call.program} is not there: no file_mounts brings {call.program.removesuffix('/dubarr')}"
        yield from _usage(call)


def _usage(call: Call) -> Iterator[str]:
    """Whether our command line takes these words."""
    from cli.main import dubarr

    said = f"`dubarr {' '.join(call.args)}`"
    context = click.Context(dubarr)
    command = dubarr.get_command(context, call.args[0] if call.args else "")
    if command is None:
        yield f"{said}: there is no such command; ./dubarr --help lists them"
        return
    try:
        given = command.make_context(call.args[0], list(call.args[1:]), parent=context).params
        if named := given.get("profile"):
            profiles.read(named)
    except click.UsageError as error:
        yield f"{said}: {error.format_message()}"
    except SettingsError as error:
        yield f"{said}: {error}"


def _settings(cluster: ClusterFile) -> tuple[Settings, tuple[str, ...]]:
    """What the machines' `.env` says, and what is wrong with it."""
    written = [call for call in calls(cluster.setup_commands) if call.target and call.target.endswith("/.env")]
    given = dict(word.split("=", 1) for call in written for word in call.args if "=" in word)
    known = {field.metadata["env"] for field in fields(Settings)}
    wrong = [f"{name} is no setting; ./dubarr settings lists them" for name in given if name not in known]
    filled = {name: value for name, value in given.items() if name in known}
    try:
        settings = settings_of.load(filled, folder=Path("/"))
        profiles.read(settings.profile)
    except SettingsError as error:
        return Settings(), (*wrong, str(error))
    named = {call.args[place + 1] for call in _ours(cluster) for place, word in enumerate(call.args[:-1]) if word == "--profile"}
    wrong += [f"--profile {name} is set up, but PROFILE={settings.profile} is served" for name in named - {settings.profile}]
    return settings, tuple(wrong)


def _ours(cluster: ClusterFile) -> tuple[Call, ...]:
    return tuple(call for call in calls((*cluster.on_head, *cluster.on_workers)) if call.program.endswith("/dubarr"))


def _places(cluster: ClusterFile, settings: Settings) -> Iterator[str]:
    """Shared things on the shared storage, and the database elsewhere."""
    head, workers = _guarded(cluster.head_start_ray_commands), _guarded(cluster.worker_start_ray_commands)
    if head != workers or not head:
        told = f"the head looks for {', '.join(sorted(map(str, head))) or 'none'}, the others for {', '.join(sorted(map(str, workers))) or 'none'}"
        yield f"begin both lists of start commands with the same `mountpoint -q PATH` of the shared storage: {told}"
    places = {
        "DATA_DIR": (settings.data_dir,),
        "VIDEOS_DIR": (settings.videos_dir,),
        "LOGS_DIR": (settings.logs_dir,),
        "LIBRARY_ROOTS": settings.library_roots,
        "MODELS_DIR": (settings.models_dir,) if settings.models_dir else (),
    }
    for name in SHARED:
        for place in places[name]:
            if not any(place.is_relative_to(mount) for mount in head):
                yield f"{name}={place} is not on the shared storage: other machines would not find it"
    if settings.database_file is None or any(settings.database.is_relative_to(mount) for mount in head):
        yield "DATABASE must be set to a file on the head's own disk: DuckDB is not safe on shared storage"


def _guarded(commands: Iterable[str]) -> frozenset[Path]:
    return frozenset(Path(call.args[-1]) for call in calls(commands) if call.program == "mountpoint" and call.args)


def _starts(cluster: ClusterFile) -> Iterator[str]:
    """Whether Ray starts as Dubarr needs it, the service with it, and both end."""
    head, workers = calls(cluster.head_start_ray_commands), calls(cluster.worker_start_ray_commands)
    started = [call.args for call in head if call.args[:2] == ("ray", "start")]
    joined = [call.args for call in workers if call.args[:2] == ("ray", "start")]
    port = next((word.partition("=")[2] for args in started for word in args if word.startswith("--port=")), None)
    if not any("--head" in args and f"--autoscaling-config={BOOTSTRAP}" in args for args in started) or port is None:
        yield f"head_start_ray_commands: say ./dubarr ray start --head --port=6379 --autoscaling-config={BOOTSTRAP}"
    elif not any(f"--address=$RAY_HEAD_IP:{port}" in args for args in joined):
        yield f"worker_start_ray_commands: say ./dubarr ray start --address=$RAY_HEAD_IP:{port}"
    for name, group in (("head", head), ("worker", workers)):
        if not any(call.args[:2] == ("ray", "stop") for call in group):
            yield f"{name}_start_ray_commands: say ./dubarr ray stop before the start, or a second `ray up` finds the first one's Ray"
    if not any("RAY_ADDRESS=auto" in call.assigned and call.args[:1] == ("serve",) and "--detach" in call.args for call in head):
        yield "head_start_ray_commands: end with RAY_ADDRESS=auto ./dubarr serve --detach, or nothing is served"
    defined = [call.args[0] for call in calls(cluster.setup_commands) if call.program == "echo" and call.target == "~/.bashrc"]
    if not any(words.startswith("ray() {") and "/dubarr ray" in words for words in defined):
        yield "setup_commands: define ray() in ~/.bashrc as ./dubarr ray, or `ray down` leaves processes behind"


def _nodes(cluster: ClusterFile, settings: Settings) -> Iterator[str]:
    """Whether a profile's engines find a node, as far as the file tells what the nodes have."""
    if not isinstance(cluster.provider, Aws):
        return
    profile = profiles.read(settings.profile)
    model = profile.language_model
    wanted: list[tuple[str, float, dict[str, float]]]
    wanted = [(role, share.num_gpus, share.resources) for role, share in profile.roles().items()]
    wanted += [("language model", model.num_gpus, model.resources)] if model else []
    kinds = [kind.resources for kind in cluster.available_node_types.values()]
    for role, cards, resources in wanted:
        own = {name: amount for name, amount in resources.items() if not name.startswith("node:")}
        asked = own | ({"GPU": cards} if cards else {})
        if asked and not any(all(kind.get(name, 0) >= amount for name, amount in asked.items()) for kind in kinds):
            told = ", ".join(f"{name}: {amount:g}" for name, amount in asked.items())
            yield f"no node type has {told} among its resources, which profile {settings.profile} wants for its {role}"
