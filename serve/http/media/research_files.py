"""Research tables of a task as Arrow streams, read from the answers of its last attempt."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import NotFound, NotPossible
from pipeline.exports import research_tables
from pipeline.exports.research_tables import ResearchTable
from pipeline.store.store import Store
from pipeline.values.tasks import Task
from serve.store.remote_store import RemoteStore

MAX_ANSWER_BYTES = 64 << 20  # JSON of one stage: a film of hours has 2 MB of words
MAX_ROWS = 1_000_000

# The stage whose answers a table is made of, and the reason where there are none.
STAGES: Mapping[ResearchTable, tuple[str, str]] = {
    ResearchTable.WORDS: (
        "collect_words",
        "no recognised words: its lines are those of subtitles, or it was dubbed by an older release; "
        "choose the subtitle track none to have its speech recognised, or retry it",
    ),
    ResearchTable.TURNS: ("diarize", "no speaker turns yet, or none that this release recorded; dub it, or retry it"),
    ResearchTable.CANDIDATES: ("translate", "no translations: its lines are those of subtitles, or it is not dubbed yet"),
    ResearchTable.PLAN: ("fit", "no timing plan yet, or none that this release recorded; dub it, or retry it"),
}


def open_table(store: Store | RemoteStore, task: Task, table: ResearchTable, language: str | None) -> Iterator[bytes]:
    """Bytes of a table's Arrow stream. NotFound, NotPossible before the first."""
    rows = list(_read_rows(store, task, table, language))
    if len(rows) > MAX_ROWS:
        raise NotPossible(
            f"task {task.id} has {len(rows)} rows of {table}, more than {MAX_ROWS}; give a language, or use POST /api/query"
        )
    if not rows:
        within = f" in {language!r}" if language else ""
        raise NotFound(f"task {task.id} has no {table}{within}; GET /api/tasks/{task.id} tells its languages and its state")
    return research_tables.iterate_stream(table, task.id, rows)


def _read_rows(store: Store | RemoteStore, task: Task, table: ResearchTable, language: str | None) -> Iterator[Mapping[str, Any]]:
    if table is ResearchTable.EMBEDDINGS:
        return research_tables.list_embeddings(store.lines.list_speakers(task.id))
    answers = _read_answers(store, task, table)
    if table is ResearchTable.WORDS:
        return research_tables.list_words(answers)
    if table is ResearchTable.TURNS:
        return research_tables.list_turns(answers)
    if table is ResearchTable.PLAN:
        return research_tables.list_plan(answers, language)
    rephrasings = store.stages.list_current_answers(task.id, "rephrase", most_bytes=MAX_ANSWER_BYTES)
    return research_tables.list_candidates(answers, rephrasings, store.lines.list_lines(task.id), language)


def _read_answers(store: Store | RemoteStore, task: Task, table: ResearchTable) -> tuple[str, ...]:
    """The answers of a table's stage. NotPossible for the words and turns of a film that was dubbed around a preview: those of the
    preview have its own times.
    """
    stage, reason = STAGES[table]
    if table in {ResearchTable.WORDS, ResearchTable.TURNS} and task.preview is not None and not task.preview_only:
        raise NotPossible(
            f"the {table} of task {task.id} are in two pieces, of its preview and of the rest, each with times of its own; "
            "delete the task and dub the film without a preview"
        )
    answers = store.stages.list_current_answers(task.id, stage, most_bytes=MAX_ANSWER_BYTES)
    if not answers:
        raise NotFound(f"task {task.id} has {reason}")
    return answers
