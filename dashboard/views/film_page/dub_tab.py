"""A dub: the film with its tracks, the timeline, and the script to edit."""

from markupsafe import Markup

from dashboard.urls import Film
from dashboard.view_models import FilmShown
from dashboard.views.figures.alt_text import timeline_summary
from dashboard.views.figures.lanes import is_dubbed, lanes
from dashboard.views.film_page.script_table import ROWS, is_hurried, script_regions, script_rows
from dashboard.views.film_page.tab_content import Section, figure, languages, none, notes
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
LONG = 240.0  # s from which the timeline has an overview of the whole film
LEGEND, OVERVIEW = 36, 80  # px
FACT = Markup("<div><dt>{}</dt><dd>{}</dd></div>")


def dub(shown: FilmShown, place: Film) -> Section:
    """The part of a film's page where it is watched, read and edited."""
    task = shown.task
    return Section(
        frame=FRAME.format(task=task.id, duration=task.duration or 0) + ROWS,
        regions={
            "languages": languages(shown, place),
            "about": _about(shown),
            "timeline": _timeline(shown),
            **script_regions(shown, place),
        },
        lists={"script": script_rows(shown, place)},
    )


def _about(shown: FilmShown) -> Markup:
    task, lines = shown.task, shown.lines
    spoken = [line for line in lines if is_dubbed(line)]
    facts: list[tuple[str, str | Markup]] = [("Lines", f"{len(lines):,}")]
    if lines:
        facts.append(("Speakers", f"{len({line.speaker for line in lines}):,}"))
        facts.append(("Hurried or rushed", _share(sum(is_hurried(line) for line in spoken), len(spoken))))
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
        notes=notes(shown.reports.get(shown.language)),
        links=link.format(id=task.id, tag=shown.language, name=task.path.stem) if lines else "",
    )


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.0%})" if whole else "0"


def _timeline(shown: FilmShown) -> Markup:
    if not shown.lines:
        return none("There is no timeline before the first dub is done.")
    return figure(
        "timeline",
        timeline_summary(shown.lines, names=shown.names),
        height=timeline_height(shown),
        task=shown.task.id,
        language=shown.language,
        mark=shown.mark,
    )


def timeline_height(shown: FilmShown) -> int:
    """Pixels that the timeline will take, kept free for it."""
    count = len(lanes(shown.lines, shown.names))
    return 60 + count * max(24, min(52, 440 // count)) + (LEGEND + OVERVIEW if (shown.task.duration or 0.0) > LONG else LEGEND)
