"""The library as a table: a row per task, and the columns with the links that sort by them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from markupsafe import Markup

from dashboard.urls import FilmListRoute, FilmRoute, format_url
from dashboard.views import formatting
from dashboard.views.film_list import task_row
from pipeline.values.script import ReviewProgress
from pipeline.values.task_lists.task_query import SortOrder, TaskSort
from pipeline.values.tasks import Task, TaskStatus

COLUMNS: Mapping[TaskSort, str] = {
    TaskSort.TITLE: "Title",
    TaskSort.STATUS: "Status",
    TaskSort.PROGRESS: "Progress",
    TaskSort.LANGUAGES: "Languages",
    TaskSort.LENGTH: "Length",
    TaskSort.SIZE: "Size",
    TaskSort.ADDED: "Added",
    TaskSort.FINISHED: "Finished",
    TaskSort.WARNINGS: "Warnings",
}
NUMBERS = frozenset({TaskSort.LENGTH, TaskSort.SIZE, TaskSort.WARNINGS})
ASCENDING_FIRST = frozenset({TaskSort.TITLE, TaskSort.STATUS, TaskSort.LANGUAGES})  # the order of the first click
ARIA_ORDERS = {SortOrder.ASCENDING: "ascending", SortOrder.DESCENDING: "descending"}
ARROWS = {SortOrder.ASCENDING: "↑", SortOrder.DESCENDING: "↓"}
HEADER = Markup("<th scope='col'{number}{sorted}><a href='{url}' data-go>{label}{arrow}</a></th>")
ROW = Markup(
    '<tr id="tasks-{id}" data-task="{id}" data-status="{status}"><td>{box}</td>'
    '<th scope="row" title="{path}"><a href="{url}" data-go>{name}</a></th><td title="{reason}"><span class="state">{state}</span></td>'
    '<td class="now" title="{words}">{progress}</td><td>{languages}</td><td class="number">{length}</td><td class="number">{size}</td>'
    "<td>{added}</td><td>{finished}</td><td class='number'>{warnings}</td><td>{action}</td></tr>"
)
BAR = Markup('<progress max="{}" value="{}" aria-label="Progress of {}"></progress>{}')


def draw_columns(route: FilmListRoute) -> Markup:
    """Header row: each column sorts by itself, and the other way round where it is the order already."""
    headers = Markup("").join(
        HEADER.format(
            number=Markup(" class='number'") if sort in NUMBERS else "",
            sorted=Markup(" aria-sort='{}'").format(ARIA_ORDERS[route.order]) if sort is route.sort else "",
            url=format_url(sort_by(route, sort)),
            label=label,
            arrow=f" {ARROWS[route.order]}" if sort is route.sort else "",
        )
        for sort, label in COLUMNS.items()
    )
    return Markup("<tr><td></td>{}<td><span class='vh'>Actions</span></td></tr>").format(headers)


def sort_by(route: FilmListRoute, sort: TaskSort) -> FilmListRoute:
    """Route of the list sorted by a column; reversed where it is sorted by it."""
    first, second = SortOrder.DESCENDING, SortOrder.ASCENDING
    if sort in ASCENDING_FIRST:
        first, second = second, first
    return replace(route, sort=sort, order=second if sort is route.sort and route.order is first else first, offset=0)


def draw_table_row(
    task: Task,
    at: datetime,
    *,
    remaining_s: float | None = None,
    position: int | None = None,
    review: ReviewProgress | None = None,
) -> Markup:
    """Row of one task at the time `at` (UTC, naive). `remaining_s`: estimated seconds; `position`: in the queue, from 1; `review`: of
    its lines.
    """
    remaining = None if remaining_s is None else round(remaining_s)
    words = task_row.describe_progress(task, task_row.compute_elapsed_seconds(task, at), remaining, position)
    if review and (review.reviewed or review.skipped):
        words += f" · {formatting.format_review(review)}"
    return _draw_row(task, words)


@lru_cache(maxsize=1024)  # as the rows of cards
def _draw_row(task: Task, words: str) -> Markup:
    name = formatting.escape_text(task.path.name)
    source = formatting.format_language(task.source_lang) if task.source_lang else "?"
    return ROW.format(
        id=task.id,
        status=task.status.value,
        box=task_row.draw_checkbox(task),
        path=formatting.escape_text(str(task.path)),
        url=format_url(FilmRoute(task.id)),
        name=name,
        state=formatting.STATUS_LABELS[task.status],
        reason=formatting.escape_text(task.error or ""),
        words=words,
        progress=_draw_progress(task, words),
        languages=f"{source} → {', '.join(map(formatting.format_language, task.target_langs))}",
        length="–" if task.duration is None else formatting.format_clock(task.duration),
        size=formatting.format_size(task.size),
        added=formatting.format_time(task.created_at),
        finished=formatting.format_time(task.finished_at) if task.finished_at else "–",
        warnings=task.warnings or "–",
        action=task_row.draw_first_action(task),
    )


def _draw_progress(task: Task, words: str) -> Markup | str:
    if task.status is not TaskStatus.PROCESSING:
        return words
    done, total = task_row.count_stages(task)
    return BAR.format(max(1, total), done, formatting.escape_text(task.path.name), f"{done / max(1, total):.0%}")
