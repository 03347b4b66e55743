"""The page of one film: its header with status and actions, and the tabs dub, voices, report and history."""

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
from dashboard.views.film_page.review_tab import draw_review_tab
from dashboard.views.film_page.tab_content import TabContent
from dashboard.views.film_page.voices_tab import draw_voices_tab
from dashboard.views.page_parts import PageParts

TABS: Mapping[FilmTab, tuple[str, Callable[[FilmModel, FilmRoute], TabContent]]] = {
    FilmTab.DUB: ("Dub", draw_dub_tab),
    FilmTab.VOICES: ("Voices", lambda film, _: draw_voices_tab(film)),
    FilmTab.REVIEW: ("Review", draw_review_tab),
    FilmTab.REPORT: ("Report", draw_report_tab),
    FilmTab.HISTORY: ("History", lambda film, _: draw_history_tab(film)),
}

FRAME = Markup(
    """<p class="back"><a href="./" data-go>Dubs</a></p>
<section class="card film" id="film" data-task="{task}" aria-labelledby="film-name"><div id="head">{{head}}</div></section>
<nav class="tabs" id="tabs" aria-label="Tabs">{{tabs}}</nav>"""
)
HEAD = Markup(
    '<div class="task" data-task="{id}" data-status="{status}"><div class="head"><h1 id="film-name" title="{path}">{name}</h1>'
    '{warnings}<span class="state">{state}</span></div><p class="facts">{facts}</p>'
    '<progress max="{total}" value="{done}" aria-label="Progress"></progress>'
    '<div class="foot"><p class="now">{now}</p><div class="actions">{actions}</div></div>{error}</div>'
)
ADD_LANGUAGE = Markup('<button type="button" data-add-language data-task="{}" data-known="{}">Add language</button>')
NOT_FOUND = Markup(
    '<section class="card"><h1>Not found</h1><p class="soft">{}. It was deleted, or the address is wrong.</p><p><a href="./" data-go>All dubs</a></p></section>'
)


def draw_film_page(model: PageModel, route: FilmRoute) -> PageParts:
    """Page of one task; a "not found" page where there is none."""
    if isinstance(model.content, NotFoundModel):
        return PageParts(
            f"none-{route.task}", "Not found", NOT_FOUND.format(model.content.reason[:1].upper() + model.content.reason[1:])
        )
    if not isinstance(model.content, FilmModel):
        return PageParts("asking", "Loading", Markup('<p class="soft">Loading …</p>'))
    film = model.content
    _, draw_tab = TABS[route.tab]
    content = draw_tab(film, route)
    return PageParts(
        key=f"film-{route.task}-{route.tab}-{content.key}",
        title=formatting.escape_text(film.task.path.name),
        frame=FRAME.format(task=route.task) + content.frame,
        regions={"head": _draw_head(model, film), "tabs": _draw_tabs(route), **content.regions},
        lists=content.lists,
        windowed=content.windowed,
        log=content.log,
    )


def _draw_head(model: PageModel, film: FilmModel) -> Markup:
    task = film.task
    done, total = task_row.count_stages(task)
    remaining_s = None if film.remaining_s is None else round(film.remaining_s)
    return HEAD.format(
        id=task.id,
        status=task.status.value,
        state=formatting.STATUS_LABELS[task.status],
        warnings=task_row.draw_warning_badge(task),
        path=formatting.escape_text(str(task.path)),
        name=formatting.escape_text(task.path.name),
        facts=task_row.draw_facts(task),
        total=max(1, total),
        done=done,
        now=task_row.describe_progress(task, task_row.compute_elapsed_seconds(task, model.at), remaining_s, film.position),
        error=task_row.draw_reason(task),
        actions=ADD_LANGUAGE.format(task.id, ",".join(task.target_langs)) + task_row.draw_actions(task),
    )


def _draw_tabs(route: FilmRoute) -> Markup:
    link = Markup('<a href="{}" data-go{}>{}</a>')
    base = replace(route, lines=LineFilter.ALL, search="", offset=0)
    return Markup("").join(
        link.format(format_url(replace(base, tab=tab)), Markup(' aria-current="page"') if tab is route.tab else "", label)
        for tab, (label, _) in TABS.items()
    )
