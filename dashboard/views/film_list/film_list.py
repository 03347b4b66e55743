"""The list of films: filter and search, the rows, the pages they are on, and how one is added."""

from collections.abc import Mapping
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import PAGE, Films, address
from dashboard.view_models import Board, FilmsShown
from dashboard.views import formatting
from dashboard.views.film_list import task_row
from dashboard.views.film_list.add_film import adding
from dashboard.views.page_parts import Drawing
from dashboard.views.pagination import pages
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
NOTHING = Markup('<li class="empty" id="tasks-none">No film is like that. <a href="./" data-go>Show all films</a></li>')
WAITING = Markup('<li class="empty" id="tasks-none">Asking the service …</li>')


def films(board: Board, place: Films) -> Drawing:
    """The page of the list."""
    shown = board.shown if isinstance(board.shown, FilmsShown) else FilmsShown()
    return Drawing(
        key="films",
        title="Films",
        frame=FRAME,
        regions={
            "count": _count(shown.total) if board.shown else Markup(""),
            "filters": filters(board.queue, place),
            "adding": adding(shown.languages),
            "pager": pager(shown.total, place, shown.offset),
        },
        lists={"tasks": _rows(board, place, shown)},
    )


def _rows(board: Board, place: Films, shown: FilmsShown) -> Mapping[str, Markup]:
    if shown.tasks:
        return {str(task.id): task_row.task_row(task, board.at, left=shown.left.get(task.id)) for task in shown.tasks}
    if board.shown is None:
        return {"none": WAITING}
    return {"none": EMPTY if place == Films() else NOTHING}


def _count(total: int) -> Markup:
    return Markup("{:,} film{}").format(total, "" if total == 1 else "s") if total else Markup("")


def filters(counts: Mapping[str, int], place: Films) -> Markup:
    """One chip for each state, and one for all, with how many there are."""
    chosen: list[tuple[TaskStatus | None, str, int]] = [(None, "All", sum(counts.values()))]
    chosen += [(status, formatting.STATES[status], counts.get(status.value, 0)) for status in TaskStatus]
    return Markup("").join(
        CHIP.format(
            address(replace(place, status=status, offset=0)),
            status.value if status else "",
            count,
            Markup(' aria-current="true"') if status is place.status else "",
            label,
            f"{count:,}",
        )
        for status, label, count in chosen
    )


def pager(total: int, place: Films, offset: int) -> Markup:
    """The way to newer and older tasks; nothing where one page holds all."""
    return pages(total, offset, PAGE, lambda first: replace(place, offset=first), before="Newer", after="Older")
