"""Review routes: the verdicts of a person on the lines of a dub. They change no dub, and queue nothing."""

from collections.abc import Sequence
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from pipeline.store.store import Store
from pipeline.text import languages
from pipeline.values.script import LineReview, ReviewChange, ReviewProgress, ReviewVerdict
from serve.http.dependencies import ContextDependency
from serve.http.openapi import describe_error
from serve.http.routes.task_routes import TASK_ERRORS, TaskId
from serve.http.schemas import Tag, Time
from serve.store.remote_store import RemoteStore

MAX_LINE_NUMBER = 2**31 - 1  # DuckDB's INTEGER
MAX_REVIEWS = 2_000  # of one call; films have about 1,500 lines
REVIEW_ERRORS: dict[int | str, dict[str, Any]] = TASK_ERRORS | {
    404: describe_error("There is no such task, or no such line to review in this dub.")
}

router = APIRouter(prefix="/api", tags=["resources"])


class ReviewIn(BaseModel):
    """Review of a line. `verdict` null takes it back. `text`: the translation that was reviewed; absent: the line's present one. A
    review of another text than the line has does not count: the line is to be reviewed again.
    """

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(ge=1, le=MAX_LINE_NUMBER)]
    verdict: ReviewVerdict | None
    text: Annotated[str, Field(max_length=10_000)] | None = None


class ReviewsIn(BaseModel):
    """Reviews of lines of one dub, all or none."""

    model_config = ConfigDict(extra="forbid")

    language: Tag
    reviews: Annotated[list[ReviewIn], Field(max_length=MAX_REVIEWS)]


class ReviewOut(BaseModel):
    """Review of a line. `is_current`: false where the line was changed since, and is to be reviewed again."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    verdict: ReviewVerdict
    text: str
    reviewed_at: Time
    is_current: bool


class ReviewsOut(BaseModel):
    """Reviews of the lines of one dub. `lines`: to review; `reviewed`: accepted or fixed and not changed since; `skipped`: left for
    later.
    """

    language: str
    lines: int
    reviewed: int
    skipped: int
    reviews: list[ReviewOut]

    @classmethod
    def of(cls, language: str, progress: ReviewProgress, reviews: Sequence[LineReview]) -> Self:
        """Convert from the values."""
        return cls(
            language=language,
            lines=progress.lines,
            reviewed=progress.reviewed,
            skipped=progress.skipped,
            reviews=[ReviewOut.model_validate(review) for review in reviews],
        )


@router.get("/tasks/{task_id}/reviews", responses=REVIEW_ERRORS)
def list_reviews(context: ContextDependency, task_id: TaskId, language: Annotated[Tag, Query()]) -> ReviewsOut:
    """List the reviews of the lines of one dub, with their progress."""
    context.store.tasks.get(task_id)
    return _read_reviews(context.store, task_id, languages.require_tag(language))


@router.put("/tasks/{task_id}/reviews", responses=REVIEW_ERRORS)
def put_reviews(context: ContextDependency, task_id: TaskId, body: ReviewsIn) -> ReviewsOut:
    """Review lines of one dub, all or none; the reviews of other lines stay. Idempotent."""
    context.store.tasks.get(task_id)
    tag = languages.require_tag(body.language)
    changes = [ReviewChange(review.number, review.verdict, review.text) for review in body.reviews]
    context.store.reviews.put_reviews(task_id, tag, changes)
    return _read_reviews(context.store, task_id, tag)


def _read_reviews(store: Store | RemoteStore, task_id: int, language: str) -> ReviewsOut:
    reviews = store.reviews.list_reviews(task_id, language)
    progress = store.reviews.measure_progress([task_id], language).get(task_id, ReviewProgress())
    return ReviewsOut.of(language, progress, reviews)
