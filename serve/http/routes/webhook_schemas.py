"""Request and response schemas of the webhook, as pydantic models."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.values.track_selection import TrackSelection
from serve.http.schemas import AudioTrackNumber, GlossaryText, PreviewIn, Speakers, SubtitleChoice, Tag, Tags
from serve.intake.dub_options import PriorityName
from serve.intake.webhook_actions import WebhookResult


class TrackQuery(BaseModel):
    """Tracks to dub from, in a webhook's query."""

    audio_track: AudioTrackNumber | None = None
    subtitle_track: SubtitleChoice | None = None


class WebhookIn(BaseModel):
    """Webhook payload: `{"path": …}`, or that of Sonarr or Radarr. The other fields are for scripts that use the simple form."""

    model_config = ConfigDict(extra="allow")

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

    def select_tracks(self, query: TrackQuery) -> TrackSelection:
        """The chosen tracks: those of the payload, else those of the query."""
        audio = query.audio_track if self.audio_track is None else self.audio_track
        return TrackSelection.parse(audio, query.subtitle_track if self.subtitle_track is None else self.subtitle_track)


class WebhookOut(BaseModel):
    """Webhook response. `status`: the task's state in lower case, or ok, moved, cancelled, ignored. `detail`: the reason for no task."""

    status: str
    path: str | None = None
    detail: str | None = None

    @classmethod
    def of(cls, answer: WebhookResult) -> Self:
        """Convert from the value."""
        return cls(status=answer.status, path=answer.path, detail=answer.detail)
