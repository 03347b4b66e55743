"""The dub tab: player with audio tracks and subtitles, details, timeline, and the script to edit."""

from markupsafe import Markup

from dashboard.urls import FilmRoute
from dashboard.view_models import FilmModel
from dashboard.views.figures.alt_text import describe_timeline
from dashboard.views.figures.lanes import group_into_lanes, is_dubbed
from dashboard.views.film_page.script_table import ROWS, draw_script_regions, draw_script_rows, is_too_fast
from dashboard.views.film_page.tab_content import TabContent, draw_language_chips, draw_notes
from dashboard.views.page_parts import draw_empty_state, draw_figure_placeholder
from pipeline.values.tasks import TaskStatus

FRAME = Markup(
    """<div class="watch"><section class="card player" aria-labelledby="player-title"><h2 id="player-title" class="vh">Player</h2>
<div id="player" data-own data-task="{task}" data-duration="{duration}"></div></section>
<section class="card about" aria-labelledby="about-title"><h2 id="about-title">Details</h2>
<nav class="chips" id="languages" aria-label="Languages">{{languages}}</nav><div id="about" class="about-facts">{{about}}</div></section></div>
<section class="card" aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2><div id="timeline">{{timeline}}</div></section>
"""
)
DETAILS = Markup(
    '<div data-version="{version}" data-language="{language}"><dl class="facts-list">{facts}</dl>{notes}{links}</div>'
)
FACT = Markup("<div><dt>{}</dt><dd>{}</dd></div>")
OVERVIEW_FROM_S = 240.0  # s of film from which the timeline has an overview
LEGEND_PX, OVERVIEW_PX = 36, 80


def draw_dub_tab(film: FilmModel, route: FilmRoute) -> TabContent:
    """Tab in which a dub is watched, read and edited."""
    task = film.task
    return TabContent(
        frame=FRAME.format(task=task.id, duration=task.duration or 0) + ROWS,
        regions={
            "languages": draw_language_chips(film, route),
            "about": _draw_details(film),
            "timeline": _draw_timeline(film),
            **draw_script_regions(film, route),
        },
        lists={"script": draw_script_rows(film, route)},
    )


def _draw_details(film: FilmModel) -> Markup:
    task, lines = film.task, film.lines
    dubbed = [line for line in lines if is_dubbed(line)]
    facts: list[tuple[str, str | Markup]] = [("Lines", f"{len(lines):,}")]
    if lines:
        facts.append(("Speakers", f"{len({line.speaker for line in lines}):,}"))
        facts.append(("Too fast", _format_share(sum(is_too_fast(line) for line in dubbed), len(dubbed))))
        facts.append(("Original audio kept", f"{len(lines) - len(dubbed):,}"))
        facts.append(("Edited", f"{sum(line.edit is not None for line in lines):,}"))
    link = Markup(
        '<p class="links"><a href="/api/tasks/{id}/subtitles/{tag}?format=vtt" download="{name}.{tag}.vtt">Download subtitles</a></p>'
    )
    finished = task.finished_at.isoformat() if task.finished_at and task.status is TaskStatus.DONE else task.status.value
    return DETAILS.format(
        version=f"{finished}",
        language=film.language,
        facts=Markup("").join(FACT.format(*fact) for fact in facts),
        notes=draw_notes(film),
        links=link.format(id=task.id, tag=film.language, name=task.path.stem) if lines else "",
    )


def _format_share(part: int, total: int) -> str:
    return f"{part:,} ({part / total:.0%})" if total else "0"


def _draw_timeline(film: FilmModel) -> Markup:
    if not film.lines:
        return draw_empty_state("No timeline yet. It appears after the first dub.")
    return draw_figure_placeholder(
        "timeline",
        describe_timeline(film.lines, names=film.names),
        height=estimate_timeline_height(film),
        task=film.task.id,
        language=film.language,
        mark=film.mark,
    )


def estimate_timeline_height(film: FilmModel) -> int:
    """Height of the timeline figure in pixels, reserved before it is drawn."""
    count = len(group_into_lanes(film.lines, film.names))
    return 60 + count * max(24, min(52, 440 // count)) + LEGEND_PX + (OVERVIEW_PX if _has_overview(film) else 0)


def _has_overview(film: FilmModel) -> bool:
    return (film.task.duration or 0.0) > OVERVIEW_FROM_S
