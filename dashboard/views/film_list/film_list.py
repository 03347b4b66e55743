"""The library page: filters by status, search, one row per task, pagination, and the form that adds videos."""

from collections.abc import Mapping
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import TASKS_PER_PAGE, FilmListRoute, format_url
from dashboard.view_models import FilmListModel, PageModel
from dashboard.views import formatting
from dashboard.views.film_list.add_film import draw_add_form
from dashboard.views.film_list.task_row import draw_task_row
from dashboard.views.page_parts import PageParts
from dashboard.views.pagination import draw_pagination
from pipeline.values.tasks import TaskStatus

FRAME = Markup(
    """<div class="two">
<section class="films" id="films" aria-labelledby="films-title"><div class="bar"><h1 id="films-title">Library</h1>
<span id="count" class="soft">{count}</span>
<form class="find" role="search" data-find="films"><input type="search" name="search" maxlength="200"
 aria-label="Search by name or folder" placeholder="Search" autocomplete="off"></form></div>
<nav class="chips" id="filters" aria-label="Status">{filters}</nav>
<ol class="tasks" id="tasks">{tasks}</ol><nav class="pager" id="pager" aria-label="Pages of the library">{pager}</nav></section>
<aside class="side" id="adding">{adding}</aside></div>"""
)
CHIP = Markup('<a class="chip" href="{}" data-go data-status="{}" data-count="{}"{}>{} <b>{}</b></a>')
RARE_STATUSES = frozenset({TaskStatus.CANCELLED, TaskStatus.SKIPPED})
EMPTY = Markup(
    '<li class="empty" id="tasks-none">No videos yet. Add one, or connect Sonarr or Radarr to the webhook at <code>/webhook</code>.</li>'
)
NO_RESULTS = Markup('<li class="empty" id="tasks-none">No results. <a href="./" data-go>Clear filters</a></li>')
LOADING = Markup('<li class="empty" id="tasks-none">Loading …</li>')


def draw_film_list(model: PageModel, route: FilmListRoute) -> PageParts:
    """Page of the task list at `route`; a loading row before the service answered."""
    films = model.content if isinstance(model.content, FilmListModel) else FilmListModel()
    return PageParts(
        key="films",
        title="Library",
        frame=FRAME,
        regions={
            "count": _format_count(films.total) if model.content else Markup(""),
            "filters": draw_filters(model.queue, route),
            "adding": draw_add_form(films.languages),
            "pager": draw_pager(films.total, route, films.offset),
        },
        lists={"tasks": _draw_rows(model, route, films)},
    )


def _draw_rows(model: PageModel, route: FilmListRoute, films: FilmListModel) -> Mapping[str, Markup]:
    if films.tasks:
        return {
            str(task.id): draw_task_row(
                task,
                model.at,
                remaining_s=films.remaining_s.get(task.id),
                position=films.positions.get(task.id),
                review=films.reviews.get(task.id),
            )
            for task in films.tasks
        }
    if model.content is None:
        return {"none": LOADING}
    return {"none": EMPTY if route == FilmListRoute() else NO_RESULTS}


def _format_count(total: int) -> Markup:
    return Markup("{:,} video{}").format(total, "" if total == 1 else "s") if total else Markup("")


def draw_filters(counts: Mapping[str, int], route: FilmListRoute) -> Markup:
    """Filter chips: all tasks and each status, with their counts; rare ones where there are any."""
    choices: list[tuple[TaskStatus | None, str, int]] = [(None, "All", sum(counts.values()))]
    choices += [
        (status, formatting.STATUS_LABELS[status], counts.get(status.value, 0))
        for status in TaskStatus
        if status not in RARE_STATUSES or status is route.status or counts.get(status.value)
    ]
    return Markup("").join(
        CHIP.format(
            format_url(replace(route, status=status, offset=0)),
            status.value if status else "",
            count,
            Markup(' aria-current="true"') if status is route.status else "",
            label,
            f"{count:,}",
        )
        for status, label, count in choices
    )


def draw_pager(total: int, route: FilmListRoute, offset: int) -> Markup:
    """Pagination of the task list; empty when one page holds all tasks."""
    return draw_pagination(total, offset, TASKS_PER_PAGE, lambda first: replace(route, offset=first))
