"""Routes of single lines while they are edited: estimates of texts, candidate takes, and auditions of voices."""

from typing import Annotated, Any, Self

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pipeline.takes.candidates import MAX_CANDIDATES, Variation
from pipeline.takes.line_estimate import DurationSource, LineEstimate, Verdict
from pipeline.text import languages
from serve.editing.line_estimates import TextToEstimate, estimate_texts
from serve.editing.speech_lookup import look_up_speech
from serve.editing.take_candidates import TakeMaker, TakesQuestion
from serve.http.dependencies import ContextDependency
from serve.http.editing.edit_schemas import Label, Number
from serve.http.media import audio_clips
from serve.http.openapi import describe_error
from serve.http.routes.edit_routes import EDIT_ERRORS, LineNumber, SpeakerLabel
from serve.http.routes.playback_routes import FILE_RESPONSES, respond_with_audio
from serve.http.routes.task_routes import TASK_ERRORS, TaskId
from serve.http.schemas import Tag

MAX_TEXTS = 20  # of one request
MAX_NEW_LINE_S = 600.0

TextToSpeak = Annotated[str, StringConstraints(max_length=2_000)]
VoiceName = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(gt=0.0, le=MAX_NEW_LINE_S, allow_inf_nan=False)]

router = APIRouter(prefix="/api", tags=["resources"])


class TextIn(BaseModel):
    """A text to estimate: of the line `number`, or of a new line of `speaker` that lasts `seconds`. `speaker`, `seconds` and
    `voice` of a line that exists: as an edit would change them.
    """

    model_config = ConfigDict(extra="forbid")

    language: Tag
    text: TextToSpeak
    number: Number | None = None
    speaker: Label | None = None
    seconds: Seconds | None = None
    voice: VoiceName | None = None

    @model_validator(mode="after")
    def require_line(self) -> Self:
        """Refuse a text of neither a line nor a slot."""
        if self.number is None and self.seconds is None:
            raise ValueError("a text needs the number of its line, or the seconds that a new line lasts")
        return self


class TextsIn(BaseModel):
    """Texts to estimate."""

    model_config = ConfigDict(extra="forbid")

    texts: Annotated[list[TextIn], Field(min_length=1, max_length=MAX_TEXTS)]


class EstimateOut(BaseModel):
    """Estimate of a text, in the order of the request. `seconds`: at the voice's natural pace; `slot`: of the line; `available`: with
    the silence after it that the line may borrow; `left`: seconds of the slot that stay, negative where it is over.
    `rate`: at which the text must be spoken to end in the available time. `characters_per_second`: of the text, so spoken.
    `verdict`: `nothing_speakable`; `too_long`, over 1.25 of the available time; `short`, a hole is left; or `ok`.
    `estimated_by`: the synthesizer's own prediction, or the language's characters a second.
    """

    number: int | None
    language: str
    seconds: float
    slot: float
    available: float
    left: float
    rate: float
    characters_per_second: float
    verdict: Verdict
    estimated_by: DurationSource

    @classmethod
    def of(cls, text: TextIn, found: LineEstimate) -> Self:
        """From the value."""
        return cls(
            number=text.number,
            language=text.language,
            seconds=round(found.seconds, 3),
            slot=round(found.slot_s, 3),
            available=round(found.available_s, 3),
            left=round(found.slot_s - found.seconds, 3),
            rate=round(found.rate, 3),
            characters_per_second=round(found.characters_per_second, 1),
            verdict=found.verdict,
            estimated_by=found.source,
        )


class EstimatesOut(BaseModel):
    """Estimates of texts. `busy`: the synthesizer was not asked for all of them, for the reason in `detail`; ask again later."""

    estimates: list[EstimateOut]
    busy: bool
    detail: str


@router.post("/tasks/{task_id}/estimate", responses=EDIT_ERRORS)
def estimate_lines(context: ContextDependency, task_id: TaskId, body: TextsIn) -> EstimatesOut:
    """Estimate how long texts take to say, before they are saved. Answers within two seconds, also while a film is being dubbed."""
    found: dict[int, EstimateOut] = {}
    trouble = ""
    engines = context.editing.choose_for(context.store.tasks.get(task_id)) if context.editing else None
    for tag in dict.fromkeys(text.language for text in body.texts):
        speech = look_up_speech(context.store, context.settings, task_id, languages.require_tag(tag))
        texts = {n: text for n, text in enumerate(body.texts) if text.language == tag}
        wanted = [TextToEstimate(t.text, t.number, t.speaker, t.seconds, t.voice) for t in texts.values()]
        answer = estimate_texts(wanted, speech, engines)
        trouble = trouble or answer.trouble
        found |= {n: EstimateOut.of(text, line) for (n, text), line in zip(texts.items(), answer.lines, strict=True)}
    return EstimatesOut(estimates=[found[n] for n in sorted(found)], busy=bool(trouble), detail=trouble)


class TakesIn(BaseModel):
    """Candidate takes to make: of the line as it is now, or with another `text`, `voice` or `pace` (1.1: a tenth faster). `vary`:
    the property in which they differ; `auto`: renditions where the synthesizer has several, else paces.
    """

    model_config = ConfigDict(extra="forbid")

    language: Tag
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)] | None = None
    voice: VoiceName | None = None
    pace: Annotated[float, Field(ge=0.5, le=2.0, allow_inf_nan=False)] | None = None
    count: Annotated[int, Field(ge=1, le=MAX_CANDIDATES)] = 3
    vary: Variation = Variation.AUTO

    def to_question(self, number: int) -> TakesQuestion:
        """Convert to the value."""
        return TakesQuestion(
            languages.require_tag(self.language), number, self.text, self.voice, self.pace, self.count, self.vary
        )


class TakeOut(BaseModel):
    """A candidate take. `varied`: its difference to the line's take in the dub; `rate`: 1.0 is the voice's natural pace. `heard`,
    `wer`: recognised text and word error rate of the round trip, null where the recogniser does not check this language.
    `chosen`: the dub speaks the line with it.
    """

    model_config = ConfigDict(from_attributes=True)

    id: int
    language: str
    number: int
    text: str
    voice: str
    varied: str
    seconds: float
    rate: float
    heard: str | None
    wer: float | None
    chosen: bool


class TakesOut(BaseModel):
    """Candidate takes of a line, the newest first."""

    takes: list[TakeOut]


TAKE_ERRORS: dict[int | str, dict[str, Any]] = EDIT_ERRORS | {
    409: describe_error("Nothing new can be made, or no synthesizer is connected."),
    429: describe_error("Takes of another line are being made; see Retry-After."),
    500: describe_error("The synthesizer did not answer; its reason is in the sentence."),
}


@router.post("/tasks/{task_id}/lines/{number}/takes", responses=TAKE_ERRORS)
def make_takes(context: ContextDependency, task_id: TaskId, number: LineNumber, body: TakesIn) -> TakesOut:
    """Make candidate takes of a line beside the dub, which stays as it is until one is chosen."""
    maker = TakeMaker(context.store, context.settings, context.editing)
    return TakesOut(takes=[TakeOut.model_validate(take) for take in maker.make_takes(task_id, body.to_question(number))])


@router.get("/tasks/{task_id}/lines/{number}/takes", responses=TASK_ERRORS)
def list_takes(context: ContextDependency, task_id: TaskId, number: LineNumber, language: Tag) -> TakesOut:
    """List the candidate takes of a line."""
    found = context.store.takes.list_candidates(task_id, languages.require_tag(language), number)
    return TakesOut(takes=[TakeOut.model_validate(take) for take in found])


@router.get("/tasks/{task_id}/takes/{take_id}/audio", response_class=FileResponse, responses=TASK_ERRORS | FILE_RESPONSES)
def get_take_audio(context: ContextDependency, task_id: TaskId, take_id: TaskId) -> Response:
    """Audio of a candidate take."""
    take = context.store.takes.get_candidate(task_id, take_id)
    return respond_with_audio(audio_clips.open_candidate(take, context.settings))


@router.get(
    "/tasks/{task_id}/speakers/{label}/audition", response_class=Response, responses=TAKE_ERRORS | {200: FILE_RESPONSES[200]}
)
def audition_voice(
    context: ContextDependency, task_id: TaskId, label: SpeakerLabel, language: Tag, voice: VoiceName | None = None
) -> Response:
    """A typical line of a speaker, spoken by any voice that the dub can have."""
    maker = TakeMaker(context.store, context.settings, context.editing)
    return respond_with_audio(maker.audition(task_id, label, languages.require_tag(language), voice))
