"""Rows of the task table as tasks."""

from dataclasses import asdict
from pathlib import Path

from pipeline.store.database.connection import Row
from pipeline.values.preferences.dub_preferences import DubPreferences
from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import DubRequest, Priority, Progress, Task, TaskStatus


def make_columns(request: DubRequest) -> dict[str, object]:
    """Columns of the task of a request."""
    columns = asdict(request) | {"path": str(request.path), "target_langs": list(request.target_langs)}
    columns |= {"asked_lang": request.source_lang, "priority": int(request.priority)}
    columns |= {"voices": list(request.preferences.voices), "engines": list(request.preferences.format_engines())}
    del columns["preview"], columns["preferences"]
    if request.preview is None:
        return columns
    is_part = {"preview_only": True, "preview_lines": True}
    return columns | {"preview_from": request.preview.start, "preview_until": request.preview.end} | is_part


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
        preview=None if row["preview_from"] is None else PreviewRange(row["preview_from"], row["preview_until"]),
        preview_only=bool(row["preview_only"]),
        preview_lines=bool(row["preview_lines"]),
        rule=row["rule"] or "",
        callback=row["callback"] or "",
        preferences=DubPreferences.parse(row["voices"] or (), row["engines"] or ()),
    )
