"""The page of one film: its head, and the part that is looked at."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import FilmRoute, FilmTab, LineFilter, format_url
from dashboard.view_models import FilmModel, NotFoundModel, PageModel
from dashboard.views import formatting
from dashboard.views.film_list import task_row
from dashboard.views.film_page.dub_tab import draw_dub_tab
from dashboard.views.film_page.history_tab import draw_history_tab
from dashboard.views.film_page.report_tab import draw_report_tab
from dashboard.views.film_page.tab_content import TabContent
from dashboard.views.film_page.voices_tab import draw_voices_tab
from dashboard.views.page_parts import PageParts

TABS: Mapping[FilmTab, tuple[str, Callable[[FilmModel, FilmRoute], TabContent]]] = {
    FilmTab.DUB: ("Dub", draw_dub_tab),
    FilmTab.VOICES: ("Voices", lambda shown, _: draw_voices_tab(shown)),
    FilmTab.REPORT: ("Report", draw_report_tab),
    FilmTab.WORK: ("Work and log", lambda shown, _: draw_history_tab(shown)),
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


def draw_film_page(board: PageModel, place: FilmRoute) -> PageParts:
    """The page of a task; a sentence where there is none."""
    if isinstance(board.content, NotFoundModel):
        return PageParts(f"none-{place.task}", "Nothing here", MISSING.format(board.content.reason))
    if not isinstance(board.content, FilmModel):
        return PageParts("asking", "Film", Markup('<p class="soft">Asking the service …</p>'))
    shown = board.content
    _, draw = TABS[place.part]
    section = draw(shown, place)
    return PageParts(
        key=f"film-{place.task}-{place.part}-{section.key}",
        title=formatting.escape_text(shown.task.path.name),
        frame=FRAME.format(task=place.task) + section.frame,
        regions={"head": _draw_head(board, shown), "tabs": _draw_tabs(place), **section.regions},
        lists=section.lists,
        log=section.log,
    )


def _draw_head(board: PageModel, shown: FilmModel) -> Markup:
    task = shown.task
    done, total = task_row.count_stages(task)
    left = None if shown.remaining_s is None else round(shown.remaining_s)
    return HEAD.format(
        id=task.id,
        status=task.status.value,
        state=formatting.STATES[task.status],
        path=formatting.escape_text(str(task.path)),
        name=formatting.escape_text(task.path.name),
        facts=task_row.draw_facts(task),
        total=max(1, total),
        done=done,
        now=task_row.describe_progress(task, task_row.elapsed_seconds(task, board.at), left),
        error=Markup('<p class="error">{}</p>').format(formatting.escape_text(task.error)) if task.error else "",
        actions=task_row.draw_actions(task),
    )


def _draw_tabs(place: FilmRoute) -> Markup:
    tab = Markup('<a href="{}" data-go{}>{}</a>')
    here = replace(place, which=LineFilter.ALL, search="", offset=0)
    return Markup("").join(
        tab.format(format_url(replace(here, part=part)), Markup(' aria-current="page"') if part is place.part else "", label)
        for part, (label, _) in TABS.items()
    )
