"""A dub: the film with its tracks, the timeline, and the script to edit."""

from markupsafe import Markup

from dashboard.urls import FilmRoute
from dashboard.view_models import FilmModel
from dashboard.views.figures.alt_text import describe_timeline
from dashboard.views.figures.lanes import group_into_lanes, is_dubbed
from dashboard.views.film_page.script_table import ROWS, draw_script_regions, draw_script_rows, is_too_fast
from dashboard.views.film_page.tab_content import (
    TabContent,
    draw_empty_state,
    draw_figure_placeholder,
    draw_language_chips,
    draw_notes,
)
from pipeline.values.tasks import TaskStatus

FRAME = Markup(
    """<div class="watch"><section class="card player" aria-labelledby="player-title"><h2 id="player-title" class="vh">Watch</h2>
<div id="player" data-own data-task="{task}" data-duration="{duration}"></div></section>
<section class="card about" aria-labelledby="about-title"><h2 id="about-title">This dub</h2>
<nav class="chips" id="languages" aria-label="Languages">{{languages}}</nav><div id="about" class="about-facts">{{about}}</div></section></div>
<section class="card" aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2><div id="timeline">{{timeline}}</div></section>
"""
)
ABOUT = Markup('<div data-version="{version}" data-language="{language}"><dl class="facts-list">{facts}</dl>{notes}{links}</div>')
OVERVIEW_FROM_S = 240.0  # s from which the timeline has an overview of the whole film
LEGEND, OVERVIEW = 36, 80  # px
FACT = Markup("<div><dt>{}</dt><dd>{}</dd></div>")


def draw_dub_tab(shown: FilmModel, place: FilmRoute) -> TabContent:
    """The part of a film's page where it is watched, read and edited."""
    task = shown.task
    return TabContent(
        frame=FRAME.format(task=task.id, duration=task.duration or 0) + ROWS,
        regions={
            "languages": draw_language_chips(shown, place),
            "about": _draw_about(shown),
            "timeline": _draw_timeline(shown),
            **draw_script_regions(shown, place),
        },
        lists={"script": draw_script_rows(shown, place)},
    )


def _draw_about(shown: FilmModel) -> Markup:
    task, lines = shown.task, shown.lines
    spoken = [line for line in lines if is_dubbed(line)]
    facts: list[tuple[str, str | Markup]] = [("Lines", f"{len(lines):,}")]
    if lines:
        facts.append(("Speakers", f"{len({line.speaker for line in lines}):,}"))
        facts.append(("Hurried or rushed", _format_share(sum(is_too_fast(line) for line in spoken), len(spoken))))
        facts.append(("Left to the original", f"{len(lines) - len(spoken):,}"))
        facts.append(("Edited by people", f"{sum(line.edit is not None for line in lines):,}"))
    link = Markup(
        '<p class="links"><a href="/api/tasks/{id}/subtitles/{tag}?format=vtt" download="{name}.{tag}.vtt">Subtitles</a></p>'
    )
    finished = task.finished_at.isoformat() if task.finished_at and task.status is TaskStatus.DONE else task.status.value
    return ABOUT.format(
        version=f"{finished}",
        language=shown.language,
        facts=Markup("").join(FACT.format(*fact) for fact in facts),
        notes=draw_notes(shown.reports.get(shown.language)),
        links=link.format(id=task.id, tag=shown.language, name=task.path.stem) if lines else "",
    )


def _format_share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.0%})" if whole else "0"


def _draw_timeline(shown: FilmModel) -> Markup:
    if not shown.lines:
        return draw_empty_state("There is no timeline before the first dub is done.")
    return draw_figure_placeholder(
        "timeline",
        describe_timeline(shown.lines, names=shown.names),
        height=timeline_height(shown),
        task=shown.task.id,
        language=shown.language,
        mark=shown.mark,
    )


def timeline_height(shown: FilmModel) -> int:
    """Pixels that the timeline will take, kept free for it."""
    count = len(group_into_lanes(shown.lines, shown.names))
    return (
        60
        + count * max(24, min(52, 440 // count))
        + (LEGEND + OVERVIEW if (shown.task.duration or 0.0) > OVERVIEW_FROM_S else LEGEND)
    )
