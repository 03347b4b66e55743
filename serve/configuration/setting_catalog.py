"""Catalogue of the settings as people see them: section, label, kind of value, and the place where each may be changed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, get_args

from pipeline.engines.protocols import Role
from pipeline.engines.registry.engine_classes import engine_names
from pipeline.settings import DefaultTrack, OutputPlacement, PathMapping, RoomMatching, Settings, TakeVerification
from pipeline.settings_loader import NOTIFICATION_EVENTS
from pipeline.values.service_status import OPTIONAL_ROLES, ROLE_LABELS
from serve.configuration.live_settings import LIVE_FIELDS
from serve.profile_loader import list_profiles

ROLES: tuple[Role, ...] = get_args(Role)


class ValueKind(StrEnum):
    """Kind of a setting's value, by which it is edited."""

    TEXT = "text"
    LIST = "list"
    CHOICE = "choice"
    CHOICES = "choices"  # any number of them
    SWITCH = "switch"  # 1 or 0
    URL = "url"
    SECRET = "secret"  # noqa: S105 -- a kind of value
    FIXED = "fixed"  # shown, but not changed over the API


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """Description of one setting. `name`: its environment variable; `separator`: of a list's values; `choices`: permitted or
    suggested values. `is_live`: the running service takes it over at once.
    """

    field: str  # of `Settings`
    name: str
    help: str
    section: str
    label: str
    kind: ValueKind
    is_live: bool
    separator: str = ""
    choices: tuple[str, ...] = ()


LISTS = {
    "target_langs": ",",
    "exclude": ",",
    "speech_api_voices": ",",
    "library_include_tags": ",",
    "library_exclude_tags": ",",
    "library_roots": ":",
    "path_mappings": ";",
}
# Section → fields in order, with their labels. Settings that are in none are fixed.
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Languages": {"target_langs": "Target languages"},
    "Library": {"library_roots": "Library folders", "path_mappings": "Path mappings", "exclude": "Excluded names", "settle_s": "Settle time (s)"},
    "Dubs": {
        "placement": "Placement of the dub",
        "break_hardlinks": "Replace films with hard links",
        "default_track": "Default audio track",
        "stereo_dub": "Stereo track beside a surround dub",
        "follow_loudness": "Follow the original's loudness",
        "follow_pitch": "Follow the original's pitch",
        "follow_pace": "Follow the original's pace",
        "room_match": "Match rooms and telephones",
        "watermark": "Watermark cloned voices",
        "verify_takes": "Verify synthesized lines",
    },
    "Engines": {"profile": "Profile"}
    | {role: ROLE_LABELS[role] for role in ("transcriber", "aligner", "diarizer", "translator", "synthesizer", "separator")}
    | {"llm_url": "Language model address", "llm_api_key": "Language model key", "speech_api_url": "Speech server address", "speech_api_key": "Speech server key", "speech_api_voices": "Speech server voices", "transcription_api_url": "Transcription server address", "transcription_api_key": "Transcription server key", "hf_token": "Hugging Face token", "coqui_tos_agreed": "XTTS licence accepted (non-commercial)"},
    "Connections": {
        "sonarr_url": "Sonarr address",
        "sonarr_api_key": "Sonarr API key",
        "radarr_url": "Radarr address",
        "radarr_api_key": "Radarr API key",
        "library_include_tags": "Only with these tags",
        "library_exclude_tags": "Not with these tags",
        "tag_dubbed": "Tag dubbed films",
        "plex_url": "Plex address",
        "plex_token": "Plex token",
        "jellyfin_url": "Jellyfin address",
        "jellyfin_api_key": "Jellyfin API key",
        "completion_url": "Completion webhook",
        "callback_secret": "Webhook and callback secret",
    },
    "Notifications": {"notify_urls": "Apprise addresses", "notify_on": "Notify when"},
}  # fmt: skip
FIXED_SECTION = "Service"
# Field → help beside its input, where that of the environment variable speaks of its notation.
HINTS: Mapping[str, str] = {
    "target_langs": "Where neither a request nor a rule names any",
    "library_roots": "One folder a line. Webhooks, rules and Browse server reach films below them",
    "path_mappings": "One from=to a line, where Sonarr or Radarr name a folder differently: /tv=/mnt/series",
    "exclude": "One pattern a line, such as *sample*: files that libraries and webhooks leave out",
    "settle_s": "Seconds without a change after which a new file counts as complete",
    "placement": "Where a finished dub is written",
    "break_hardlinks": "Where the dub takes the film's place: the other links keep the original. Off: such films are refused",
    "default_track": "The track that players begin with",
    "stereo_dub": "For players without surround sound",
    "follow_loudness": "Each line is as loud as its original, from whisper to shout",
    "follow_pitch": "Pitch and pitch range, within bounds, where the synthesizer can",
    "follow_pace": "A line that is said fast or slowly is dubbed so, within bounds",
    "room_match": "A line over a telephone or in a room is dubbed so, where that is beyond doubt",
    "watermark": "Inaudible, found by AudioSeal's detector. Run ./dubarr setup before the first dub",
    "verify_takes": "Lines are recognized, and made again where they are not understood",
    "profile": "Engines and their share of the machine",
    **dict.fromkeys(("transcriber", "translator", "synthesizer"), "One engine, or several by preference: a, b"),
    **dict.fromkeys(("aligner", "diarizer", "separator"), "One engine"),
    "llm_url": "An OpenAI-compatible server for the engine llm, such as http://host:11434/v1",
    "speech_api_url": "A server of OpenAI's speech endpoint for the engine speech-api, such as http://host:8880/v1",
    "speech_api_voices": "One voice a line, as the server names it; name:low or name:high tells its pitch. All that it lists where empty",
    "transcription_api_url": "A server of OpenAI's transcription endpoint for the engine transcription-api, such as http://host:8000/v1",
    **dict.fromkeys(("speech_api_key", "transcription_api_key"), "Where that server wants one"),
    "hf_token": "For gated models of the hub",
    "coqui_tos_agreed": "You accept the licence of the XTTS v2 weights",
    "sonarr_url": "Such as http://nas:8989. Lists series, and is told of their dubs",
    "radarr_url": "Such as http://nas:7878. Lists movies, and is told of their dubs",
    "library_include_tags": "One tag of Sonarr or Radarr a line: other films need no dub",
    "library_exclude_tags": "One tag of Sonarr or Radarr a line: these films need no dub",
    "tag_dubbed": "Sonarr and Radarr get a tag such as dubbed-es after a dub in their library",
    "plex_url": "Such as http://nas:32400. Refreshes its library after a dub in it",
    "jellyfin_url": "Such as http://nas:8096. Refreshes its library after a dub in it",
    **dict.fromkeys(("sonarr_api_key", "radarr_api_key"), "In Settings, General"),
    "plex_token": "X-Plex-Token of your account",
    "jellyfin_api_key": "In Dashboard, API Keys",
    "llm_api_key": "Where that server wants one",
    "completion_url": "Receives a POST when a task ends",
    "callback_secret": "Signs the completion webhook and callbacks of tasks, in the header Dubarr-Signature",
    "notify_urls": "One address a line: ntfy://, mailto://, discord:// and what else Apprise knows",
    "notify_on": "Without addresses nothing is sent",
}
CHOICES = {
    "placement": tuple(OutputPlacement),
    "default_track": tuple(DefaultTrack),
    "room_match": tuple(RoomMatching),
    "verify_takes": tuple(TakeVerification),
    "notify_on": NOTIFICATION_EVENTS,
}


def list_descriptions() -> tuple[SettingDescription, ...]:
    """Describe every setting: the sections in order, then those that are fixed."""
    by_field = {f.name: f for f in fields(Settings)}
    listed = [(section, name, label) for section, labels in SECTIONS.items() for name, label in labels.items()]
    edited = {name for _, name, _ in listed}
    fixed = [(FIXED_SECTION, name, f.metadata["env"]) for name, f in by_field.items() if name not in edited]
    return tuple(_describe(section, by_field[name], label) for section, name, label in (*listed, *fixed))


def _describe(section: str, field: Any, label: str) -> SettingDescription:
    kind, choices = _find_kind(section, field)
    return SettingDescription(
        field=field.name,
        name=field.metadata["env"],
        help=HINTS.get(field.name, field.metadata["help"]),
        section=section,
        label=label,
        kind=kind,
        is_live=field.name in LIVE_FIELDS,
        separator=LISTS.get(field.name, ""),
        choices=choices,
    )


def _find_kind(section: str, field: Any) -> tuple[ValueKind, tuple[str, ...]]:
    """Find the kind of a setting's value, and its choices."""
    name: str = field.name
    if section == FIXED_SECTION:
        return ValueKind.FIXED, ()
    if field.metadata.get("secret"):
        return ValueKind.SECRET, ()
    if name == "profile":
        return ValueKind.CHOICE, list_profiles()
    if name in ROLES:
        return ValueKind.TEXT, (*engine_names(name), *(("none",) if name in OPTIONAL_ROLES else ()))
    if name == "notify_on":
        return ValueKind.CHOICES, CHOICES[name]
    if name in CHOICES:
        return ValueKind.CHOICE, tuple(map(str, CHOICES[name]))
    if name in LISTS:
        return ValueKind.LIST, ()
    if isinstance(field.default, bool):
        return ValueKind.SWITCH, ("1", "0")
    return (ValueKind.URL if name.endswith("_url") else ValueKind.TEXT), ()


def format_text(value: object, separator: str) -> str:
    """A value in the notation of its environment variable."""
    match value:
        case None:
            return ""
        case bool():
            return str(int(value))
        case tuple():
            return (separator or ",").join(
                f"{part.remote}={part.local}" if isinstance(part, PathMapping) else str(part) for part in value
            )
        case float():
            return f"{value:g}"
        case _:
            return str(value)
