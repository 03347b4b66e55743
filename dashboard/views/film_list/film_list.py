"""The list of films: filter and search, the rows, the pages they are on, and how one is added."""

from collections.abc import Mapping
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import TASKS_PER_PAGE, FilmListRoute, format_url
from dashboard.view_models import FilmListModel, PageModel
from dashboard.views import formatting
from dashboard.views.film_list import task_row
from dashboard.views.film_list.add_film import draw_add_form
from dashboard.views.page_parts import PageParts
from dashboard.views.pagination import draw_pagination
from pipeline.values.tasks import TaskStatus

FRAME = Markup(
    """<div class="two">
<section class="films" id="films" aria-labelledby="films-title"><div class="bar"><h1 id="films-title">Films</h1>
<span id="count" class="soft">{count}</span>
<form class="find" role="search" data-find="films"><input type="search" name="search" maxlength="200"
 aria-label="Search films by name or folder" placeholder="Search" autocomplete="off"></form></div>
<nav class="chips" id="filters" aria-label="States">{filters}</nav>
<ol class="tasks" id="tasks">{tasks}</ol><nav class="pager" id="pager" aria-label="Pages of films">{pager}</nav></section>
<aside class="side" id="adding">{adding}</aside></div>"""
)
CHIP = Markup('<a class="chip" href="{}" data-go data-status="{}" data-count="{}"{}>{} <b>{}</b></a>')
EMPTY = Markup(
    '<li class="empty" id="tasks-none">No films yet. Add one, or let Sonarr or Radarr send it to <code>/webhook</code>.</li>'
)
NO_RESULTS = Markup('<li class="empty" id="tasks-none">No film is like that. <a href="./" data-go>Show all films</a></li>')
LOADING = Markup('<li class="empty" id="tasks-none">Asking the service …</li>')


def draw_film_list(board: PageModel, place: FilmListRoute) -> PageParts:
    """The page of the list."""
    shown = board.content if isinstance(board.content, FilmListModel) else FilmListModel()
    return PageParts(
        key="films",
        title="Films",
        frame=FRAME,
        regions={
            "count": _format_count(shown.total) if board.content else Markup(""),
            "filters": draw_filters(board.queue, place),
            "adding": draw_add_form(shown.languages),
            "pager": draw_pager(shown.total, place, shown.offset),
        },
        lists={"tasks": _draw_rows(board, place, shown)},
    )


def _draw_rows(board: PageModel, place: FilmListRoute, shown: FilmListModel) -> Mapping[str, Markup]:
    if shown.tasks:
        return {
            str(task.id): task_row.draw_task_row(task, board.at, remaining_s=shown.remaining_s.get(task.id))
            for task in shown.tasks
        }
    if board.content is None:
        return {"none": LOADING}
    return {"none": EMPTY if place == FilmListRoute() else NO_RESULTS}


def _format_count(total: int) -> Markup:
    return Markup("{:,} film{}").format(total, "" if total == 1 else "s") if total else Markup("")


def draw_filters(counts: Mapping[str, int], place: FilmListRoute) -> Markup:
    """One chip for each state, and one for all, with how many there are."""
    chosen: list[tuple[TaskStatus | None, str, int]] = [(None, "All", sum(counts.values()))]
    chosen += [(status, formatting.STATES[status], counts.get(status.value, 0)) for status in TaskStatus]
    return Markup("").join(
        CHIP.format(
            format_url(replace(place, status=status, offset=0)),
            status.value if status else "",
            count,
            Markup(' aria-current="true"') if status is place.status else "",
            label,
            f"{count:,}",
        )
        for status, label, count in chosen
    )


def draw_pager(total: int, place: FilmListRoute, offset: int) -> Markup:
    """The way to newer and older tasks; nothing where one page holds all."""
    return draw_pagination(
        total, offset, TASKS_PER_PAGE, lambda first: replace(place, offset=first), before="Newer", after="Older"
    )
