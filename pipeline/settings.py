"""Settings: one frozen object with every setting and its default; `pipeline.settings_loader` reads it at the entry point."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class OutputPlacement(StrEnum):
    """Destination of a finished dub."""

    DUBS = "dubs"  # a new file under DATA_DIR/dubs/<task id>/
    BESIDE = "beside"  # a new film beside the film
    SIDECAR = "sidecar"  # an audio file a language beside the film, which is never touched
    IN_PLACE = "in-place"  # replaces the film, atomically


class DefaultTrack(StrEnum):
    """Default audio track of a dubbed film: the one that players begin with."""

    ORIGINAL = "original"  # the film's own, as it was
    DUB = "dub"  # the new track in the first target language


class TakeVerification(StrEnum):
    """Verification of synthesized takes by speech recognition."""

    AUTO = "auto"  # where the transcriber knows the language and takes windows of several speakers
    OFF = "off"
    ALL = "all"  # where the transcriber knows the language


class RoomMatching(StrEnum):
    """Room match of a dub's lines with their originals."""

    OFF = "off"
    ON = "on"  # a telephone's band or a room's reverberation, where the original has it beyond doubt


@dataclass(frozen=True, slots=True)
class FollowedProsody:
    """Prosody of the source line that its take follows: loudness, pitch with its range, pace."""

    loudness: bool = True
    pitch: bool = True
    pace: bool = True


@dataclass(frozen=True, slots=True)
class PathMapping:
    """A folder's path on another machine (`remote`: POSIX, Windows or UNC) and on this one (`local`)."""

    remote: str
    local: Path


def _setting(default: T, env: str, help_text: str, *, secret: bool = False) -> T:
    """Field of `Settings`: its default, environment variable and help."""
    found: T = field(default=default, metadata={"env": env, "help": help_text} | ({"secret": True} if secret else {}))
    return found


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its default. A field's metadata holds its environment variable, its help, and `secret` where it is masked."""

    api_user: str = _setting("dubarr", "API_USER", "Basic Auth user")
    api_pass: str | None = _setting(None, "API_PASS", "Basic Auth password; made and stored 0600 where unset", secret=True)
    host: str = _setting("127.0.0.1", "HOST", "address the service listens on")
    port: int = _setting(8000, "PORT", "port the service listens on")
    allowed_hosts: tuple[str, ...] = _setting(
        (), "ALLOWED_HOSTS", "comma-separated names, beside localhost, that a reverse proxy reaches it by"
    )
    data_dir: Path = _setting(Path("data"), "DATA_DIR", "DuckDB file, artifacts, finished dubs")
    database_file: Path | None = _setting(
        None, "DATABASE", "the DuckDB file, on a disk of this machine; DATA_DIR/dubarr.duckdb where unset"
    )
    videos_dir: Path = _setting(Path("videos"), "VIDEOS_DIR", "uploads")
    logs_dir: Path = _setting(Path("logs"), "LOGS_DIR", "processing.log")
    target_langs: tuple[str, ...] = _setting(("es",), "TARGET_LANGS", "comma-separated BCP 47 tags, where a task names none")
    library_roots: tuple[Path, ...] = _setting((), "LIBRARY_ROOTS", "colon-separated folders a webhook path may lie under")
    exclude: tuple[str, ...] = _setting(
        (), "EXCLUDE", "comma-separated globs of names and paths that are left out of the library"
    )
    settle_s: float = _setting(10.0, "SETTLE_S", "seconds without a change after which a new file counts as complete")
    path_mappings: tuple[PathMapping, ...] = _setting((), "PATH_MAPPINGS", "from=to pairs, semicolon-separated")
    placement: OutputPlacement = _setting(OutputPlacement.DUBS, "PLACEMENT", "dubs, beside, sidecar or in-place")
    break_hardlinks: bool = _setting(False, "BREAK_HARDLINKS", "1: PLACEMENT=in-place also replaces films with other hard links")
    default_track: DefaultTrack = _setting(
        DefaultTrack.ORIGINAL, "DEFAULT_TRACK", "original or dub: the audio track that players begin with"
    )
    follow_loudness: bool = _setting(
        True, "FOLLOW_LOUDNESS", "1: each line is as loud as its original, whisper to shout; 0: all alike"
    )
    follow_pitch: bool = _setting(True, "FOLLOW_PITCH", "1: pitch follows the original line's, where the synthesizer can; 0: not")
    follow_pace: bool = _setting(True, "FOLLOW_PACE", "1: a line said fast or slowly is dubbed so, within bounds; 0: not")
    room_match: RoomMatching = _setting(
        RoomMatching.OFF, "ROOM_MATCH", "on: a line over a telephone or in a room is dubbed so, where beyond doubt; off"
    )
    stereo_dub: bool = _setting(
        False, "STEREO_DUB", "1: a dub in surround sound gets a stereo track behind it, for players without"
    )
    watermark: bool = _setting(False, "WATERMARK", "1: cloned voices carry an inaudible watermark, AudioSeal's; 0: not")
    watermark_model: str | None = _setting(None, "WATERMARK_MODEL", "as TRANSCRIBER_MODEL")
    verify_takes: TakeVerification = _setting(
        TakeVerification.AUTO, "VERIFY_TAKES", "auto, off or all: lines are recognised, and made again where not understood"
    )
    profile: str = _setting("embedded", "PROFILE", "a file of serve/profiles/, or a path")
    transcriber: str | None = _setting(None, "TRANSCRIBER", "engine, or several: a,b; the profile's where unset")
    aligner: str | None = _setting(None, "ALIGNER", "engine name, or none; the profile's where unset")
    diarizer: str | None = _setting(None, "DIARIZER", "engine name; from the profile where unset")
    translator: str | None = _setting(None, "TRANSLATOR", "engine, or several: a,b; the profile's where unset")
    synthesizer: str | None = _setting(None, "SYNTHESIZER", "engine, or several: a,b; the profile's where unset")
    separator: str | None = _setting(None, "SEPARATOR", "engine name; the profile's where unset")
    transcriber_model: str | None = _setting(None, "TRANSCRIBER_MODEL", "name, name@revision or directory")
    aligner_model: str | None = _setting(None, "ALIGNER_MODEL", "as TRANSCRIBER_MODEL")
    diarizer_model: str | None = _setting(None, "DIARIZER_MODEL", "as TRANSCRIBER_MODEL")
    translator_model: str | None = _setting(None, "TRANSLATOR_MODEL", "as TRANSCRIBER_MODEL")
    synthesizer_model: str | None = _setting(None, "SYNTHESIZER_MODEL", "as TRANSCRIBER_MODEL")
    separator_model: str | None = _setting(None, "SEPARATOR_MODEL", "as TRANSCRIBER_MODEL")
    models_dir: Path | None = _setting(None, "MODELS_DIR", "where models lie, and downloads go")
    hf_token: str | None = _setting(None, "HF_TOKEN", "for gated models", secret=True)
    llm_url: str | None = _setting(
        None, "LLM_URL", "an OpenAI-compatible server for TRANSLATOR=llm, such as http://host:11434/v1"
    )
    llm_api_key: str | None = _setting(None, "LLM_API_KEY", "its key", secret=True)
    speech_api_url: str | None = _setting(
        None, "SPEECH_API_URL", "an OpenAI-compatible server for SYNTHESIZER=speech-api, such as http://host:8880/v1"
    )
    speech_api_key: str | None = _setting(None, "SPEECH_API_KEY", "its key", secret=True)
    speech_api_voices: tuple[str, ...] = _setting(
        (),
        "SPEECH_API_VOICES",
        "comma-separated voices: name, name:low or name:high for the register; all that the server lists where unset",
    )
    transcription_api_url: str | None = _setting(
        None,
        "TRANSCRIPTION_API_URL",
        "an OpenAI-compatible server for TRANSCRIBER=transcription-api, such as http://host:8000/v1",
    )
    transcription_api_key: str | None = _setting(None, "TRANSCRIPTION_API_KEY", "its key", secret=True)
    language_model: Path | None = _setting(
        None, "LANGUAGE_MODEL", "a GGUF file, which PROFILE=embedded-llm serves in place of its own model"
    )
    glossary: Path | None = _setting(
        None, "GLOSSARY", 'file of terms, a line each: `[es:] term [= translation] [[IPA]] ["respelling"]`'
    )
    coqui_tos_agreed: bool = _setting(False, "COQUI_TOS_AGREED", "1: you accept the XTTS v2 licence")
    sonarr_url: str | None = _setting(None, "SONARR_URL", "rescans after a dub in its library")
    sonarr_api_key: str | None = _setting(None, "SONARR_API_KEY", "its API key", secret=True)
    radarr_url: str | None = _setting(None, "RADARR_URL", "rescans after a dub in its library")
    radarr_api_key: str | None = _setting(None, "RADARR_API_KEY", "its API key", secret=True)
    library_include_tags: tuple[str, ...] = _setting(
        (), "LIBRARY_INCLUDE_TAGS", "comma-separated tags in Sonarr and Radarr: only films with one of them are dubbed unasked"
    )
    library_exclude_tags: tuple[str, ...] = _setting(
        (), "LIBRARY_EXCLUDE_TAGS", "comma-separated tags in Sonarr and Radarr: films with one of them are not dubbed unasked"
    )
    tag_dubbed: bool = _setting(
        False, "TAG_DUBBED", "1: after a dub into Spanish a film gets the tag dubbed-es in Sonarr or Radarr"
    )
    plex_url: str | None = _setting(None, "PLEX_URL", "refreshes its library after a dub in it")
    plex_token: str | None = _setting(None, "PLEX_TOKEN", "its token", secret=True)
    jellyfin_url: str | None = _setting(None, "JELLYFIN_URL", "as PLEX_URL")
    jellyfin_api_key: str | None = _setting(None, "JELLYFIN_API_KEY", "its key", secret=True)
    notify_urls: str | None = _setting(None, "NOTIFY_URLS", "Apprise addresses", secret=True)
    notify_on: tuple[str, ...] = _setting(
        ("failed", "disk", "engine"), "NOTIFY_ON", "what they are told: done, failed, disk, engine"
    )
    completion_url: str | None = _setting(None, "COMPLETION_URL", "POSTed to when a task ends")
    callback_secret: str | None = _setting(None, "CALLBACK_SECRET", "signs them", secret=True)
    scrub_days: float = _setting(7.0, "SCRUB_DAYS", "days between checks of the cache; 0: never")
    trace_dir: Path | None = _setting(None, "TRACE_DIR", "folder for traces; off where unset")

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return self.database_file or self.data_dir / "dubarr.duckdb"

    @property
    def glossary_file(self) -> Path:
        """The library's glossary, which may not exist where no setting names one."""
        return self.glossary or self.data_dir / "glossary.txt"

    @property
    def artifacts(self) -> Path:
        """Folder of the files that stages make."""
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
    def followed_prosody(self) -> FollowedProsody:
        """Prosody of the source lines that their takes follow."""
        return FollowedProsody(self.follow_loudness, self.follow_pitch, self.follow_pace)

    @property
    def url(self) -> str:
        """The service's base URL, as a client on this machine reaches it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 -- compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
