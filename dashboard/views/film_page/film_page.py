"""The page of one film: its head, and the part that is looked at."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import Film, Part, Which, address
from dashboard.view_models import Board, FilmShown, Missing
from dashboard.views import formatting
from dashboard.views.film_list import task_row
from dashboard.views.film_page.dub_tab import dub
from dashboard.views.film_page.history_tab import work
from dashboard.views.film_page.report_tab import report
from dashboard.views.film_page.tab_content import Section
from dashboard.views.film_page.voices_tab import voices
from dashboard.views.page_parts import Drawing

PARTS: Mapping[Part, tuple[str, Callable[[FilmShown, Film], Section]]] = {
    Part.DUB: ("Dub", dub),
    Part.VOICES: ("Voices", lambda shown, _: voices(shown)),
    Part.REPORT: ("Report", report),
    Part.WORK: ("Work and log", lambda shown, _: work(shown)),
}

FRAME = Markup(
    """<p class="back"><a href="./" data-go>All films</a></p>
<section class="card film" id="film" data-task="{task}" aria-labelledby="film-name"><div id="head">{{head}}</div></section>
<nav class="tabs" id="tabs" aria-label="Parts of this film">{{tabs}}</nav>"""
)
HEAD = Markup(
    '<div class="task" data-task="{id}" data-status="{status}"><div class="head"><h1 id="film-name" title="{path}">{name}</h1>'
    '<span class="state">{state}</span></div><p class="facts">{facts}</p>'
    '<progress max="{total}" value="{done}" aria-label="Progress"></progress>'
    '<div class="foot"><p class="now">{now}</p><div class="actions">{actions}</div></div>{error}</div>'
)
MISSING = Markup(
    '<section class="card"><h1>Nothing here</h1><p class="soft">{}</p><p><a href="./" data-go>All films</a></p></section>'
)


def film(board: Board, place: Film) -> Drawing:
    """The page of a task; a sentence where there is none."""
    if isinstance(board.shown, Missing):
        return Drawing(f"none-{place.task}", "Nothing here", MISSING.format(board.shown.reason))
    if not isinstance(board.shown, FilmShown):
        return Drawing("asking", "Film", Markup('<p class="soft">Asking the service …</p>'))
    shown = board.shown
    _, draw = PARTS[place.part]
    section = draw(shown, place)
    return Drawing(
        key=f"film-{place.task}-{place.part}-{section.key}",
        title=formatting.plain(shown.task.path.name),
        frame=FRAME.format(task=place.task) + section.frame,
        regions={"head": _head(board, shown), "tabs": _tabs(place), **section.regions},
        lists=section.lists,
        log=section.log,
    )


def _head(board: Board, shown: FilmShown) -> Markup:
    task = shown.task
    done, total = task_row.progress(task)
    left = None if shown.left is None else round(shown.left)
    return HEAD.format(
        id=task.id,
        status=task.status.value,
        state=formatting.STATES[task.status],
        path=formatting.plain(str(task.path)),
        name=formatting.plain(task.path.name),
        facts=task_row.facts(task),
        total=max(1, total),
        done=done,
        now=task_row.doing(task, task_row.elapsed(task, board.at), left),
        error=Markup('<p class="error">{}</p>').format(formatting.plain(task.error)) if task.error else "",
        actions=task_row.actions(task),
    )


def _tabs(place: Film) -> Markup:
    tab = Markup('<a href="{}" data-go{}>{}</a>')
    here = replace(place, which=Which.ALL, search="", offset=0)
    return Markup("").join(
        tab.format(address(replace(here, part=part)), Markup(' aria-current="page"') if part is place.part else "", label)
        for part, (label, _) in PARTS.items()
    )
