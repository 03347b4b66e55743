"""The script: the lines of a dub as a table to read, hear and edit."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from dashboard.urls import LINES_PER_PAGE, FilmRoute, LineFilter, format_url
from dashboard.view_models import FilmModel
from dashboard.views import formatting
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.figures.speech_rate import RATE_LABELS, rate_step, relative_rate
from dashboard.views.film_page.tab_content import draw_empty_state
from dashboard.views.pagination import draw_pagination
from pipeline.values.tasks import LineRow

ROWS = Markup(
    """<section class="card script" aria-labelledby="script-title"><div class="bar"><h2 id="script-title">Script</h2>
<span id="found" class="soft">{found}</span><nav class="chips" id="which" aria-label="Lines">{which}</nav>
<form class="find" role="search" data-find="script"><input type="search" name="search" maxlength="200" autocomplete="off"
 aria-label="Search the script" placeholder="Search"></form></div>
<form id="script-form" autocomplete="off"><table class="lines"><thead><tr><th scope="col">Time</th><th scope="col">Speaker</th>
<th scope="col">Said</th><th scope="col" id="dubbed-as">Dubbed as</th><th scope="col">Fit</th><th scope="col">Hear and change</th></tr></thead>
<tbody id="script">{script}</tbody></table></form>
<nav class="pager" id="turns" aria-label="Pages of the script">{turns}</nav>
<div class="drafts" id="drafts" role="region" aria-label="Changes" hidden data-own><p id="drafts-said" role="status"></p>
<button type="button" id="drafts-drop">Discard</button><button type="button" class="primary" id="drafts-keep">Dub again</button></div></section>"""
)
ROW = Markup(
    '<tr id="script-{number}" data-line="{number}" data-start="{start}" data-end="{end}"{marks}>'
    '<td class="when"><button type="button" class="plain" data-seek="{start}" aria-label="Play from line {number}">{clock}</button></td>'
    '<td class="who"><select name="speaker" aria-label="Speaker of line {number}">{speakers}</select></td>'
    '<td class="said"><textarea name="source_text" rows="1" aria-label="Said in line {number}" maxlength="2000">{source}</textarea></td>'
    '<td class="dubbed"><textarea name="text" rows="1" aria-label="Dubbed as in line {number}" maxlength="2000" lang="{language}">{text}</textarea></td>'
    '<td class="fit">{fit}</td><td class="do">{do}</td></tr>'
)
OPTION = Markup('<option value="{}"{}>{}</option>')
FILTER_LABELS = {LineFilter.ALL: "All", LineFilter.PRESSED: "Hurried", LineFilter.LEFT: "Left out", LineFilter.EDITED: "Edited"}
LATE_FROM_S = 0.1  # s that a viewer sees on the lips
TOO_FAST_STEP = 2  # from this step of the pace on every ear notices


def draw_script_regions(shown: FilmModel, place: FilmRoute) -> Mapping[str, Markup]:
    """What stands around the rows."""
    found = filter_lines(shown.lines, place)
    return {
        "found": Markup("{:,} line{}").format(len(found), "" if len(found) == 1 else "s"),
        "which": _draw_filters(shown, place),
        "turns": _draw_pagination(len(found), place),
    }


def filter_lines(lines: Sequence[LineRow], place: FilmRoute) -> tuple[LineRow, ...]:
    """The lines that a place asks for."""
    wanted = place.search.casefold()
    return tuple(
        line for line in lines if _matches_filter(line, place.which) and wanted in f"{line.source_text}\n{line.text}".casefold()
    )


def _matches_filter(line: LineRow, which: LineFilter) -> bool:
    match which:
        case LineFilter.ALL:
            return True
        case LineFilter.EDITED:
            return line.edit is not None
        case LineFilter.PRESSED:
            return is_dubbed(line) and is_too_fast(line)
        case LineFilter.LEFT:
            return not is_dubbed(line)


def draw_script_rows(shown: FilmModel, place: FilmRoute) -> Mapping[str, Markup]:
    """The rows of one page, by the lines' numbers."""
    if not shown.lines:
        return {"none": _draw_empty_row("There is no script before the first dub is done.")}
    found = filter_lines(shown.lines, place)
    offset = min(place.offset, max(0, len(found) - 1) // LINES_PER_PAGE * LINES_PER_PAGE)
    rows = {str(line.number): draw_line_row(line, shown.names) for line in found[offset : offset + LINES_PER_PAGE]}
    return rows or {"none": _draw_empty_row("No line is like that.")}


def _draw_empty_row(sentence: str) -> Markup:
    return Markup('<tr id="script-none"><td colspan="6">{}</td></tr>').format(draw_empty_state(sentence))


def draw_line_row(line: LineRow, names: Mapping[str, str]) -> Markup:
    """One line: who says what when, what the dub says instead, how it fits, and what can be done."""
    skip = line.edit.skip is True if line.edit else line.skip
    return ROW.format(
        number=line.number,
        start=round(line.start, 3),
        end=round(max(line.end, line.dub_start + line.dub_seconds), 3),
        marks=Markup(' data-edited="yes"') if line.edit else "",
        clock=formatting.format_clock(line.start),
        speakers=_draw_speaker_options(line, names),
        source=line.edit.source_text if line.edit and line.edit.source_text is not None else line.source_text,
        text=line.edit.text if line.edit and line.edit.text is not None else line.text,
        language=line.language,
        fit=_draw_fit(line),
        do=_draw_line_actions(line, skip=skip),
    )


def _draw_speaker_options(line: LineRow, names: Mapping[str, str]) -> Markup:
    now = (line.edit.speaker if line.edit else None) or line.speaker or ""
    named = names if now in names else {now: now or "nobody", **names}
    return Markup("").join(
        OPTION.format(label, Markup(" selected") if label == now else "", name) for label, name in named.items()
    )


def is_too_fast(line: LineRow) -> bool:
    """Whether a dubbed line is spoken faster than the ear likes."""
    return rate_step(relative_rate(line)) >= TOO_FAST_STEP


def _draw_fit(line: LineRow) -> Markup:
    """How the line fits, as a word that a reader understands and a colour that an eye finds."""
    if not is_dubbed(line):
        return Markup('<span class="mark">original</span>')
    title = f"spoken {line.rate:.2f} times as fast as natural, stretched by {line.stretch:.2f}"
    fit = Markup('<span class="mark" data-step="{}" title="{}">{:.2f}× {}</span>')
    mark = fit.format(rate_step(relative_rate(line)), title, relative_rate(line), RATE_LABELS[rate_step(relative_rate(line))])
    late = line.dub_start - line.start
    return mark + (Markup(' <span class="mark" data-step="3">{:.1f} s late</span>').format(late) if late > LATE_FROM_S else "")


def _draw_line_actions(line: LineRow, *, skip: bool) -> Markup:
    source = Markup('<button type="button" data-hear="source" aria-label="Hear the original of line {}">Original</button>')
    take = Markup('<button type="button" data-hear="take" aria-label="Hear the dub of line {}">Dub</button>')
    leave = Markup(
        '<label class="skip-line"><input type="checkbox" name="skip"{}> <span class="vh">Line {}: </span>leave out</label>'
    )
    undo = Markup('<button type="button" data-undo="{}" aria-label="Take the edit of line {} back">Undo edit</button>')
    parts = [source.format(line.number), take.format(line.number) if is_dubbed(line) else ""]
    parts.append(leave.format(Markup(" checked") if skip else "", line.number))
    if line.edit:
        parts.append(undo.format(" ".join(_edited_fields(line)), line.number))
    return Markup("").join(parts)


def _edited_fields(line: LineRow) -> tuple[str, ...]:
    names = ("text", "source_text", "speaker", "skip")
    return tuple(name for name in names if line.edit and getattr(line.edit, name) is not None)


def _draw_filters(shown: FilmModel, place: FilmRoute) -> Markup:
    chip = Markup('<a class="chip" href="{}" data-go{}>{} <b>{:,}</b></a>')
    return Markup("").join(
        chip.format(
            format_url(replace(place, which=which, offset=0)),
            Markup(' aria-current="true"') if which is place.which else "",
            label,
            sum(_matches_filter(line, which) for line in shown.lines),
        )
        for which, label in FILTER_LABELS.items()
    )


def _draw_pagination(total: int, place: FilmRoute) -> Markup:
    offset = min(place.offset, max(0, total - 1) // LINES_PER_PAGE * LINES_PER_PAGE)
    return draw_pagination(
        total, offset, LINES_PER_PAGE, lambda first: replace(place, offset=first), before="Before", after="After"
    )
