"""Settings: one frozen object with every setting and its default; `pipeline.settings_loader` reads it at the entry point."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


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


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with its default. A field's metadata holds its environment variable, its help, and `secret` where it is masked."""

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
    exclude: tuple[str, ...] = field(
        default=(),
        metadata={"env": "EXCLUDE", "help": "comma-separated globs of names and paths that are left out of the library"},
    )
    settle_s: float = field(
        default=10.0, metadata={"env": "SETTLE_S", "help": "seconds without a change after which a new file counts as complete"}
    )
    path_mappings: tuple[PathMapping, ...] = field(
        default=(), metadata={"env": "PATH_MAPPINGS", "help": "from=to pairs, semicolon-separated"}
    )
    placement: OutputPlacement = field(
        default=OutputPlacement.DUBS, metadata={"env": "PLACEMENT", "help": "dubs, beside, sidecar or in-place"}
    )
    break_hardlinks: bool = field(
        default=False,
        metadata={"env": "BREAK_HARDLINKS", "help": "1: PLACEMENT=in-place also replaces films with other hard links"},
    )
    default_track: DefaultTrack = field(
        default=DefaultTrack.ORIGINAL,
        metadata={"env": "DEFAULT_TRACK", "help": "original or dub: the audio track that players begin with"},
    )
    follow_loudness: bool = field(
        default=True,
        metadata={"env": "FOLLOW_LOUDNESS", "help": "1: each line is as loud as its original, whisper to shout; 0: all alike"},
    )
    follow_pitch: bool = field(
        default=True,
        metadata={"env": "FOLLOW_PITCH", "help": "1: pitch follows the original line's, where the synthesizer can; 0: not"},
    )
    follow_pace: bool = field(
        default=True, metadata={"env": "FOLLOW_PACE", "help": "1: a line said fast or slowly is dubbed so, within bounds; 0: not"}
    )
    room_match: RoomMatching = field(
        default=RoomMatching.OFF,
        metadata={"env": "ROOM_MATCH", "help": "on: a line over a telephone or in a room is dubbed so, where beyond doubt; off"},
    )
    stereo_dub: bool = field(
        default=False,
        metadata={"env": "STEREO_DUB", "help": "1: a dub in surround sound gets a stereo track behind it, for players without"},
    )
    verify_takes: TakeVerification = field(
        default=TakeVerification.AUTO,
        metadata={"env": "VERIFY_TAKES", "help": "auto, off or all: lines are recognised, and made again where not understood"},
    )
    profile: str = field(default="embedded", metadata={"env": "PROFILE", "help": "a file of serve/profiles/, or a path"})
    transcriber: str | None = field(
        default=None,
        metadata={"env": "TRANSCRIBER", "help": "engine, or several: a,b; the profile's where unset"},
    )
    diarizer: str | None = field(default=None, metadata={"env": "DIARIZER", "help": "engine name; from the profile where unset"})
    translator: str | None = field(
        default=None,
        metadata={"env": "TRANSLATOR", "help": "engine, or several: a,b; the profile's where unset"},
    )
    synthesizer: str | None = field(
        default=None,
        metadata={"env": "SYNTHESIZER", "help": "engine, or several: a,b; the profile's where unset"},
    )
    separator: str | None = field(default=None, metadata={"env": "SEPARATOR", "help": "engine name; the profile's where unset"})
    transcriber_model: str | None = field(
        default=None,
        metadata={"env": "TRANSCRIBER_MODEL", "help": "name, name@revision or directory"},
    )
    diarizer_model: str | None = field(default=None, metadata={"env": "DIARIZER_MODEL", "help": "as TRANSCRIBER_MODEL"})
    translator_model: str | None = field(default=None, metadata={"env": "TRANSLATOR_MODEL", "help": "as TRANSCRIBER_MODEL"})
    synthesizer_model: str | None = field(default=None, metadata={"env": "SYNTHESIZER_MODEL", "help": "as TRANSCRIBER_MODEL"})
    separator_model: str | None = field(default=None, metadata={"env": "SEPARATOR_MODEL", "help": "as TRANSCRIBER_MODEL"})
    models_dir: Path | None = field(default=None, metadata={"env": "MODELS_DIR", "help": "where models lie, and downloads go"})
    hf_token: str | None = field(default=None, metadata={"env": "HF_TOKEN", "help": "for gated models", "secret": True})
    llm_url: str | None = field(
        default=None,
        metadata={"env": "LLM_URL", "help": "an OpenAI-compatible server for TRANSLATOR=llm, such as http://host:11434/v1"},
    )
    llm_api_key: str | None = field(default=None, metadata={"env": "LLM_API_KEY", "help": "its key", "secret": True})
    speech_api_url: str | None = field(
        default=None,
        metadata={"env": "SPEECH_API_URL", "help": "a server for SYNTHESIZER=speech-api, as http://host:8880/v1"},
    )
    speech_api_key: str | None = field(default=None, metadata={"env": "SPEECH_API_KEY", "help": "its key", "secret": True})
    speech_api_voices: tuple[str, ...] = field(
        default=(),
        metadata={"env": "SPEECH_API_VOICES", "help": "comma-separated: name, name:low or name:high; its own where unset"},
    )
    transcription_api_url: str | None = field(
        default=None,
        metadata={"env": "TRANSCRIPTION_API_URL", "help": "one for TRANSCRIBER=transcription-api, as http://host:8000/v1"},
    )
    transcription_api_key: str | None = field(
        default=None, metadata={"env": "TRANSCRIPTION_API_KEY", "help": "its key", "secret": True}
    )
    language_model: Path | None = field(
        default=None,
        metadata={"env": "LANGUAGE_MODEL", "help": "a GGUF file, which PROFILE=embedded-llm serves in place of its own model"},
    )
    glossary: Path | None = field(
        default=None,
        metadata={"env": "GLOSSARY", "help": 'file of terms, a line each: `[es:] term [= translation] [[IPA]] ["respelling"]`'},
    )
    coqui_tos_agreed: bool = field(
        default=False, metadata={"env": "COQUI_TOS_AGREED", "help": "1: you accept the XTTS v2 licence"}
    )
    sonarr_url: str | None = field(default=None, metadata={"env": "SONARR_URL", "help": "rescans after a dub in its library"})
    sonarr_api_key: str | None = field(default=None, metadata={"env": "SONARR_API_KEY", "help": "its API key", "secret": True})
    radarr_url: str | None = field(default=None, metadata={"env": "RADARR_URL", "help": "rescans after a dub in its library"})
    radarr_api_key: str | None = field(default=None, metadata={"env": "RADARR_API_KEY", "help": "its API key", "secret": True})
    library_include_tags: tuple[str, ...] = field(default=(), metadata={"env": "LIBRARY_INCLUDE_TAGS", "help": "only these"})
    library_exclude_tags: tuple[str, ...] = field(default=(), metadata={"env": "LIBRARY_EXCLUDE_TAGS", "help": "never these"})
    tag_dubbed: bool = field(default=False, metadata={"env": "TAG_DUBBED", "help": "1: they get the tag dubbed-es after a dub"})
    plex_url: str | None = field(default=None, metadata={"env": "PLEX_URL", "help": "refreshes its library after a dub in it"})
    plex_token: str | None = field(default=None, metadata={"env": "PLEX_TOKEN", "help": "its token", "secret": True})
    jellyfin_url: str | None = field(default=None, metadata={"env": "JELLYFIN_URL", "help": "as PLEX_URL"})
    jellyfin_api_key: str | None = field(default=None, metadata={"env": "JELLYFIN_API_KEY", "help": "its key", "secret": True})
    notify_urls: str | None = field(default=None, metadata={"env": "NOTIFY_URLS", "help": "Apprise addresses", "secret": True})
    notify_on: tuple[str, ...] = field(
        default=("failed", "disk", "engine"),
        metadata={"env": "NOTIFY_ON", "help": "what they are told: done, failed, disk, engine"},
    )
    completion_url: str | None = field(default=None, metadata={"env": "COMPLETION_URL", "help": "POSTed to when a task ends"})
    callback_secret: str | None = field(default=None, metadata={"env": "CALLBACK_SECRET", "help": "signs them", "secret": True})
    scrub_days: float = field(default=7.0, metadata={"env": "SCRUB_DAYS", "help": "days between checks of the cache; 0: never"})
    trace_dir: Path | None = field(default=None, metadata={"env": "TRACE_DIR", "help": "folder for traces; off where unset"})

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
