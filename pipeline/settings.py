"""The settings: one frozen object, read once at the entry point from the environment and a `.env` file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError


class OutputPlacement(StrEnum):
    """Destination of a finished dub."""

    DUBS = "dubs"  # a new file under DATA_DIR/dubs/<task id>/
    BESIDE = "beside"  # a new file beside the film
    IN_PLACE = "in-place"  # replaces the film, atomically


@dataclass(frozen=True, slots=True)
class PathMapping:
    """A folder as another machine names it (`remote`, POSIX, Windows or UNC) and as we see it (`local`)."""

    remote: str
    local: Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its default. A field's metadata holds the name in the environment and what it means."""

    api_user: str = field(default="dubarr", metadata={"env": "API_USER", "help": "Basic Auth user"})
    api_pass: str | None = field(
        default=None,
        metadata={"env": "API_PASS", "help": "Basic Auth password; made and stored 0600 where unset", "secret": True},
    )
    host: str = field(default="127.0.0.1", metadata={"env": "HOST", "help": "address the service listens on"})
    port: int = field(default=8000, metadata={"env": "PORT", "help": "port the service listens on"})
    allowed_hosts: tuple[str, ...] = field(
        default=(),
        metadata={"env": "ALLOWED_HOSTS", "help": "comma-separated names, beside localhost, that a reverse proxy reaches it by"},
    )
    data_dir: Path = field(default=Path("data"), metadata={"env": "DATA_DIR", "help": "DuckDB file, artifacts, finished dubs"})
    database_file: Path | None = field(
        default=None,
        metadata={"env": "DATABASE", "help": "the DuckDB file, on a disk of this machine; DATA_DIR/dubarr.duckdb where unset"},
    )
    videos_dir: Path = field(default=Path("videos"), metadata={"env": "VIDEOS_DIR", "help": "uploads"})
    logs_dir: Path = field(default=Path("logs"), metadata={"env": "LOGS_DIR", "help": "processing.log"})
    target_langs: tuple[str, ...] = field(
        default=("es",), metadata={"env": "TARGET_LANGS", "help": "comma-separated BCP 47 tags, where a task names none"}
    )
    library_roots: tuple[Path, ...] = field(
        default=(), metadata={"env": "LIBRARY_ROOTS", "help": "colon-separated folders a webhook path may lie under"}
    )
    path_mappings: tuple[PathMapping, ...] = field(
        default=(), metadata={"env": "PATH_MAPPINGS", "help": "from=to pairs, semicolon-separated"}
    )
    placement: OutputPlacement = field(
        default=OutputPlacement.DUBS, metadata={"env": "PLACEMENT", "help": "dubs, beside or in-place"}
    )
    profile: str = field(default="embedded", metadata={"env": "PROFILE", "help": "a file of serve/profiles/, or a path"})
    transcriber: str | None = field(
        default=None,
        metadata={"env": "TRANSCRIBER", "help": "engine, or several by preference: a,b; from the profile where unset"},
    )
    diarizer: str | None = field(default=None, metadata={"env": "DIARIZER", "help": "engine name; from the profile where unset"})
    translator: str | None = field(
        default=None,
        metadata={"env": "TRANSLATOR", "help": "engine, or several by preference: a,b; from the profile where unset"},
    )
    synthesizer: str | None = field(
        default=None,
        metadata={"env": "SYNTHESIZER", "help": "engine, or several by preference: a,b; from the profile where unset"},
    )
    separator: str | None = field(
        default=None, metadata={"env": "SEPARATOR", "help": "engine name; from the profile where unset"}
    )
    transcriber_model: str | None = field(
        default=None,
        metadata={"env": "TRANSCRIBER_MODEL", "help": "name, name@revision or directory; the engine's own where unset"},
    )
    diarizer_model: str | None = field(default=None, metadata={"env": "DIARIZER_MODEL", "help": "as TRANSCRIBER_MODEL"})
    translator_model: str | None = field(default=None, metadata={"env": "TRANSLATOR_MODEL", "help": "as TRANSCRIBER_MODEL"})
    synthesizer_model: str | None = field(default=None, metadata={"env": "SYNTHESIZER_MODEL", "help": "as TRANSCRIBER_MODEL"})
    separator_model: str | None = field(default=None, metadata={"env": "SEPARATOR_MODEL", "help": "as TRANSCRIBER_MODEL"})
    models_dir: Path | None = field(
        default=None, metadata={"env": "MODELS_DIR", "help": "where models lie, and where downloads of the hub go"}
    )
    hf_token: str | None = field(
        default=None, metadata={"env": "HF_TOKEN", "help": "for gated models of the hub", "secret": True}
    )
    llm_url: str | None = field(
        default=None,
        metadata={"env": "LLM_URL", "help": "an OpenAI-compatible server for TRANSLATOR=llm, such as http://host:11434/v1"},
    )
    llm_api_key: str | None = field(default=None, metadata={"env": "LLM_API_KEY", "help": "its key", "secret": True})
    language_model: Path | None = field(
        default=None,
        metadata={"env": "LANGUAGE_MODEL", "help": "a GGUF file, which PROFILE=embedded-llm serves in place of its own model"},
    )
    glossary: Path | None = field(
        default=None, metadata={"env": "GLOSSARY", "help": "file of terms, `[es:] term [= translation]` a line"}
    )
    coqui_tos_agreed: bool = field(
        default=False,
        metadata={"env": "COQUI_TOS_AGREED", "help": "1: you accept the licence of the XTTS v2 weights (non-commercial)"},
    )
    sonarr_url: str | None = field(
        default=None, metadata={"env": "SONARR_URL", "help": "asked to rescan after a dub in its library"}
    )
    sonarr_api_key: str | None = field(default=None, metadata={"env": "SONARR_API_KEY", "help": "its API key", "secret": True})
    radarr_url: str | None = field(
        default=None, metadata={"env": "RADARR_URL", "help": "asked to rescan after a dub in its library"}
    )
    radarr_api_key: str | None = field(default=None, metadata={"env": "RADARR_API_KEY", "help": "its API key", "secret": True})
    completion_url: str | None = field(default=None, metadata={"env": "COMPLETION_URL", "help": "POSTed to when a task ends"})

    trace_dir: Path | None = field(
        default=None,
        metadata={"env": "TRACE_DIR", "help": "folder in which each process notes what it works at; off where unset"},
    )

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.database_file or self.data_dir / "dubarr.duckdb"

    @property
    def artifacts(self) -> Path:
        """Where stages keep their files."""
        return self.data_dir / "artifacts"

    @property
    def processing_log(self) -> Path:
        """The log that `/ws/logs` streams."""
        return self.logs_dir / "processing.log"

    @property
    def roots(self) -> tuple[Path, ...]:
        """Real paths under which a film may lie: the library roots and the uploads."""
        return tuple(root.resolve() for root in (*self.library_roots, self.videos_dir))

    @property
    def dubs(self) -> Path:
        """Folder of finished dubs that are placed neither beside nor in place of their films."""
        return self.data_dir / "dubs"

    @property
    def output_roots(self) -> tuple[Path, ...]:
        """Real paths under which a finished dub may lie."""
        return (self.dubs.resolve(), *self.roots)

    @property
    def url(self) -> str:
        """The service's base URL, as a client on this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 -- compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `./dubarr settings`: a setting, its value as text, and where it came from."""

    name: str
    value: str
    source: str  # "environment", the .env file's path, or "default"
    help: str


def load_settings(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """Read the settings. `environment` (default: the process's) wins over `folder/.env` (default: the current folder).

    Relative folders become absolute against `folder`. SettingsError names the setting that cannot be used.
    """
    folder = (folder or Path.cwd()).resolve()
    given = _given(environment, folder)
    values: dict[str, Any] = {
        f.name: _parse(f.name, f.metadata["env"], given[f.metadata["env"]][0], folder)
        for f in fields(Settings)
        if f.metadata["env"] in given
    }
    for name in ("data_dir", "videos_dir", "logs_dir"):
        values.setdefault(name, folder / getattr(Settings(), name))
    return Settings(**values)


def explain_settings(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> tuple[Setting, ...]:
    """Every setting with its value and source; secrets are masked."""
    folder = (folder or Path.cwd()).resolve()
    given = _given(environment, folder)
    settings = load_settings(environment, folder=folder)
    return tuple(
        Setting(
            name=f.metadata["env"],
            value=_shown(getattr(settings, f.name), secret=f.metadata.get("secret", False)),
            source=given[f.metadata["env"]][1] if f.metadata["env"] in given else "default",
            help=f.metadata["help"],
        )
        for f in fields(Settings)
    )


def _given(environment: Mapping[str, str] | None, folder: Path) -> dict[str, tuple[str, str]]:
    """Name → (value, source) of what is set. An empty value counts as unset, as in most .env files."""
    from dotenv import dotenv_values  # imported late: pipeline must import fast

    dotenv = folder / ".env"
    from_file = {name: (value, str(dotenv)) for name, value in dotenv_values(dotenv, interpolate=False).items() if value}
    from_environment = {
        name: (value, "environment") for name, value in (os.environ if environment is None else environment).items() if value
    }
    return from_file | from_environment


def _parse(name: str, env: str, text: str, folder: Path) -> object:
    match name:
        case "port":
            if not text.isdecimal() or not 0 < int(text) < 65536:
                raise SettingsError(env, text, "give a port from 1 to 65535")
            return int(text)
        case "data_dir" | "videos_dir" | "logs_dir":
            return (folder / _expanded(env, text)).absolute()
        case "models_dir" | "glossary" | "language_model" | "database_file" | "trace_dir":
            return (folder / _expanded(env, text)).absolute()
        case "coqui_tos_agreed":
            if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
                raise SettingsError(env, text, "give 1 or 0")
            return text.lower() in {"1", "true", "yes"}
        case "target_langs" | "allowed_hosts":
            return tuple(tag.strip() for tag in text.split(",") if tag.strip())
        case "library_roots":
            return tuple(_absolute(env, part) for part in text.split(":") if part)
        case "path_mappings":
            return tuple(_mapping(env, part) for part in text.split(";") if part.strip())
        case "placement":
            if text not in {*OutputPlacement}:
                raise SettingsError(env, text, f"give one of {', '.join(OutputPlacement)}")
            return OutputPlacement(text)
        case _:
            return text


def _expanded(env: str, text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # `~somebody` whom this machine does not know
        raise SettingsError(env, text, "give a path whose home folder exists, or one without ~") from error


def _absolute(env: str, text: str) -> Path:
    path = _expanded(env, text)
    if not path.is_absolute():
        raise SettingsError(env, text, "give absolute paths")
    return path


def _mapping(env: str, text: str) -> PathMapping:
    remote, found, local = text.strip().partition("=")
    if not found or not remote.strip() or not local.strip():
        raise SettingsError(env, text, "give from=to pairs, separated by semicolons")
    return PathMapping(remote.strip(), _absolute(env, local.strip()))


def _shown(value: object, *, secret: bool) -> str:
    match value:
        case None:
            return ""
        case str() if secret:
            return "•" * 8
        case tuple():
            return ", ".join(f"{part.remote}={part.local}" if isinstance(part, PathMapping) else str(part) for part in value)
        case _:
            return str(value)
