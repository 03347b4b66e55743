"""Profiles: the engine of each role and its share of CPUs, GPUs and replicas. Read from `serve/profiles/*.yaml`."""

from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_classes
from pipeline.errors import SettingsError
from pipeline.settings import Settings

FOLDER = Path(__file__).parent / "profiles"
INGRESS_CPUS = 0.1  # of Ray's count; it mostly waits
MODEL_CPUS = 1.1  # of a replica of the language model and its ingress
NVIDIA_DEVICE = Path("/dev/nvidiactl")  # is there where NVIDIA's driver is

# How /health and Serve name the roles, whatever implements them.
DEPLOYMENTS: dict[Role, str] = {
    "separator": "separation",
    "transcriber": "whisper",
    "diarizer": "diarization",
    "translator": "llm",
    "synthesizer": "tts",
}


def _list_as_text(engine: object) -> object:
    """A list of engines as its names, separated by commas; anything else as it is."""
    if isinstance(engine, list) and all(isinstance(name, str) for name in engine):
        return engine_classes.join_list(engine)
    return engine_classes.join_list(engine_classes.split_list(engine)) if isinstance(engine, str) else engine


class Scaling(BaseModel):
    """Autoscaling bounds: the number of replicas by the work at hand. With `least` 0 an idle engine leaves the card altogether."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    least: int = Field(default=0, ge=0)
    most: int = Field(default=1, ge=1)
    idle: float = Field(
        default=300.0, gt=0
    )  # s without work after which a replica goes; loading it again costs as much as it says

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"scaling from {self.least} to {self.most} replicas goes backwards")
        return self


class EngineProfile(BaseModel):
    """One role: its engine and its share of the machine. `calls`: how many one replica answers at a time.

    `engine` may be a list in order of preference, `[kokoro, espeak]`: the first that can do a language does it, all in one
    replica. `options` are then by engine: `{kokoro: {…}}`.

    `limit`: s that one call may take; a replica that works longer hangs, and is replaced.
    `per_node`: how many of its replicas one machine may have, so that they leave room there for other engines'.
    `resources`: Ray's custom resources, which pin it to a type of node. `python`: the interpreter of another environment,
    for an engine that cannot live in ours.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: Annotated[str, BeforeValidator(_list_as_text)]
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
    def _options_of_the_list(self) -> Self:
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
        """True where the model is a GGUF file of its own."""
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

    @field_validator("separator", "transcriber", "diarizer", "translator", "synthesizer", mode="before")
    @classmethod
    def _engine_alone(cls, role: object) -> object:
        """A role may be just its engine, or list of engines, with a plain share of the machine."""
        return {"engine": role} if isinstance(role, str | list) else role

    def roles(self) -> dict[Role, EngineProfile]:
        """The roles that an engine plays."""
        return {role: profile for role in get_args(Role) if (profile := getattr(self, role)) is not None}

    def engine(self, role: Role) -> str:
        """The name of the engine in a role, of a list all names, separated by commas; "none" where there is none."""
        profile = getattr(self, role)
        return profile.engine if profile else "none"

    def engines(self, role: Role) -> tuple[str, ...]:
        """The names of the engines in a role, the preferred one first."""
        return engine_classes.split_list(self.engine(role))

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


def load_profile(settings: Settings) -> Profile:
    """The profile that the settings name, with the engines and models they name instead of its own. SettingsError."""
    profile = read_profile(settings.profile)
    roles: dict[str, Any] = {}
    for role in get_args(Role):
        name = engine_classes.join_list(engine_classes.split_list(getattr(settings, role) or "")) or profile.engine(role)
        if name == "none" and role == "separator":
            roles[role] = None
            continue
        engine_classes.require_engines(role, name)  # an unknown name is told here, not by a replica that cannot start
        share = (
            getattr(profile, role) if name == profile.engine(role) else usual_share(role, name, has_gpu=NVIDIA_DEVICE.exists())
        )
        roles[role] = _with_model(settings, role, share)
    whole = profile.model_copy(update=roles)
    serves_itself = whole.language_model and "llm" in whole.translator.engines and settings.llm_url is None
    return whole if serves_itself else whole.model_copy(update={"language_model": None})


def usual_share(role: Role, name: str, *, has_gpu: bool) -> EngineProfile:
    """Default share of an engine that the settings name and the profile does not: the share in the shipped profile for it.

    A list that no shipped profile has gets what holds all of its engines.
    """
    shipped = [read_profile(each) for each in ("embedded", "draft", "gpu-24g" if has_gpu else "cpu-models")]
    shares: list[EngineProfile] = [share for profile in shipped if (share := getattr(profile, role)) is not None]
    if alike := next((share for share in shares if share.engine == name), None):
        return alike
    listed = engine_classes.split_list(name)
    if len(listed) > 1:
        return joint_share([usual_share(role, each, has_gpu=has_gpu) for each in listed])
    within = next((share for share in shares if name in share.engines), None)
    return (
        within.model_copy(update={"engine": name, "options": within.options_of(name)}) if within else EngineProfile(engine=name)
    )


def joint_share(shares: Sequence[EngineProfile]) -> EngineProfile:
    """The share of a list of engines in one replica: memory of the card for all, and time for one after the other.

    Replicas and scaling are those of the first. SettingsError where they want different interpreters.
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


def read_profile(name: str) -> Profile:
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


def _with_model(settings: Settings, role: Role, share: EngineProfile) -> EngineProfile:
    """The share with `TRANSCRIBER_MODEL=large-v3@abc123` as options: model, and revision where one is named.

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
