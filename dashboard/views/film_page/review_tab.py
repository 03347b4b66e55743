"""The review tab: the lines of a dub one at a time, the likeliest wrong first, to accept, fix or skip."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import FilmRoute, FilmTab, format_url
from dashboard.view_models import FilmModel
from dashboard.views import formatting
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.film_page.tab_content import TabContent, draw_language_chips
from dashboard.views.page_parts import draw_empty_state
from pipeline.assessment.line_risk import WORD_REASONS
from pipeline.assessment.report_risks import get_row_risk
from pipeline.values.script import ReviewProgress, ReviewVerdict
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import TextSource

NOT_REVIEWED = {TextSource.SKIP, TextSource.ORIGINAL, TextSource.ADDED}  # kept original on purpose; not in the dub yet
MAX_CARDS = 20  # sent at once: the next ones, so that no answer is waited for between two lines
FRAME = Markup(
    """<nav class="chips" id="languages" aria-label="Languages">{languages}</nav>
<section class="card review" id="review" aria-labelledby="review-title" tabindex="-1"><div class="bar"><h2 id="review-title">Review</h2><div id="review_progress">{review_progress}</div></div>
<p class="hint keys"><kbd>A</kbd> accept · <kbd>F</kbd> fix · <kbd>S</kbd> skip · <kbd>U</kbd> back · <kbd>O</kbd> play original · <kbd>D</kbd> play dub</p>
<div id="about" hidden>{about}</div><ol id="queue">{queue}</ol><div id="review-drafts" data-own></div></section>"""
)
ABOUT = Markup('<div data-language="{language}" data-revision="{revision}" data-script="{script}"></div>')
PROGRESS = Markup(
    '<label>{text} <progress max="{lines}" value="{reviewed}" aria-label="Reviewed lines"></progress></label>{again}'
)
AGAIN = Markup(' <button type="button" data-review-again="{numbers}">Review {count} again</button>')
CARD = Markup(
    '<li id="queue-{number}" data-line="{number}" data-text="{text}" tabindex="-1" aria-labelledby="queue-title-{number}">'
    '<h3 id="queue-title-{number}">Line {number} <span class="soft">{clock} · {speaker}</span></h3>'
    '<p class="reasons">{reasons}</p><dl><dt>Source</dt><dd>{source}</dd>{heard}</dl>'
    '<label class="field" for="queue-text-{number}">Translation</label><textarea id="queue-text-{number}" name="text" rows="2" maxlength="2000" lang="{language}"'
    ' autocomplete="off" aria-describedby="queue-hint-{number}">{text}</textarea>'
    '<p class="hint" id="queue-hint-{number}">Enter keeps a fix as a draft, Esc leaves the field.</p><div class="actions">{listen}'
    '<button type="button" class="primary" data-review="accepted" aria-keyshortcuts="A">Accept</button>'
    '<button type="button" data-review="fix" aria-keyshortcuts="F">Fix</button>'
    '<button type="button" data-review="skipped" aria-keyshortcuts="S">Skip</button></div></li>'
)
HEARD = Markup('<dt>Understood</dt><dd lang="{language}">{heard}</dd>')
MARK = Markup('<span class="reason"{wrong}>{reason}</span> ')
LISTEN = Markup(
    '<button type="button" data-hear="{kind}" data-line="{number}" data-language="{language}" aria-keyshortcuts="{key}">{label}</button>'
)
END = Markup('<li id="queue-none">{}</li>')


def draw_review_tab(film: FilmModel, route: FilmRoute) -> TabContent:
    """Tab in which a dub is reviewed line by line."""
    script = format_url(replace(route, tab=FilmTab.DUB, language=film.language, offset=0))
    about = ABOUT.format(language=film.language, revision=film.revision.revision, script=script)
    return TabContent(
        frame=FRAME,
        regions={
            "languages": draw_language_chips(film, route),
            "about": about,
            "review_progress": _draw_progress(film) if film.lines else Markup(""),
        },
        lists={"queue": _draw_queue(film)},
    )


def list_lines_to_review(lines: Sequence[LineRow]) -> tuple[LineRow, ...]:
    """The lines of a dub that are reviewed, the riskiest first: all but those that keep the original audio on purpose, and deleted ones."""
    wanted = [line for line in lines if line.text_source not in NOT_REVIEWED and not _is_taken_out(line)]
    return tuple(sorted(wanted, key=lambda line: (-get_row_risk(line).risk, line.number)))


def _is_taken_out(line: LineRow) -> bool:
    return line.edit is not None and bool(line.edit.skip or line.edit.deleted)


def measure_review(film: FilmModel) -> ReviewProgress:
    """Progress of the review of the shown dub."""
    given = {review.number: review.verdict for review in film.reviews if review.is_current}
    verdicts = [given.get(line.number) for line in list_lines_to_review(film.lines)]
    skipped = verdicts.count(ReviewVerdict.SKIPPED)
    return ReviewProgress(len(verdicts), len(verdicts) - verdicts.count(None) - skipped, skipped)


def _draw_progress(film: FilmModel) -> Markup:
    progress = measure_review(film)
    skipped = [each.number for each in film.reviews if each.is_current and each.verdict is ReviewVerdict.SKIPPED]
    again = AGAIN.format(numbers=" ".join(map(str, skipped)), count=formatting.count_words(len(skipped), "skipped line"))
    return PROGRESS.format(
        text=formatting.format_review(progress),
        lines=max(1, progress.lines),
        reviewed=progress.reviewed,
        again=again if skipped and progress.reviewed + progress.skipped == progress.lines else "",
    )


def _draw_queue(film: FilmModel) -> Mapping[str, Markup]:
    """The next cards by line number; a sentence where none is left."""
    done = {review.number for review in film.reviews if review.is_current}
    found = [line for line in list_lines_to_review(film.lines) if line.number not in done]
    if not film.lines:
        return {"none": END.format(draw_empty_state("No lines yet. They appear after this dub."))}
    heard = _read_heard(film)
    cards = {str(line.number): _draw_card(line, film.names, heard.get(line.number, "")) for line in found[:MAX_CARDS]}
    return cards or {"none": END.format(draw_empty_state("All lines are reviewed."))}


def _read_heard(film: FilmModel) -> Mapping[int, str]:
    """Number → text that a recogniser understood of the take, where it is another than the line's."""
    report = film.reports.get(film.language)
    lines = json.loads(report)["lines"] if report else ()
    return {line["number"]: line["heard"] for line in lines if line.get("heard") and line.get("round_trip_wer")}


def _draw_card(line: LineRow, names: Mapping[str, str], heard: str) -> Markup:
    risk, language = get_row_risk(line), line.language
    edit = line.edit
    marks = (MARK.format(reason=each, wrong=Markup(" data-wrong") if each in WORD_REASONS else "") for each in risk.reasons)
    listen = LISTEN.format(kind="source", number=line.number, language=language, key="O", label="Play original")
    if is_dubbed(line):
        listen += LISTEN.format(kind="take", number=line.number, language=language, key="D", label="Play dub")
    return CARD.format(
        number=line.number,
        clock=formatting.format_clock(line.start),
        speaker=formatting.escape_text(names.get(line.speaker or "", line.speaker or "Unknown")),
        reasons=Markup("").join(marks) or "No sign of a fault",
        source=formatting.escape_text("" if line.subtitled else line.source_text) or "–",
        heard=HEARD.format(language=language, heard=formatting.escape_text(heard)) if heard else "",
        language=language,
        text=edit.text if edit and edit.text is not None else line.text,
        listen=listen,
    )


def draw_review_link(film: FilmModel, route: FilmRoute) -> Markup:
    """Progress of the review with a link to it; empty without lines."""
    progress = measure_review(film)
    if not progress.lines:
        return Markup("")
    link = Markup('<p class="links"><a href="{}" data-go>Review the lines, the likeliest wrong first</a> · {}</p>')
    url = format_url(replace(route, tab=FilmTab.REVIEW, language=film.language))
    return link.format(url, formatting.format_review(progress))
