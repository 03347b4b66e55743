"""Changes of settings by a client: validated as a whole, and written only where every one of them is right."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pipeline.control_characters import CONTROL_CHARACTERS
from pipeline.errors import LanguageError, NotPossible, SettingsError
from pipeline.settings import Settings
from pipeline.settings_loader import parse_setting
from pipeline.text import languages
from serve import profile_loader
from serve.configuration.env_file import write_env_file
from serve.configuration.folder_checks import describe_unfit_folder
from serve.configuration.live_settings import LiveSettings
from serve.configuration.setting_catalog import ROLES, SettingDescription, ValueKind, list_descriptions
from serve.configuration.settings_source import SettingsSource

MAX_VALUE_CHARACTERS = 8_192
# Address → key that is sent to it: a stored key goes to no other host than the one it was given for.
KEY_OF_URL = {
    "sonarr_url": "sonarr_api_key",
    "radarr_url": "radarr_api_key",
    "plex_url": "plex_token",
    "jellyfin_url": "jellyfin_api_key",
    "llm_url": "llm_api_key",
    "speech_api_url": "speech_api_key",
    "transcription_api_url": "transcription_api_key",
}
_writing = threading.Lock()  # one change of the file at a time


@dataclass(frozen=True, slots=True)
class ChangeResult:
    """Result of a change. `problems`: name → sentence; where there are any, nothing was written."""

    written: tuple[str, ...] = ()
    problems: Mapping[str, str] | None = None


def change_settings(live: LiveSettings, changes: Mapping[str, str | None]) -> ChangeResult:
    """Validate changes (name → text, None: the default again) and write them. NotPossible where the file cannot be written."""
    source = require_source(live)
    with _writing:
        now, texts = load_source(source), source.read_texts()
        known = {each.name: each for each in list_descriptions()}
        given = {name: _clean(text) for name, text in changes.items()}
        changed = {name: text for name, text in given.items() if text != texts.get(name, (None, ""))[0]}
        problems = {
            name: problem
            for name, text in changed.items()
            if (problem := _find_problem(name, text, known.get(name), source=source, now=now, given=given))
        }
        problems |= {} if problems else _find_engine_problem(source, changed)
        if problems:
            return ChangeResult(problems=problems)
        if changed:
            _write(source, changed)
    return ChangeResult(written=tuple(changed))


def require_source(live: LiveSettings) -> SettingsSource:
    """The source of the settings. NotPossible where the service was started without one."""
    if live.source is None:
        raise NotPossible("this service was started without a settings file; change its environment, then start it again")
    return live.source


def load_source(source: SettingsSource) -> Settings:
    """Read the settings. NotPossible where the file was broken by hand."""
    try:
        return source.load()
    except SettingsError as error:
        raise NotPossible(f"{error}; correct {source.file} on the service's machine first") from error


def list_pending(live: LiveSettings) -> tuple[str, ...]:
    """Names of the settings whose values wait for a redeployment. NotPossible where the file is broken."""
    source = require_source(live)
    fresh = load_source(source)
    return tuple(
        each.name
        for each in list_descriptions()
        if not each.is_live and getattr(fresh, each.field) != getattr(live.deployed, each.field)
    )


def _clean(text: str | None) -> str | None:
    return None if text is None or not text.strip() else text.strip()


def _find_problem(
    name: str,
    text: str | None,
    described: SettingDescription | None,
    *,
    source: SettingsSource,
    now: Settings,
    given: Mapping[str, str | None],
) -> str | None:
    """Find the problem of one change, as a sentence that names it; None where there is none."""
    if described is None:
        return f"{name} is no setting of Dubarr; GET /api/settings lists them"
    if name in source.environment:
        return f"{described.label} ({name}) comes from the service's environment, which wins; change or remove it there"
    if described.kind is ValueKind.FIXED:
        return f"{name} is not changed here; change it in {source.file} on the service's machine, then ./dubarr stop and serve"
    if problem := _find_key_problem(described, text, source=source, now=now, given=given):
        return problem
    if text is None:
        return None
    if len(text) > MAX_VALUE_CHARACTERS:
        return f"{described.label} is longer than {MAX_VALUE_CHARACTERS} characters; shorten it"
    if CONTROL_CHARACTERS.search(text):
        return f"{described.label} holds a line break or another control character; remove it"
    try:
        value = parse_setting(described.field, name, text, source.folder)
        return _find_value_problem(described, value, now)
    except SettingsError as error:
        return f"{described.label}: {error.args[2]}"
    except LanguageError as error:
        return f"{described.label}: {error}"


def _find_value_problem(described: SettingDescription, value: object, now: Settings) -> str | None:
    """Find the problem of a parsed value. LanguageError."""
    match described.field, value:
        case "target_langs", tuple(tags):
            for tag in tags:
                languages.require_tag(tag)
            return None if tags else f"{described.label}: give at least one language"
        case "library_roots", tuple(roots):
            private = (now.data_dir.resolve(), now.logs_dir.resolve())
            new = [root for root in roots if root not in now.library_roots]
            found = (describe_unfit_folder(root, private=private) for root in new)
            return next((f"{described.label}: {each}" for each in found if each), None)
        case "path_mappings", tuple(mappings):
            new = [each.local for each in mappings if each not in now.path_mappings]
            missing = next((folder for folder in new if not folder.is_dir()), None)
            return (
                missing
                and f"{described.label}: there is no folder {missing} on this machine; give from=to, with its path here as to"
            )
        case "notify_urls", str(text):
            return _describe_apprise_problem(text)
        case ("profile", str(name)) if name not in described.choices:
            return f"{described.label}: give one of {', '.join(described.choices)}"
        case (role, str(name)) if role in ROLES and ":" in name:
            return f"{described.label}: an engine of your own is named in the settings file, on the service's machine"
        case _, str(text) if described.kind is ValueKind.URL:
            problem = describe_url_problem(text)
            return problem and f"{described.label}: {problem}"
        case _:
            return None


def describe_url_problem(url: str) -> str | None:
    """Describe why a text is no address of an HTTP server; None where it is one."""
    try:
        parts = urlsplit(url)
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return "give an address such as http://host:8989"
    if parts.scheme not in {"http", "https"} or not named or any(each.isspace() for each in url):
        return "give an address such as http://host:8989"
    if parts.username is not None or parts.password is not None:
        return "give the address without user and password"
    if parts.query or parts.fragment:
        return "give the address without ? and #"
    return None


def read_origin(url: str | None) -> tuple[str, str, int | None] | None:
    """Scheme, host and port of an address; None where there is none."""
    if not url or describe_url_problem(url):
        return None
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _find_key_problem(
    described: SettingDescription, text: str | None, *, source: SettingsSource, now: Settings, given: Mapping[str, str | None]
) -> str | None:
    """Refuse another host for a stored key: who cannot read the key must not be able to have it sent anywhere."""
    field = KEY_OF_URL.get(described.field)
    before = getattr(now, described.field) if field else None
    if field is None or text is None or not getattr(now, field) or given.get(field.upper()):
        return None
    if before and read_origin(text) == read_origin(before):
        return None
    where = "in the service's environment too" if field.upper() in source.environment else "again"
    return f"{described.label}: give its key {where}; the stored one is not sent to another host"


def _describe_apprise_problem(text: str) -> str | None:
    """Describe addresses that Apprise cannot use, by their place: they hold secrets."""
    from apprise import Apprise

    bad = [place for place, url in enumerate(text.split(), 1) if Apprise.instantiate(url, suppress_exceptions=True) is None]
    if not bad:
        return None
    return f"Apprise addresses: number {bad[0]} is none that Apprise knows; give one such as mailto:// or ntfy://, as its documentation lists"


def _find_engine_problem(source: SettingsSource, changed: Mapping[str, str | None]) -> dict[str, str]:
    """Find the problem of profile and engines together: each may be right, and their combination not."""
    named = {"PROFILE", *(role.upper() for role in ROLES)}
    if named.isdisjoint(changed):
        return {}
    texts = {name: text for name, (text, _) in source.read_texts().items()}
    after = {name: text for name, text in (texts | dict(changed)).items() if text} | dict(source.environment)
    fields = (
        {"profile": "PROFILE"}
        | {role: role.upper() for role in ROLES}
        | {f"{role}_model": f"{role.upper()}_MODEL" for role in ROLES}
    )
    chosen = {field: after[name] for field, name in fields.items() if name in after}
    try:
        profile_loader.load_profile(Settings(**chosen))  # type: ignore[arg-type]  # texts, as these settings are
    except SettingsError as error:
        name, _, advice = error.args
        return {name if name in changed else next(iter(named & changed.keys())): f"{name}: {advice}"}
    return {}


def _write(source: SettingsSource, changed: Mapping[str, str | None]) -> None:
    try:
        write_env_file(source.file, changed)
    except (OSError, UnicodeError) as error:
        raise NotPossible(
            f"{source.file} cannot be written ({error}); make it and its folder writable for the service, or set the variables in its environment"
        ) from error
