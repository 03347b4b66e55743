"""Profiles: which engine plays each role, and what of the machine it gets. Read from `serve/profiles/*.yaml`."""

from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.engines import registry
from pipeline.engines.protocols import Role
from pipeline.errors import SettingsError
from pipeline.settings import Settings

FOLDER = Path(__file__).parent / "profiles"

# How /health and Serve name the roles, whatever implements them.
DEPLOYMENTS: dict[Role, str] = {
    "separator": "separation",
    "transcriber": "whisper",
    "diarizer": "diarization",
    "translator": "llm",
    "synthesizer": "tts",
}


class EngineProfile(BaseModel):
    """One role: its engine and its share of the machine. `calls`: how many one replica answers at a time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    engine: str
    options: dict[str, Any] = Field(default_factory=dict)
    replicas: int = Field(default=1, ge=1)
    calls: int = Field(default=1, ge=1)
    num_cpus: float = Field(default=1.0, ge=0)
    num_gpus: float = Field(default=0.0, ge=0)


class WorkerProfile(BaseModel):
    """The worker's own share of the machine: mixing and muxing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    num_cpus: float = Field(default=1.0, ge=0)


class Profile(BaseModel):
    """A whole profile. `separator: null` leaves the original sound as it is and ducks it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    separator: EngineProfile | None = None
    transcriber: EngineProfile
    diarizer: EngineProfile
    translator: EngineProfile
    synthesizer: EngineProfile
    worker: WorkerProfile = WorkerProfile()

    def roles(self) -> dict[Role, EngineProfile]:
        """The roles that an engine plays."""
        return {role: profile for role in get_args(Role) if (profile := getattr(self, role)) is not None}

    def engine(self, role: Role) -> str:
        """The name of the engine in a role, "none" where there is none."""
        profile = getattr(self, role)
        return profile.engine if profile else "none"


def load(settings: Settings) -> Profile:
    """The profile that the settings name, with the engines they name instead of its own. SettingsError."""
    import yaml

    path = FOLDER / f"{settings.profile}.yaml" if "/" not in settings.profile else Path(settings.profile)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml")))
        raise SettingsError("PROFILE", settings.profile, f"give one of {known}, or the path of a profile file")
    try:
        profile = Profile.model_validate(yaml.safe_load(path.read_text()))
    except (yaml.YAMLError, ValidationError) as error:
        raise SettingsError("PROFILE", settings.profile, f"mend {path.name}: {error}") from error
    chosen = {role: name for role in get_args(Role) if (name := getattr(settings, role)) and name != profile.engine(role)}
    engines = {
        role: None if (role, name) == ("separator", "none") else EngineProfile(engine=name) for role, name in chosen.items()
    }
    whole = profile.model_copy(update=engines)
    for role, share in whole.roles().items():
        registry.engine_class(role, share.engine)  # an unknown name is told here, not by a replica that cannot start
    return whole
