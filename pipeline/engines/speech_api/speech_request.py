"""Requests to a speech endpoint: the options that servers differ in, and the fields that they accept."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from pipeline.errors import EngineError
from pipeline.text import languages

ENGINE = "speech-api"
AudioFormat = Literal["wav", "flac", "pcm"]
FORMATS: tuple[AudioFormat, ...] = get_args(AudioFormat)
# A complaint about one of these is about the request, whatever its status: it is asked without.
REQUEST_COMPLAINT = re.compile(r"\bspeed\b|response_format|audio format", re.IGNORECASE)
MAX_FIELDS_CHARS = 4_000  # of the additional fields, as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechOptions:
    """Options of a speech server. EngineError for one that cannot be used.

    `format`: of the audio; `pcm_rate`: Hz of `pcm`, which has no header. `speed`: it takes OpenAI's field of that name. The others
    name fields of the request's body that a server takes beside OpenAI's, "" for none: `duration_field` the wanted seconds,
    `language_field` the language (as a tag, or by its English name with `language_names`), `seed_field` a random seed,
    `reference_field` the clip whose voice is cloned, as Base64 of a WAV file (`reference_url`: as a data: URL). `fields`: of
    every request.
    """

    format: AudioFormat = "wav"
    pcm_rate: int = 24_000
    speed: bool = True
    duration_field: str = ""
    language_field: str = ""
    language_names: bool = False
    seed_field: str = ""
    reference_field: str = ""
    reference_url: bool = True
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise EngineError(ENGINE, f"format {self.format!r} is none of {', '.join(FORMATS)}; mend the profile")
        if not 8_000 <= self.pcm_rate <= 192_000:
            raise EngineError(ENGINE, f"pcm_rate {self.pcm_rate} is no sample rate in Hz; mend the profile")
        if not isinstance(self.fields, Mapping) or len(self.describe_fields()) > MAX_FIELDS_CHARS:
            raise EngineError(ENGINE, "fields must be a short mapping of JSON values; mend the profile")

    def describe_fields(self) -> str:
        """The additional fields as JSON, in a fixed order. EngineError where they are no JSON."""
        try:
            return json.dumps(dict(self.fields), sort_keys=True, ensure_ascii=False)
        except (TypeError, ValueError) as error:
            raise EngineError(ENGINE, f"fields hold a value that is no JSON ({error}); mend the profile") from error

    def describe(self) -> str:
        """All that changes an answer, for the fingerprint."""
        named = (self.duration_field, self.language_field, self.seed_field, self.reference_field)
        forms = f"{int(self.language_names)}{int(self.reference_url)}"
        return (
            f"format={self.format}/{self.pcm_rate};speed={int(self.speed)};named={','.join(named)}/{forms};"
            f"fields={self.describe_fields()}"
        )


@dataclass(frozen=True, slots=True)
class SpeechDialect:
    """Fields that a server accepts: the format of the audio, and OpenAI's `speed`, above 1.0 and below."""

    format: AudioFormat
    faster: bool
    slower: bool

    def accepts_speed(self, speed: float) -> bool:
        """True if the server was not known to refuse a speed."""
        return self.slower if speed < 1.0 else self.faster

    def find_simpler(self, complaint: str, speed: float) -> "SpeechDialect | None":
        """The dialect to try after a complaint about a request of `speed`; None if it is about neither, or there is no other.

        Some servers do not speak slower than 1.0, but faster.
        """
        words = complaint.lower()
        if speed != 1.0 and self.accepts_speed(speed) and re.search(r"\bspeed\b", words):
            return replace(self, slower=False) if speed < 1.0 else replace(self, faster=False, slower=False)
        later = FORMATS[FORMATS.index(self.format) + 1 :]
        if later and re.search(r"format", words):
            return replace(self, format=later[0])
        return None

    def merge(self, other: "SpeechDialect") -> "SpeechDialect":
        """The simpler of both, field by field."""
        form = max(self.format, other.format, key=FORMATS.index)
        return SpeechDialect(form, faster=self.faster and other.faster, slower=self.slower and other.slower)


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """One request: `voice` by name, or `reference`, a WAV file as Base64. `seconds`: wanted; `speed`: 1.0 is natural; `seed`: 0 for none."""

    text: str
    language: str
    voice: str = ""
    reference: str = ""
    seconds: float | None = None
    speed: float = 1.0
    seed: int = 0

    def make_body(self, model: str, options: SpeechOptions, dialect: SpeechDialect) -> bytes:
        """The body as JSON."""
        body: dict[str, Any] = dict(options.fields) | {"model": model, "input": self.text, "response_format": dialect.format}
        if self.reference:
            body[options.reference_field] = f"data:audio/wav;base64,{self.reference}" if options.reference_url else self.reference
        else:
            body["voice"] = self.voice
        if self.speed != 1.0 and dialect.accepts_speed(self.speed):
            body["speed"] = round(self.speed, 3)
        if options.duration_field and self.seconds is not None:
            body[options.duration_field] = round(self.seconds, 3)
        if options.language_field:
            tag = self.language
            body[options.language_field] = languages.get_english_name(tag) if options.language_names else tag
        if options.seed_field and self.seed:
            body[options.seed_field] = self.seed
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
