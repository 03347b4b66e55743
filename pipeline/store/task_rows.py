"""Rows of the task table as tasks."""

from pathlib import Path

from pipeline.store.database.connection import Row
from pipeline.values.tasks import Priority, Progress, Task, TaskStatus


def read_task(row: Row) -> Task:
    """Task of a row of the task table."""
    return Task(
        id=row["id"],
        path=Path(row["path"]),
        size=row["size"],
        mtime_ns=row["mtime_ns"],
        status=TaskStatus(row["status"]),
        source_lang=row["source_lang"],
        asked_lang=row["asked_lang"],
        target_langs=tuple(row["target_langs"]),
        duration=row["duration"],
        has_subtitles=row["has_subtitles"],
        speakers=row["speakers"],
        origin=row["origin"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        progress=Progress(row["done"], row["total"], row["stage"], row["part"] or 0.0),
        attempts=row["attempts"],
        error=row["error"],
        output=Path(row["output"]) if row["output"] else None,
        owner=row["owner"],
        lost=row["lost"] or 0,
        priority=Priority(row["priority"] or 0),
        not_before=row["not_before"],
        audio_track=row["audio_track"],
        subtitle_track=row["subtitle_track"],
        warnings=row["warnings"] or 0,
    )
