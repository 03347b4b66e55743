"""Routes of single lines while they are edited: estimates of texts before they are dubbed."""

from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pipeline.takes.line_estimate import DurationSource, LineEstimate, Verdict
from pipeline.text import languages
from serve.editing.line_estimates import TextToEstimate, estimate_texts
from serve.editing.speech_lookup import look_up_speech
from serve.http.dependencies import ContextDependency
from serve.http.editing.edit_schemas import Label, Number
from serve.http.routes.edit_routes import EDIT_ERRORS
from serve.http.routes.task_routes import TaskId
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
    for tag in dict.fromkeys(text.language for text in body.texts):
        speech = look_up_speech(context.store, context.settings, task_id, languages.require_tag(tag))
        texts = {n: text for n, text in enumerate(body.texts) if text.language == tag}
        wanted = [TextToEstimate(t.text, t.number, t.speaker, t.seconds, t.voice) for t in texts.values()]
        answer = estimate_texts(wanted, speech, context.editing)
        trouble = trouble or answer.trouble
        found |= {n: EstimateOut.of(text, line) for (n, text), line in zip(texts.items(), answer.lines, strict=True)}
    return EstimatesOut(estimates=[found[n] for n in sorted(found)], busy=bool(trouble), detail=trouble)
