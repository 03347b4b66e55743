"""Schemas of dub requests by a film's path: the webhook and the creation of a task, as pydantic models."""

from dataclasses import replace
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from pipeline.values.track_selection import TrackSelection
from serve.connections.callback_url import MAX_URL_CHARACTERS, require_callback_url
from serve.http.schemas import AudioTrackNumber, GlossaryText, PreviewIn, Speakers, SubtitleChoice, Tag, Tags
from serve.intake.dub_options import DubOptions, PriorityName
from serve.intake.upload_intake import parse_priority
from serve.intake.webhook_actions import WebhookResult
from serve.intake.webhook_payloads import SCRIPT_ORIGIN, WebhookEvent

API_ORIGIN = "api"
MAX_PATH_CHARACTERS = 4_096  # as Linux has it

FilmPath = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_PATH_CHARACTERS,
        description="the film's file, as this service or, by PATH_MAPPINGS, another machine names it",
    ),
]
CallbackUrl = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_URL_CHARACTERS,
        description="http or https URL that gets a POST each time the task ends as DONE, ERROR or SKIPPED",
    ),
    AfterValidator(require_callback_url),
]


class TrackQuery(BaseModel):
    """Tracks to dub from, in a webhook's query."""

    audio_track: AudioTrackNumber | None = None
    subtitle_track: SubtitleChoice | None = None


class DubFieldsIn(BaseModel):
    """Options of a dub of one film. Without languages: those of the settings."""

    target_langs: Tags | None = None
    source_lang: Tag | None = None
    speakers: Speakers | None = None
    priority: PriorityName | None = None
    force: bool = Field(default=False, description="also a film that has the target languages, and one that is new, at once")
    include_extras: bool = Field(default=False, description="also an extra, or a film that EXCLUDE matches")
    audio_track: AudioTrackNumber | None = None
    subtitle_track: SubtitleChoice | None = None
    glossary: GlossaryText = ""
    preview: PreviewIn | None = Field(default=None, description="the part of the film to dub before the rest")

    @field_validator("target_langs")
    @classmethod
    def require_language(cls, tags: list[str] | None) -> list[str] | None:
        """Refuse an empty list: only without the field are the languages of the settings meant."""
        if tags == []:
            raise ValueError("names no language; name at least one, or leave the field out for those of the settings")
        return tags

    def build_options(self, origin: str, tracks: TrackSelection) -> DubOptions:
        """Build the options of the request."""
        priority = parse_priority(self.priority)
        flags = self.force, self.include_extras
        languages = tuple(self.target_langs or ())
        options = DubOptions(languages, self.source_lang, self.speakers, origin, priority, tracks, *flags)
        return replace(options, preview=self.preview.to_range() if self.preview else None, glossary=self.glossary)


class WebhookIn(DubFieldsIn):
    """Webhook payload: `{"path": …}`, or that of Sonarr or Radarr. The other fields are for scripts that use the simple form."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "properties": {
                "path": {"description": "the film's file, where no native payload tells it; a text that is not empty"},
                "eventType": {"description": "Test, Download, Rename, EpisodeFileDelete, …; any other is ignored"},
            },
            "examples": [{"path": "/tv/A Show/e01.mkv", "target_langs": ["es"]}, {"eventType": "Test"}],
        },
    )

    def to_options(self, event: WebhookEvent, query: TrackQuery) -> DubOptions:
        """Convert to the options of a dub request: tracks of the payload, else of the query; a priority only for scripts."""
        audio = query.audio_track if self.audio_track is None else self.audio_track
        tracks = TrackSelection.parse(audio, query.subtitle_track if self.subtitle_track is None else self.subtitle_track)
        options = self.build_options(event.origin, tracks)
        return options if event.origin == SCRIPT_ORIGIN else replace(options, priority=None)


class DubRequestIn(DubFieldsIn):
    """Request for a dub of the film at a path."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"path": "/tv/A Show/e01.mkv", "target_langs": ["es"]},
                {
                    "path": "/tv/A Show/e01.mkv",
                    "target_langs": ["es"],
                    "source_lang": "en",
                    "speakers": 2,
                    "priority": "bulk",
                    "audio_track": 1,
                    "subtitle_track": "none",
                    "glossary": "es: Siobhan = Siobhan",
                    "preview": {"from": 0, "until": "0:05"},
                    "force": True,
                    "callback": "http://127.0.0.1:9000/done",
                },
            ]
        },
    )

    path: FilmPath
    callback: CallbackUrl | None = None

    def to_options(self) -> DubOptions:
        """Convert to the options of a dub request."""
        options = self.build_options(API_ORIGIN, TrackSelection.parse(self.audio_track, self.subtitle_track))
        return replace(options, callback=self.callback or "")


class WebhookOut(BaseModel):
    """Webhook response. `status`: the task's state in lower case, or ok, moved, cancelled, ignored. `detail`: the reason for no task."""

    status: str
    path: str | None = None
    detail: str | None = None

    @classmethod
    def of(cls, answer: WebhookResult) -> Self:
        """Convert from the value."""
        return cls(status=answer.status, path=answer.path, detail=answer.detail)
