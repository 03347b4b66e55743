"""Settings loader: values from the environment and a `.env` file, parsed into one `Settings`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipeline.errors import SettingsError
from pipeline.settings import DefaultTrack, OutputPlacement, PathMapping, RoomMatching, Settings, TakeVerification

MAX_SECONDS = 86_400  # of a setting that is a time
MAX_DAYS = 365
SWITCHES = frozenset(
    {
        "coqui_tos_agreed",
        "follow_loudness",
        "follow_pitch",
        "follow_pace",
        "stereo_dub",
        "tag_dubbed",
        "break_hardlinks",
        "watermark",
    }
)
NOTIFICATION_EVENTS = ("done", "failed", "disk", "engine")
CHOICES: Mapping[str, type[StrEnum]] = {
    "placement": OutputPlacement,
    "default_track": DefaultTrack,
    "verify_takes": TakeVerification,
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of `./dubarr settings`: a setting, its value as text, and its source."""

    name: str
    value: str
    source: str  # "environment", the .env file's path, or "default"
    help: str


def load_settings(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> Settings:
    """Read the settings. `environment` (default: the process's) wins over `folder/.env` (default: the current folder).

    Relative folders become absolute against `folder`. SettingsError names a setting whose value cannot be used.
    """
    folder = (folder or Path.cwd()).resolve()
    found = read_sources(environment, folder)
    values: dict[str, Any] = {
        f.name: parse_setting(f.name, f.metadata["env"], found[f.metadata["env"]][0], folder)
        for f in fields(Settings)
        if f.metadata["env"] in found
    }
    for name in ("data_dir", "videos_dir", "logs_dir"):
        values.setdefault(name, folder / getattr(Settings(), name))
    return Settings(**values)


def explain_settings(environment: Mapping[str, str] | None = None, *, folder: Path | None = None) -> tuple[Setting, ...]:
    """Every setting with its value and source; secrets are masked."""
    folder = (folder or Path.cwd()).resolve()
    found = read_sources(environment, folder)
    settings = load_settings(environment, folder=folder)
    return tuple(
        Setting(
            name=f.metadata["env"],
            value=_format_value(getattr(settings, f.name), secret=f.metadata.get("secret", False)),
            source=found[f.metadata["env"]][1] if f.metadata["env"] in found else "default",
            help=f.metadata["help"],
        )
        for f in fields(Settings)
    )


def read_sources(environment: Mapping[str, str] | None, folder: Path) -> dict[str, tuple[str, str]]:
    """Name → (value, source) of the settings that are set. An empty value counts as unset, as in most .env files."""
    from dotenv import dotenv_values  # imported late: pipeline must import fast

    dotenv = folder / ".env"
    from_file = {name: (value, str(dotenv)) for name, value in dotenv_values(dotenv, interpolate=False).items() if value}
    from_environment = {
        name: (value, "environment") for name, value in (os.environ if environment is None else environment).items() if value
    }
    return from_file | from_environment


def _parse_events(env: str, text: str) -> tuple[str, ...]:
    events = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    if not set(events) <= {*NOTIFICATION_EVENTS}:
        raise SettingsError(env, text, f"give some of {', '.join(NOTIFICATION_EVENTS)}, separated by commas")
    return events


def _parse_number(env: str, text: str, unit: str, most: int) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0.0 <= number <= most:
        raise SettingsError(env, text, f"give {unit} from 0 to {most}")
    return number


def parse_setting(name: str, env: str, text: str, folder: Path) -> object:
    """Value of a setting by the text of its environment variable. SettingsError."""
    match name:
        case "port":
            if not text.isdecimal() or not 0 < int(text) < 65536:
                raise SettingsError(env, text, "give a port from 1 to 65535")
            return int(text)
        case (
            "data_dir" | "videos_dir" | "logs_dir" | "models_dir" | "glossary" | "language_model" | "database_file" | "trace_dir"
        ):
            return (folder / _expand_home(env, text)).absolute()
        case _ if name in SWITCHES:
            if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
                raise SettingsError(env, text, "give 1 or 0")
            return text.lower() in {"1", "true", "yes"}
        case "target_langs" | "allowed_hosts" | "exclude" | "speech_api_voices" | "library_include_tags" | "library_exclude_tags":
            return tuple(tag.strip() for tag in text.split(",") if tag.strip())
        case "notify_on":
            return _parse_events(env, text)
        case "settle_s":
            return _parse_number(env, text, "seconds", MAX_SECONDS)
        case "scrub_days":
            return _parse_number(env, text, "days", MAX_DAYS)
        case "library_roots":
            return tuple(_parse_absolute_path(env, part) for part in text.split(":") if part)
        case "path_mappings":
            return tuple(_parse_path_mapping(env, part) for part in text.split(";") if part.strip())
        case "placement" | "default_track" | "verify_takes":
            choices = CHOICES[name]
            if text not in {*choices}:
                raise SettingsError(env, text, f"give one of {', '.join(choices)}")
            return choices(text)
        case "room_match":
            if text not in {*RoomMatching}:
                raise SettingsError(env, text, f"give one of {', '.join(RoomMatching)}")
            return RoomMatching(text)
        case _:
            return text


def _expand_home(env: str, text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # `~name` of a user that this machine does not have
        raise SettingsError(env, text, "give a path whose home folder exists, or one without ~") from error


def _parse_absolute_path(env: str, text: str) -> Path:
    path = _expand_home(env, text)
    if not path.is_absolute():
        raise SettingsError(env, text, "give absolute paths")
    return path


def _parse_path_mapping(env: str, text: str) -> PathMapping:
    remote, separator, local = text.strip().partition("=")
    if not separator or not remote.strip() or not local.strip():
        raise SettingsError(env, text, "give from=to pairs, separated by semicolons")
    return PathMapping(remote.strip(), _parse_absolute_path(env, local.strip()))


def _format_value(value: object, *, secret: bool) -> str:
    match value:
        case None:
            return ""
        case str() if secret:
            return "•" * 8
        case tuple():
            return ", ".join(f"{part.remote}={part.local}" if isinstance(part, PathMapping) else str(part) for part in value)
        case _:
            return str(value)
