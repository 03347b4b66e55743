"""Diagnostic report of `./dubarr doctor`: the probed machine, the profile's requirements, and the check results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from cli.install.environment_pins import Kind
from cli.machine_probe import Gpus
from pipeline.engines.protocols import Role
from pipeline.models.verification import Status
from pipeline.settings import Settings
from pipeline.values.engine_requirements import EngineRequirements
from serve.profile import EngineProfile, Profile


class Mark(StrEnum):
    """The result of a check."""

    OK = "ok"
    FAIL = "FAIL"
    NOTE = "--"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `./dubarr doctor`. `advice`: what to change."""

    mark: Mark
    words: str
    advice: str = ""

    def __str__(self) -> str:
        return f"{self.mark:<4}  {self.words}" + (f": {self.advice}" if self.advice else "")


@dataclass(frozen=True, slots=True)
class LlmServer:
    """The language model's server as probed. `trouble`: why its URL does not answer, "" where it does.

    `ray`: the version in vLLM's environment, `llama`: llama.cpp's in its own; None where that is not made.
    """

    trouble: str = ""
    ray: str | None = None
    llama: str | None = None


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A server of the OpenAI protocol that an engine asks. `model`: the name that is wanted there, "" for the first it lists.

    `settings`: names of those for its URL and its key.
    """

    words: str
    url: str
    key: str | None
    model: str
    settings: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Machine:
    """A probed machine. Sizes in GiB; `torch`: what the engines' libraries were installed for; `service`: its URL if it runs."""

    python: tuple[int, int, int]
    ray: str
    programs: frozenset[str]
    ffmpeg: tuple[int, ...] | None
    avutil: bool
    disk: float
    models_disk: float
    shared_memory: float
    port_free: bool
    service: str | None
    graphics: Gpus | None
    torch: Kind | None
    outdated: bool
    modules: frozenset[str]  # those of the profile's engines that are importable
    models: Mapping[str, Path]  # those of the profile's engines that are here
    llm: LlmServer
    cluster: bool
    weights: tuple[Status, ...] = ()  # the models of the catalogue that the profile loads
    api_troubles: Mapping[str, str] = field(
        default_factory=dict
    )  # URL of an engine's server → why it cannot be used, "" where it can
    open_paths: tuple[str, ...] = ()  # a sentence for each folder or secret that other local users can read or replace


@dataclass(frozen=True, slots=True)
class ChosenEngine:
    """One engine of a profile's role: the role's share, the engine's name and its self-description."""

    role: Role
    share: EngineProfile
    requirements: EngineRequirements
    engine: str = ""  # which one of a list

    @property
    def name(self) -> str:
        """The engine."""
        return self.engine or self.share.engine

    @property
    def model(self) -> str:
        """The model it is going to load, "" where its weights come inside a package."""
        return str(self.share.options_of(self.name).get("model") or self.requirements.model)

    @property
    def replicas(self) -> int:
        """The least number of replicas while there is work."""
        return (self.share.scaling.least or 1) if self.share.scaling else self.share.replicas

    @property
    def vram(self) -> float:
        """GiB of cards that all its replicas take, by the engine's own estimate; 0.0 where it was given none."""
        return self.requirements.vram * self.replicas if self.share.num_gpus else 0.0


@dataclass(frozen=True, slots=True)
class Case:
    """The requirements that a machine is checked against. `setup`: the command that installs what is missing.

    `llm_url`: the server of translator `llm`; None where vLLM or llama.cpp is started for it, or it is not used.
    """

    settings: Settings
    profile: Profile
    played: tuple[ChosenEngine, ...]
    setup: str
    llm_url: str | None = None
    api_servers: tuple[ApiServer, ...] = ()  # those of speech and transcription


def create_check(words: str, good: bool, advice: str) -> Check:
    """A check: OK, or FAIL with its advice."""
    return Check(Mark.OK, words) if good else Check(Mark.FAIL, words, advice)


def create_node_check(machine: Machine, words: str, advice: str) -> Check:
    """A failed check of the machine that runs the engines; in a cluster a note, since that may be another machine."""
    return (
        Check(Mark.NOTE, f"{words} (another machine of the cluster may)") if machine.cluster else Check(Mark.FAIL, words, advice)
    )
