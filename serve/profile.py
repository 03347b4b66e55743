"""Profiles: which engine plays each role, and what of the machine it gets. Read from `serve/profiles/*.yaml`."""

from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipeline.engines import registry
from pipeline.engines.protocols import Role
from pipeline.errors import SettingsError
from pipeline.settings import Settings

FOLDER = Path(__file__).parent / "profiles"
INGRESS_CPUS = 0.1  # of Ray's count; it mostly waits
MODEL_CPUS = 1.1  # of a replica of the language model and its ingress
CARDS = Path("/dev/nvidiactl")  # is there where NVIDIA's driver is

# How /health and Serve name the roles, whatever implements them.
DEPLOYMENTS: dict[Role, str] = {
    "separator": "separation",
    "transcriber": "whisper",
    "diarizer": "diarization",
    "translator": "llm",
    "synthesizer": "tts",
}


class Scaling(BaseModel):
    """How many replicas there are, by the work at hand. With `least` 0 an idle engine leaves the card altogether."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least: int = Field(default=0, ge=0)
    most: int = Field(default=1, ge=1)
    idle: float = Field(
        default=300.0, gt=0
    )  # s without work after which a replica goes; loading it again costs as much as it says

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"scaling from {self.least} to {self.most} replicas goes backwards")
        return self


class EngineProfile(BaseModel):
    """One role: its engine and its share of the machine. `calls`: how many one replica answers at a time.

    `limit`: s that one call may take; a replica that works longer hangs, and is replaced.
    `per_node`: how many of its replicas one machine may have, so that they leave room there for other engines'.
    `resources`: Ray's custom resources, which pin it to a type of node. `python`: the interpreter of another environment,
    for an engine that cannot live in ours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: str
    options: dict[str, Any] = Field(default_factory=dict)
    replicas: int = Field(default=1, ge=1)
    scaling: Scaling | None = None  # takes the place of `replicas`
    calls: int = Field(default=1, ge=1)
    limit: float = Field(default=1_800.0, gt=0)
    per_node: int | None = Field(default=None, ge=1, le=100)  # Serve counts no further
    num_cpus: float = Field(default=1.0, ge=0)
    num_gpus: float = Field(default=0.0, ge=0)
    resources: dict[str, float] = Field(default_factory=dict)
    python: str | None = None

    @property
    def working(self) -> int:
        """How many replicas there are at least while a film needs the engine."""
        return (self.scaling.least or 1) if self.scaling else self.replicas

    @property
    def most(self) -> int:
        """How many replicas there may be at once."""
        return self.scaling.most if self.scaling else self.replicas


LLAMA_CPP = "llama.cpp"


class LanguageModel(BaseModel):
    """The model that a server beside the service answers the translator with, in an environment of its own.

    `server: vllm`, by ray.serve.llm in `.venv-llm`: `num_gpus` below 1 is a share of one card; `memory`: vLLM's fraction of
    the whole card, at most that share. `server: llama.cpp`, in `.venv-llama`: a GGUF file on the CPU; `threads`: of one
    replica.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str  # owner/name of the hub, a name in the catalogue, a folder, or a GGUF file
    server: Literal["vllm", "llama.cpp"] = "vllm"
    revision: str | None = None
    num_gpus: float = Field(default=1.0, ge=0)
    num_cpus: float = Field(default=MODEL_CPUS, ge=0)  # of Ray's count: a replica and what stands before it
    threads: int = Field(default=2, ge=1)
    memory: float = Field(default=0.9, gt=0, lt=1)
    window: int = Field(default=8192, ge=1024)  # tokens of prompt and answer together
    scaling: Scaling = Scaling(least=1)
    calls: int = Field(default=32, ge=1)  # at once, by one replica: vLLM batches them
    options: dict[str, Any] = Field(default_factory=dict)  # more of vLLM's engine arguments
    resources: dict[str, float] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _without_card(cls, given: Any) -> Any:
        on_cpu = {"num_gpus": 0, "calls": 1, "scaling": Scaling()}
        return on_cpu | given if isinstance(given, dict) and given.get("server") == LLAMA_CPP else given

    @property
    def is_file(self) -> bool:
        """Whether the model is a GGUF file of its own."""
        return self.model.endswith(".gguf")

    @property
    def alias(self) -> str:
        """The name by which it is asked for: that of a file tells no folder."""
        return Path(self.model).name if self.is_file else self.model

    @model_validator(mode="after")
    def _on_cpu(self) -> Self:
        if self.server == LLAMA_CPP and (self.num_gpus or self.options):
            raise ValueError("llama.cpp runs on the CPU here, by threads, window and calls: take num_gpus and options out")
        if self.server != LLAMA_CPP and not self.num_gpus:
            raise ValueError("vLLM needs num_gpus; on a CPU say server: llama.cpp")
        return self

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.num_gpus and self.num_gpus < 1 and self.memory > self.num_gpus:
            raise ValueError(
                f"memory {self.memory} is more of the card than num_gpus {self.num_gpus}: its neighbours would run out"
            )
        if self.num_gpus > 1 and self.num_gpus != int(self.num_gpus):
            raise ValueError(f"num_gpus {self.num_gpus}: give a share of one card, or whole cards")
        return self


class WorkerProfile(BaseModel):
    """The worker's own share of the machine: mixing and muxing. `films`: how many are dubbed at once, each in a replica."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    films: int = Field(default=1, ge=1)
    num_cpus: float = Field(default=1.0, ge=0)


class Profile(BaseModel):
    """A whole profile. `separator: null` leaves the original sound as it is and ducks it.

    `needs`: what of pyproject.toml's extras its engines want; `./dubarr setup --profile` installs them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: tuple[str, ...] = ()
    separator: EngineProfile | None = None
    transcriber: EngineProfile
    diarizer: EngineProfile
    translator: EngineProfile
    synthesizer: EngineProfile
    language_model: LanguageModel | None = None
    worker: WorkerProfile = WorkerProfile()

    def roles(self) -> dict[Role, EngineProfile]:
        """The roles that an engine plays."""
        return {role: profile for role in get_args(Role) if (profile := getattr(self, role)) is not None}

    def engine(self, role: Role) -> str:
        """The name of the engine in a role, "none" where there is none."""
        profile = getattr(self, role)
        return profile.engine if profile else "none"

    @property
    def cpus(self) -> float:
        """Of Ray's count of CPUs, what all of it takes at once, at the least number of replicas that still works."""
        shares = sum(share.num_cpus * share.working for share in self.roles().values())
        model = self.language_model.num_cpus * (self.language_model.scaling.least or 1) if self.language_model else 0.0
        return shares + model + self.worker.films * self.worker.num_cpus + INGRESS_CPUS

    @property
    def gpus(self) -> float:
        """Cards that all of it takes at once, at the least number of replicas that still works."""
        shares = sum(share.num_gpus * share.working for share in self.roles().values())
        return shares + (self.language_model.num_gpus * (self.language_model.scaling.least or 1) if self.language_model else 0.0)


def load(settings: Settings) -> Profile:
    """The profile that the settings name, with the engines and models they name instead of its own. SettingsError."""
    profile = read(settings.profile)
    roles: dict[str, Any] = {}
    for role in get_args(Role):
        name = getattr(settings, role) or profile.engine(role)
        if name == "none" and role == "separator":
            roles[role] = None
            continue
        registry.engine_class(role, name)  # an unknown name is told here, not by a replica that cannot start
        share = getattr(profile, role) if name == profile.engine(role) else usual_share(role, name, has_gpu=CARDS.exists())
        roles[role] = share.model_copy(update={"options": share.options | _model_options(settings, role)})
    whole = profile.model_copy(update=roles)
    serves_itself = whole.language_model and whole.translator.engine == "llm" and settings.llm_url is None
    return whole if serves_itself else whole.model_copy(update={"language_model": None})


def usual_share(role: Role, name: str, *, has_gpu: bool) -> EngineProfile:
    """What an engine gets where the settings name it and the profile does not: what the shipped profile for it gives."""
    for shipped in ("embedded", "gpu-24g" if has_gpu else "cpu-models"):
        share: EngineProfile | None = getattr(read(shipped), role)
        if share is not None and share.engine == name:
            return share
    return EngineProfile(engine=name)


def read(name: str) -> Profile:
    """A profile as its file says, by the name of a shipped one or by a path. SettingsError."""
    import yaml

    path = FOLDER / f"{name}.yaml" if "/" not in name else Path(name)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise SettingsError("PROFILE", name, f"give one of {known}, or the path of a profile file")
    try:
        return Profile.model_validate(yaml.safe_load(path.read_text()))
    except (yaml.YAMLError, ValidationError) as error:
        raise SettingsError("PROFILE", name, f"mend {path.name}: {error}") from error


def _model_options(settings: Settings, role: Role) -> dict[str, Any]:
    """`TRANSCRIBER_MODEL=large-v3@abc123` as the options of an engine: model, and revision where one is named."""
    given = getattr(settings, f"{role}_model")
    if not given:
        return {}
    model, _, revision = given.partition("@")
    return {"model": model} | ({"revision": revision} if revision else {})
