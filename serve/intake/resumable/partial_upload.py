"""The record of one resumable upload: a frozen value, kept as JSON beside the partial file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from pipeline.text.glossary import MAX_TASK_GLOSSARY_BYTES
from pipeline.text.naming.film_names import require_film_name
from pipeline.text.subtitles import subtitle_limits
from serve.intake.upload_intake import parse_options
from serve.intake.upload_writer import require_subtitle_name
from serve.request_errors import BadRequest, TooLarge

MAX_UPLOAD_BYTES = 1 << 40  # of one film; the free disk space is the narrower limit


class UploadKind(StrEnum):
    """Kinds of uploads: a film, or a small file that belongs to the upload of a film."""

    FILM = "film"
    SUBTITLES = "subtitles"
    GLOSSARY = "glossary"


MAX_BYTES = {
    UploadKind.FILM: MAX_UPLOAD_BYTES,
    UploadKind.SUBTITLES: subtitle_limits.MAX_SUBTITLE_BYTES,
    UploadKind.GLOSSARY: MAX_TASK_GLOSSARY_BYTES,
}


@dataclass(frozen=True, slots=True)
class PartialUpload:
    """A resumable upload. `length`: bytes in all. `name`: the client's file name. `fields`: options of the dub, as in the upload form.

    `film`: id of the film's upload that a sidecar belongs to. `header`: Upload-Metadata as it was sent. `path`: where the whole film
    lies, "" before it is whole. `sidecars`: a subtitle's name as the client sent it → where it lies then. `task`: the task that the film was queued as.
    """

    id: str
    length: int
    name: str
    kind: UploadKind = UploadKind.FILM
    film: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    header: str = ""
    path: str = ""
    sidecars: Mapping[str, str] = field(default_factory=dict)
    task: int | None = None

    def require_acceptable(self) -> None:
        """Refuse at its creation what would be refused when it is whole. BadRequest, TooLarge, FilmError, GlossaryError."""
        if not self.length:
            raise BadRequest(f"upload: {self.name[:120]} is empty; choose another file")
        if self.length > MAX_BYTES[self.kind]:
            raise TooLarge(f"upload: {self.name[:120]} is longer than {MAX_BYTES[self.kind]} bytes")
        if self.kind is UploadKind.FILM:
            require_film_name(self.name)
            parse_options(self.fields, {})
        elif self.kind is UploadKind.SUBTITLES:
            require_subtitle_name(self.name)

    def to_json(self) -> bytes:
        """Encode the record."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "PartialUpload":
        """Decode a record. ValueError, TypeError or KeyError where it is none."""
        record = json.loads(content)
        return cls(**{**record, "kind": UploadKind(record["kind"])})
