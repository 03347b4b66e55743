"""Profile: the engine of each role and its share of CPUs, GPUs and replicas. `serve.profile_loader` reads one from `serve/profiles/*.yaml`."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_classes
from pipeline.values.service_status import HEALTH_KEYS
from serve.replica_profiles import IngressProfile, MediaProfile, Scaling, WorkerProfile

INGRESS_CPUS = 0.1  # of Ray's count; it mostly waits
MODEL_CPUS = 1.1  # of a replica of the language model and its ingress

# Names of the roles in /health and of their deployments in Serve, whatever engine implements them.
DEPLOYMENTS: dict[Role, str] = {role: HEALTH_KEYS[role] for role in get_args(Role)}


def _join_engine_names(engine: object) -> object:
    """Join a list of engines to its names, separated by commas; anything else stays as it is."""
    if isinstance(engine, list) and all(isinstance(name, str) for name in engine):
        return engine_classes.join_list(engine)
    return engine_classes.join_list(engine_classes.split_list(engine)) if isinstance(engine, str) else engine


class EngineProfile(BaseModel):
    """Profile of one role: its engine and its share of the machine. `calls`: the number that one replica answers at a time.

    `engine` may be a list in order of preference, `[kokoro, espeak]`: the first that can do a language does it, all in one
    replica. `options` are then by engine: `{kokoro: {…}}`.

    `limit`: s that one call may take; a replica that works longer hangs, and is replaced.
    `per_node`: maximum number of its replicas on one machine, so that they leave room there for other engines'.
    `resources`: Ray's custom resources, which pin it to a type of node. `python`: the interpreter of another environment,
    for an engine that cannot live in ours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Annotated[str, BeforeValidator(_join_engine_names)]
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

    @model_validator(mode="after")
    def _require_options_by_engine(self) -> Self:
        if len(self.engines) > 1:
            for name, options in self.options.items():
                if name not in self.engines:
                    raise ValueError(f"the options of a list are by engine: {name!r} is none of {self.engine}")
                if not isinstance(options, dict):
                    raise ValueError(f"the options of {name} must be a mapping, not {options!r}")
        return self

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines by name, the preferred one first."""
        return engine_classes.split_list(self.engine)

    def options_of(self, engine: str) -> dict[str, Any]:
        """The options of one of its engines."""
        return dict(self.options.get(engine, {})) if len(self.engines) > 1 else self.options

    @property
    def options_by_engine(self) -> dict[str, dict[str, Any]]:
        """The options of its engines by their names, of a list and of a single engine alike."""
        return {engine: self.options_of(engine) for engine in self.engines}

    def with_options(self, engine: str, options: dict[str, Any]) -> Self:
        """The same with these options of one of its engines, beside those that it has."""
        own = self.options_of(engine) | options
        return self.model_copy(update={"options": self.options | {engine: own} if len(self.engines) > 1 else own})

    @property
    def working(self) -> int:
        """Minimum number of replicas while a film needs the engine."""
        return (self.scaling.least or 1) if self.scaling else self.replicas

    @property
    def most(self) -> int:
        """Maximum number of replicas at once."""
        return self.scaling.most if self.scaling else self.replicas


LLAMA_CPP = "llama.cpp"


class LanguageModel(BaseModel):
    """Language model served beside the service for the translator, in an environment of its own.

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
    def _set_cpu_defaults(cls, given: Any) -> Any:
        on_cpu = {"num_gpus": 0, "calls": 1, "scaling": Scaling()}
        return on_cpu | given if isinstance(given, dict) and given.get("server") == LLAMA_CPP else given

    @property
    def is_file(self) -> bool:
        """True where the model is a GGUF file of its own."""
        return self.model.endswith(".gguf")

    @property
    def alias(self) -> str:
        """Name of the model in requests; of a file, its name without the folder."""
        return Path(self.model).name if self.is_file else self.model

    @model_validator(mode="after")
    def _require_device(self) -> Self:
        if self.server == LLAMA_CPP and (self.num_gpus or self.options):
            raise ValueError("llama.cpp runs on the CPU here, by threads, window and calls: take num_gpus and options out")
        if self.server != LLAMA_CPP and not self.num_gpus:
            raise ValueError("vLLM needs num_gpus; on a CPU say server: llama.cpp")
        return self

    @model_validator(mode="after")
    def _require_memory_within_share(self) -> Self:
        if self.num_gpus and self.num_gpus < 1 and self.memory > self.num_gpus:
            raise ValueError(
                f"memory {self.memory} is more of the card than num_gpus {self.num_gpus}: its neighbours would run out"
            )
        if self.num_gpus > 1 and self.num_gpus != int(self.num_gpus):
            raise ValueError(f"num_gpus {self.num_gpus}: give a share of one card, or whole cards")
        return self


class Profile(BaseModel):
    """A whole profile. `separator: null` leaves the original sound as it is and ducks it; `aligner: null` leaves words at the
    transcriber's times, and subtitles at their own.

    `needs`: the extras of pyproject.toml that its engines need; `./dubarr setup --profile` installs them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: tuple[str, ...] = ()
    separator: EngineProfile | None = None
    transcriber: EngineProfile
    aligner: EngineProfile | None = None
    diarizer: EngineProfile
    translator: EngineProfile
    synthesizer: EngineProfile
    language_model: LanguageModel | None = None
    worker: WorkerProfile = WorkerProfile()
    media: MediaProfile = MediaProfile()
    ingress: IngressProfile = IngressProfile()

    @field_validator("separator", "transcriber", "aligner", "diarizer", "translator", "synthesizer", mode="before")
    @classmethod
    def _expand_engine_name(cls, role: object) -> object:
        """Expand a role that is given as just its engine, or list of engines, to one with the default share of the machine."""
        return {"engine": role} if isinstance(role, str | list) else role

    def roles(self) -> dict[Role, EngineProfile]:
        """Roles that have an engine, with their profiles."""
        return {role: profile for role in get_args(Role) if (profile := getattr(self, role)) is not None}

    @property
    def options_by_engine(self) -> dict[str, dict[str, Any]]:
        """The options of the engines of all roles by their names, which no two roles share."""
        return {name: options for role in self.roles().values() for name, options in role.options_by_engine.items()}

    def engine(self, role: Role) -> str:
        """Name of the engine in a role; of a list all names, separated by commas; "none" where there is none."""
        profile = getattr(self, role)
        return profile.engine if profile else "none"

    def engines(self, role: Role) -> tuple[str, ...]:
        """The names of the engines in a role, the preferred one first."""
        return engine_classes.split_list(self.engine(role))

    @property
    def cpus(self) -> float:
        """Number of CPUs, as Ray counts them, that all of it takes at once, at the least number of replicas that still works."""
        shares = sum(share.num_cpus * share.working for share in self.roles().values())
        model = self.language_model.num_cpus * (self.language_model.scaling.least or 1) if self.language_model else 0.0
        return (
            shares
            + model
            + self.worker.working * self.worker.num_cpus
            + self.media.replicas * self.media.num_cpus
            + self.ingress.replicas * INGRESS_CPUS
        )

    @property
    def gpus(self) -> float:
        """Number of cards that all of it takes at once, at the least number of replicas that still works."""
        shares = sum(share.num_gpus * share.working for share in self.roles().values())
        return shares + (self.language_model.num_gpus * (self.language_model.scaling.least or 1) if self.language_model else 0.0)
