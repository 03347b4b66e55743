"""What `ray up` reads, as far as Dubarr's own cluster files use it. Ray itself lets misspelt keys of providers and nodes pass.

Named as Ray and EC2 name it. A key of theirs that is missing here may be added; until then it counts as a slip of the pen.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator
from pydantic.alias_generators import to_pascal

from pipeline.errors import DubarrError

PLACEHOLDER = re.compile(r"<[a-z][a-z-]*>")
Commands = tuple[Annotated[str, StringConstraints(min_length=1)], ...]


class Strict(BaseModel):
    """A part of the file: every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Ec2(Strict):
    """A part of what is asked of EC2, in its words."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_pascal)


class Volume(Ec2):
    """A disk. `volume_size` in GB."""

    volume_size: int = Field(ge=1)
    volume_type: Literal["gp3", "io2"] = "gp3"
    delete_on_termination: bool = True


class Disk(Ec2):
    """A disk, and the name that the image knows it by."""

    device_name: str
    ebs: Volume


class Market(Ec2):
    """How a machine is paid for."""

    market_type: Literal["spot"]


class Instance(Ec2):
    """A machine of EC2."""

    instance_type: str = Field(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")
    image_id: str
    key_name: str | None = None
    block_device_mappings: tuple[Disk, ...] = ()
    instance_market_options: Market | None = None


class NodeType(Strict):
    """A kind of node. `resources`: what Ray counts on it beside what it finds by itself."""

    node_config: Instance
    resources: dict[str, Annotated[int, Field(ge=0)]]
    min_workers: int = Field(default=0, ge=0)
    max_workers: int = Field(default=0, ge=0)


class Aws(Strict):
    """Machines hired from AWS."""

    type: Literal["aws"]
    region: str
    availability_zone: str | None = None
    cache_stopped_nodes: bool = True
    use_internal_ips: bool = False


class Own(Strict):
    """Machines of one's own."""

    type: Literal["local"]
    head_ip: str
    worker_ips: tuple[str, ...] = ()


class Auth(Strict):
    """How the machines are entered."""

    ssh_user: str
    ssh_private_key: str | None = None


class ClusterFile(Strict):
    """The whole file. `file_mounts`: path there → path here. `idle_timeout_minutes`: after which a worker node goes."""

    cluster_name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    provider: Annotated[Aws | Own, Field(discriminator="type")]
    auth: Auth
    max_workers: int | None = Field(default=None, ge=0)
    upscaling_speed: float | None = Field(default=None, gt=0)
    idle_timeout_minutes: float | None = Field(default=None, gt=0)
    available_node_types: dict[str, NodeType] = Field(default_factory=dict)
    head_node_type: str | None = None
    file_mounts: dict[str, str]
    rsync_exclude: tuple[str, ...] = ()
    rsync_filter: tuple[str, ...] = ()
    setup_commands: Commands
    head_setup_commands: Commands = ()
    worker_setup_commands: Commands = ()
    head_start_ray_commands: Commands
    worker_start_ray_commands: Commands

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if isinstance(self.provider, Own):
            if self.available_node_types or self.head_node_type:
                raise ValueError("machines of one's own have no node types; take available_node_types and head_node_type out")
        elif self.head_node_type not in self.available_node_types:
            raise ValueError(f"head_node_type {self.head_node_type} is none of {', '.join(self.available_node_types) or 'none'}")
        return self

    @property
    def on_head(self) -> Commands:
        """What is run on the head, in order."""
        return (*self.setup_commands, *self.head_setup_commands, *self.head_start_ray_commands)

    @property
    def on_workers(self) -> Commands:
        """What is run on every other machine, in order."""
        return (*self.setup_commands, *self.worker_setup_commands, *self.worker_start_ray_commands)


class Misshapen(DubarrError):
    """A cluster file whose keys or values are not what they should be: a sentence for each."""

    def __init__(self, *slips: str) -> None:
        super().__init__("; ".join(slips))
        self.args = slips
        self.slips = slips


def raw(path: Path) -> Any:
    """The file as YAML has it. Misshapen where it is none."""
    import yaml

    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Misshapen(f"this is no YAML: {error}") from error


def placeholders(part: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """What is still to be filled in: its name, and where."""
    match part:
        case dict():
            for key, value in part.items():
                yield from placeholders(value, f"{place}.{key}".lstrip("."))
        case list():
            for value in part:
                yield from placeholders(value, place)
        case str():
            yield from ((name, place) for name in PLACEHOLDER.findall(part))


def filled(part: Any) -> Any:
    """The same with a word in the place of each placeholder, so that the rest can be looked at."""
    match part:
        case dict():
            return {key: filled(value) for key, value in part.items()}
        case list():
            return [filled(value) for value in part]
        case str():
            return PLACEHOLDER.sub("unknown", part)
    return part


def shaped(part: Any) -> ClusterFile:
    """What YAML had as the file that it should be. Misshapen, with every slip at once."""
    try:
        return ClusterFile.model_validate(part)
    except ValidationError as error:
        slips = (f"{'.'.join(map(str, slip['loc'])) or 'the file'}: {slip['msg']}" for slip in error.errors())
        raise Misshapen(*slips) from error
