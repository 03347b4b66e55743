"""The script table: a dub's lines with source, translation, speech rate and edit fields; filter, search and pagination."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from markupsafe import Markup

from dashboard.urls import FilmRoute, LineFilter, format_url
from dashboard.view_models import FilmModel
from dashboard.views import formatting
from dashboard.views.figures.lanes import is_dubbed
from dashboard.views.figures.speech_rate import (
    RATE_LABELS,
    TOO_FAST_STEP,
    compute_characters_per_second,
    compute_relative_rate,
    find_rate_step,
)
from dashboard.views.film_page.script_tools import draw_script_tools, draw_stale_note
from dashboard.views.film_page.take_actions import draw_take_actions
from dashboard.views.film_page.term_marks import draw_glossary_problem, draw_term_marks
from dashboard.views.page_parts import draw_empty_state
from pipeline.text.glossary_check import GlossaryCheck
from pipeline.text.search_terms import matches_search
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import TextSource

FRAME = Markup(
    """<section class="card script" aria-labelledby="script-title"><div class="bar"><h2 id="script-title">Script</h2>
<nav class="chips" id="languages" aria-label="Languages">{{languages}}</nav><span id="line_count" class="soft">{{line_count}}</span><nav class="chips" id="line_filters" aria-label="Filter">{{line_filters}}</nav>
<div id="script_tools">{{script_tools}}</div></div>
<div class="edit-bar"><div class="commands" role="toolbar" aria-label="Editing">{commands}</div><form class="find" role="search" data-find="script"><input type="search" name="search" maxlength="200" autocomplete="off"
 aria-label="Search the script" placeholder="Search"></form></div><div id="script_stale">{{script_stale}}</div><datalist id="speakers">{{speakers}}</datalist>
<form id="script-form" class="rows" autocomplete="off"><table class="lines"><thead><tr><th scope="col">Time</th><th scope="col">Speaker</th>
<th scope="col">Source</th><th scope="col" id="dubbed-as">Translation</th><th scope="col">Speech rate</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
<tbody id="script" data-own>{{script}}</tbody></table></form>
<div class="drafts" id="drafts" role="region" aria-label="Changes" hidden data-own><p id="drafts-said" role="status"></p>
<button type="button" id="drafts-drop">Discard</button><button type="button" class="primary" id="drafts-keep">Save and re-dub</button></div><template id="line-template">{template}</template></section>"""
)
COMMAND = Markup('<button type="button" data-command="{}" title="{}"{}>{}</button>')
COMMANDS = (
    ("undo", "Undo (Ctrl+Z)", "Undo"),
    ("redo", "Redo (Ctrl+Shift+Z)", "Redo"),
    ("previous", "Previous line (P)", "Previous"),
    ("next", "Next line (N)", "Next"),
    ("split", "Split at the cursor or the playhead (S)", "Split"),
    ("merge", "Merge with the next line (J)", "Merge"),
    ("add", "Add a line at the playhead (I)", "Add"),
    ("delete", "Delete or restore the line (Delete)", "Delete"),
    ("start", "Start of the line to the playhead ([)", "Start"),
    ("end", "End of the line to the playhead (])", "End"),
    ("follow", "Follow the spoken line (F)", "Follow"),
    ("replace", "Find and replace (Ctrl+H)", "Replace"),
    ("help", "Keyboard shortcuts (?)", "?"),
)
ROW = Markup(
    '<tr id="script-{number}" data-line="{number}" data-start="{start}" data-end="{end}"{edited}>'
    '<td class="when"><button type="button" class="plain" data-seek="{start}" aria-label="Play from line {number}">{number}</button>'
    '<input name="start" value="{start_clock}" maxlength="16" aria-label="Start of line {number}">'
    '<input name="end" value="{end_clock}" maxlength="16" aria-label="End of line {number}"></td>'
    '<td class="who"><select name="speaker" aria-label="Speaker of line {number}"><option value="{speaker}" selected>{speaker_name}</option></select></td>'
    '<td class="said"><textarea name="source_text" rows="1" aria-label="Source of line {number}" maxlength="2000">{source}</textarea></td>'
    '<td class="dubbed"><textarea name="text" rows="1" aria-label="Translation of line {number}" maxlength="2000" lang="{language}" aria-describedby="estimate-{number}">{text}</textarea>'
    '<p class="estimate" id="estimate-{number}" hidden data-own></p>{terms}</td>'
    '<td class="fit">{rate}</td><td class="do">{actions}</td></tr>'
)
OPTION = Markup('<option value="{}">{}</option>')
NEW_ROW = ROW.format(
    number="new",
    start=0,
    end=0,
    edited="",
    start_clock="",
    end_clock="",
    speaker="",
    speaker_name="Unknown",
    source="",
    text="",
    language="",
    rate="",
    actions="",
    terms="",
)
FILTER_LABELS = {
    LineFilter.ALL: "All",
    LineFilter.TOO_FAST: "Too fast",
    LineFilter.ORIGINAL: "Original audio",
    LineFilter.EDITED: "Edited",
}
LATE_FROM_S = 0.1  # a start offset that a viewer sees on the lips


def draw_script_frame() -> Markup:
    """Template of the section: tools, commands, the table, and a row for lines that a person adds."""
    labels = {
        "help": "Keyboard shortcuts",
        "add": "Add line",
        "delete": "Delete line",
        "start": "Start to the playhead",
        "end": "End to the playhead",
    }
    pressed = {name: Markup(' aria-label="{}"').format(label) for name, label in labels.items()}
    pressed["follow"] = Markup(' aria-pressed="true"')
    commands = (COMMAND.format(name, title, pressed.get(name, ""), label) for name, title, label in COMMANDS)
    return FRAME.format(commands=Markup("").join(commands), template=NEW_ROW)


def draw_script_regions(film: FilmModel, route: FilmRoute) -> Mapping[str, Markup]:
    """Regions around the rows: number of lines, filters, pagination, exports and import, and what the dub lacks."""
    found = filter_lines(film.lines, route)
    return {
        "line_count": Markup("{:,} line{}").format(len(found), "" if len(found) == 1 else "s"),
        "line_filters": _draw_filters(film, route),
        "speakers": Markup("").join(OPTION.format(label, name) for label, name in film.names.items()),
        "script_tools": draw_script_tools(film),
        "script_stale": draw_stale_note(film) + draw_glossary_problem(film.glossary_problem),
    }


def filter_lines(lines: Sequence[LineRow], route: FilmRoute) -> tuple[LineRow, ...]:
    """Lines that match the route's filter, and have every word of its search in source or translation, in any case."""
    return tuple(
        line
        for line in lines
        if _matches_filter(line, route.lines) and matches_search(f"{line.source_text}\n{line.text}", route.search)
    )


def _matches_filter(line: LineRow, lines: LineFilter) -> bool:
    match lines:
        case LineFilter.ALL:
            return True
        case LineFilter.EDITED:
            return line.edit is not None
        case LineFilter.TOO_FAST:
            return is_dubbed(line) and is_too_fast(line)
        case LineFilter.ORIGINAL:
            return not is_dubbed(line)


def draw_script_rows(film: FilmModel, route: FilmRoute) -> Mapping[str, Markup]:
    """Rows by line number. The browser has all of them, and draws those in sight."""
    if not film.lines:
        return {"none": _draw_empty_row("No script yet. It appears after the first dub.")}
    found = filter_lines(film.lines, route)
    names = film.names
    rows = {str(line.number): draw_line_row(line, names, film.glossary) for line in found}
    return rows or {"none": _draw_empty_row("No results.")}


def _draw_empty_row(sentence: str) -> Markup:
    return Markup('<tr id="script-none"><td colspan="6">{}</td></tr>').format(draw_empty_state(sentence))


def draw_line_row(line: LineRow, names: Mapping[str, str], glossary: GlossaryCheck | None = None) -> Markup:
    """Row of one line: times, speaker, source, translation, terms, speech rate, actions. A pending edit stands in the fields."""
    speaker = (line.edit.speaker if line.edit else None) or line.speaker or ""
    return _draw_cached_row(line, speaker, names.get(speaker) or speaker or "Unknown", glossary)


@lru_cache(maxsize=1 << 14)  # a page is drawn each second, and few of its lines change
def _draw_cached_row(line: LineRow, speaker: str, speaker_name: str, glossary: GlossaryCheck | None) -> Markup:
    skip = line.edit.skip is True if line.edit else line.skip
    source = line.edit.source_text if line.edit and line.edit.source_text is not None else line.source_text
    text = line.edit.text if line.edit and line.edit.text is not None else line.text
    return ROW.format(
        number=line.number,
        start=round(line.start, 3),
        end=round(max(line.end, line.dub_start + line.dub_seconds), 3),
        edited=Markup(' data-edited="{}"').format("deleted" if line.edit.deleted else "yes") if line.edit else "",
        start_clock=formatting.format_timestamp(line.start if line.edit is None or line.edit.start is None else line.edit.start),
        end_clock=formatting.format_timestamp(line.end if line.edit is None or line.edit.end is None else line.edit.end),
        speaker=speaker,
        speaker_name=speaker_name,
        source=source,
        text=text,
        terms=draw_term_marks(line, source, text, glossary),
        language=line.language,
        rate=_draw_rate(line),
        actions=_draw_line_actions(line, skip=skip),
    )


def is_too_fast(line: LineRow) -> bool:
    """True for a dubbed line whose speech rate is uncomfortable to follow."""
    return find_rate_step(compute_relative_rate(line)) >= TOO_FAST_STEP


def _draw_rate(line: LineRow) -> Markup:
    """Speech rate of the line as a coloured word with its characters per second, and its delay."""
    if not is_dubbed(line):
        pending = line.text_source == TextSource.ADDED
        return Markup('<span class="mark">{}</span>').format("Not dubbed yet" if pending else "Original audio")
    rate = compute_relative_rate(line)
    title = f"{rate:.2f}× the natural rate: spoken at {line.rate:.2f}×, stretched by {line.stretch:.2f}×"
    badge = Markup('<span class="mark" data-step="{}" title="{}">{} · {:.0f} characters/s</span>')
    mark = badge.format(find_rate_step(rate), title, RATE_LABELS[find_rate_step(rate)], compute_characters_per_second(line))
    delay = line.dub_start - line.start
    late = Markup(' <span class="mark" data-step="3">{:.1f} s late</span>').format(delay)
    return mark + late if delay > LATE_FROM_S else mark


def _draw_line_actions(line: LineRow, *, skip: bool) -> Markup:
    source = Markup('<button type="button" data-hear="source" aria-label="Play original of line {}">Original</button>')
    take = Markup('<button type="button" data-hear="take" aria-label="Play dub of line {}">Dub</button>')
    keep = Markup(
        '<label class="skip-line"><input type="checkbox" name="skip"{}> <span class="vh">Line {}: </span>Keep original audio</label>'
    )
    undo = Markup('<button type="button" data-undo="{}" aria-label="Undo edit of line {}">Undo edit</button>')
    parts = [source.format(line.number), take.format(line.number) if is_dubbed(line) else ""]
    parts.append(keep.format(Markup(" checked") if skip else "", line.number))
    parts.append(draw_take_actions(line))
    if edited := _list_edited_fields(line):
        parts.append(undo.format(" ".join(edited), line.number))
    return Markup("").join(parts)


def _list_edited_fields(line: LineRow) -> tuple[str, ...]:
    names = ("text", "source_text", "speaker", "skip", "start", "end", "deleted")
    return tuple(name for name in names if line.edit and getattr(line.edit, name) is not None)


def _draw_filters(film: FilmModel, route: FilmRoute) -> Markup:
    chip = Markup('<a class="chip" href="{}" data-go{}>{} <b>{:,}</b></a>')
    return Markup("").join(
        chip.format(
            format_url(replace(route, lines=lines, offset=0)),
            Markup(' aria-current="true"') if lines is route.lines else "",
            label,
            sum(_matches_filter(line, lines) for line in film.lines),
        )
        for lines, label in FILTER_LABELS.items()
    )
