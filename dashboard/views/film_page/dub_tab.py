"""The dub tab: player with audio tracks and subtitles, details, timeline, and the script to edit."""

from markupsafe import Markup

from dashboard.urls import FilmRoute
from dashboard.view_models import FilmModel
from dashboard.views.figures.alt_text import describe_timeline
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.figures.palette import Scheme, get_palette
from dashboard.views.figures.speech_rate import RATE_LABELS
from dashboard.views.film_page.script_table import (
    draw_script_frame,
    draw_script_regions,
    draw_script_rows,
    is_too_fast,
)
from dashboard.views.film_page.tab_content import TabContent, draw_language_chips, draw_notes
from dashboard.views.page_parts import draw_empty_state
from pipeline.values.tasks import TaskStatus

FRAME = Markup(
    """<div class="bench" id="bench"><section class="card timeline" aria-labelledby="timeline-title"><div class="bar"><h2 id="timeline-title">Timeline</h2>{legend}<div class="zoom">
<button type="button" data-command="zoom-out" aria-label="Zoom out">−</button><button type="button" data-command="zoom-in" aria-label="Zoom in">+</button></div></div>
<div id="timeline">{{timeline}}</div></section>
<section class="card player" aria-labelledby="player-title"><h2 id="player-title" class="vh">Player</h2>
<div id="player" data-own data-task="{task}" data-duration="{duration}"></div></section>{rows}</div>
<section class="card about" aria-labelledby="about-title"><h2 id="about-title">Details</h2><div id="about" class="about-facts">{{about}}</div></section>
"""
)
TIMELINE = Markup(
    '<div id="timeline-view" data-own role="group" tabindex="0" aria-label="{}" aria-describedby="timeline-hint"></div>'
    '<p id="timeline-hint" class="vh">The lines can be dragged with a pointer. By keyboard: their times are in the script, and ? lists the keys.</p>'
)
LEGEND = Markup('<ul class="legend">{}</ul>')
LEGEND_ITEM = Markup('<li><span class="swatch" style="background:light-dark({},{})"></span>{}</li>')
DETAILS = Markup(
    '<div data-version="{version}" data-language="{language}" data-mark="{mark}" data-revision="{revision}"><dl class="facts-list">{facts}</dl>{notes}{links}</div>'
)
FACT = Markup("<div><dt>{}</dt><dd>{}</dd></div>")


def draw_dub_tab(film: FilmModel, route: FilmRoute) -> TabContent:
    """Tab in which a dub is watched, read and edited."""
    task = film.task
    return TabContent(
        frame=FRAME.format(task=task.id, duration=task.duration or 0, legend=_draw_legend(), rows=draw_script_frame()),
        regions={
            "languages": draw_language_chips(film, route),
            "about": _draw_details(film),
            "timeline": _draw_timeline(film),
            **draw_script_regions(film, route),
        },
        lists={"script": draw_script_rows(film, route)},
        windowed=frozenset({"script"}),
    )


def _draw_details(film: FilmModel) -> Markup:
    task, lines = film.task, film.lines
    dubbed = [line for line in lines if is_dubbed(line)]
    facts: list[tuple[str, str | Markup]] = [("Lines", f"{len(lines):,}")]
    if lines:
        facts.append(("Speakers", f"{film.speaker_count:,}"))
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
        mark=film.mark,
        revision=film.revision.revision,
        facts=Markup("").join(FACT.format(*fact) for fact in facts),
        notes=draw_notes(film),
        links=link.format(id=task.id, tag=film.language, name=task.path.stem) if lines else "",
    )


def _format_share(part: int, total: int) -> str:
    return f"{part:,} ({part / total:.0%})" if total else "0"


def _draw_timeline(film: FilmModel) -> Markup:
    if not film.lines:
        return draw_empty_state("No timeline yet. It appears after the first dub.")
    return TIMELINE.format(describe_timeline(film.lines, names=film.names, speakers=film.speaker_count))


def _draw_legend() -> Markup:
    """Colours of the timeline, which its canvas reads from here."""
    light, dark = get_palette(Scheme.LIGHT), get_palette(Scheme.DARK)
    tones = ((light.slot, dark.slot, "Source line"), *zip(light.rates, dark.rates, RATE_LABELS, strict=True))
    return LEGEND.format(Markup("").join(LEGEND_ITEM.format(one.fill, other.fill, label) for one, other, label in tones))
