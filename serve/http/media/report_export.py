"""Report export: what the store knows of one dub's quality, for the report's page."""

import json

from dashboard.views.report_page.document import DubReport
from pipeline.errors import NotFound
from pipeline.store.store import Store
from pipeline.text import languages
from pipeline.values.edits import name_speakers
from pipeline.values.script import ReviewProgress
from pipeline.values.task_lists.missing_dub import describe_missing_dub
from pipeline.values.timeline import TextSource
from serve.store.remote_store import RemoteStore


def collect_report(store: Store | RemoteStore, task_id: int, language: str | None) -> DubReport:
    """The report of a dub; of the task's first dub without a language. NotFound before it is done."""
    task, reports = store.tasks.get(task_id), store.lines.list_reports(task_id)
    tag = languages.require_tag(language) if language else next((each for each in task.target_langs if each in reports), "")
    if tag not in reports:
        raise NotFound(describe_missing_dub(task, "report", tag))
    return DubReport(
        task=task,
        language=tag,
        report=json.loads(reports[tag]),
        lines=tuple(line for line in store.lines.list_lines(task_id, tag) if line.text_source != TextSource.ADDED),
        names=name_speakers(store.cast.get_cast(task_id)),
        runs=store.stages.list_latest_runs(task_id),
        review=store.reviews.measure_progress([task_id], tag).get(task_id, ReviewProgress()),
    )
