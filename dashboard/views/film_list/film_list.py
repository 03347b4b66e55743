"""The dubs page: filters by status, search, one row per task, pagination, and the form that adds videos."""

from collections.abc import Mapping
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import FilmListRoute, ListView, format_url
from dashboard.view_models import FilmListModel, PageModel
from dashboard.views import formatting
from dashboard.views.film_list.add_film import draw_add_form
from dashboard.views.film_list.list_tools import BULK_BAR, draw_list_tools
from dashboard.views.film_list.task_row import draw_task_row
from dashboard.views.film_list.task_table import draw_columns, draw_table_row
from dashboard.views.page_parts import PageParts
from dashboard.views.pagination import draw_pagination
from pipeline.values.tasks import TaskStatus

FRAME = Markup(
    """<div class="two">
<section class="films" id="films" aria-labelledby="films-title"><div class="bar"><h1 id="films-title">Dubs</h1>
<span id="count" class="soft">{count}</span>
<form class="find" role="search" data-find="films"><input type="search" name="search" maxlength="200"
 aria-label="Search by name or folder" placeholder="Search" autocomplete="off"></form></div>
<nav class="chips" id="filters" aria-label="Status">{filters}</nav>
<div id="list_tools" class="list-tools">{list_tools}</div>
LIST<nav class="pager" id="pager" aria-label="Pages of dubs">{pager}</nav>BULK</section>
<aside class="side" id="adding">{adding}</aside></div>"""
).replace("BULK", BULK_BAR)
CARDS = FRAME.replace("LIST", Markup('<ol class="tasks" id="tasks">{tasks}</ol>'))
TABLE = FRAME.replace(
    "LIST",
    Markup(
        '<div class="scroll film-table"><table><caption class="vh">Dubs</caption><thead id="columns">{columns}</thead>'
        '<tbody id="tasks">{tasks}</tbody></table></div>'
    ),
)
EMPTY_ROW = Markup('<tr id="tasks-none"><td colspan="11">{}</td></tr>')
CHIP = Markup('<a class="chip" href="{}" data-go data-status="{}" data-count="{}"{}>{} <b>{}</b></a>')
RARE_STATUSES = frozenset({TaskStatus.CANCELLED, TaskStatus.SKIPPED})
EMPTY = Markup("No videos yet. Add one, or connect Sonarr or Radarr to the webhook at <code>/webhook</code>.")
NO_RESULTS = Markup('No results. <a href="./" data-go>Clear filters</a>')
LOADING = Markup("Loading …")
EMPTY_CARD = Markup('<li class="empty" id="tasks-none">{}</li>')


def draw_film_list(model: PageModel, route: FilmListRoute) -> PageParts:
    """Page of the task list at `route`; a loading row before the service answered."""
    films = model.content if isinstance(model.content, FilmListModel) else FilmListModel()
    is_table = route.view is ListView.TABLE
    return PageParts(
        key=f"films-{route.view}",
        title="Dubs",
        frame=TABLE if is_table else CARDS,
        regions={
            **({"columns": draw_columns(route)} if is_table else {}),
            "list_tools": draw_list_tools(route),
            "count": _format_count(films.total) if model.content else Markup(""),
            "filters": draw_filters(model.queue, route),
            "adding": draw_add_form(films.languages),
            "pager": draw_pager(films.total, route, films.offset),
        },
        lists={"tasks": _draw_rows(model, route, films)},
    )


def _draw_rows(model: PageModel, route: FilmListRoute, films: FilmListModel) -> Mapping[str, Markup]:
    draw, draw_empty = (draw_table_row, EMPTY_ROW) if route.view is ListView.TABLE else (draw_task_row, EMPTY_CARD)
    if films.tasks:
        return {
            str(task.id): draw(
                task,
                model.at,
                remaining_s=films.remaining_s.get(task.id),
                position=films.positions.get(task.id),
                review=films.reviews.get(task.id),
            )
            for task in films.tasks
        }
    if model.content is None:
        return {"none": draw_empty.format(LOADING)}
    is_filtered = bool(route.status or route.search)
    return {"none": draw_empty.format(NO_RESULTS if is_filtered else EMPTY)}


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
    return draw_pagination(total, offset, route.page_size, lambda first: replace(route, offset=first))
