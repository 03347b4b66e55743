"""Checks of single edits and of new lines: each refusal is a sentence that names the line, the problem and the remedy."""

from pipeline.script.edit_batch import NewLine, RefusedEdit
from pipeline.script.film_scripts import FilmScripts, is_same_value
from pipeline.values.edits import UNCHANGED, LineChange

MAX_TEXT_CHARACTERS = 2_000  # of a line
MIN_LINE_S, MAX_LINE_S = 0.1, 60.0
LOCKED_FIELDS = frozenset({"text", "source_text", "speaker", "skip", "deleted"})  # of which its take depends
ROUNDING_S = 0.001  # of times that a client rounds


def check_change(scripts: FilmScripts, change: LineChange) -> RefusedEdit | None:
    """The refusal of an edit by itself; None where it can be applied."""
    number, language = change.number, change.language
    row = scripts.rows.get((language, number))
    if row is None and not scripts.is_deleted(language, number):
        message = (
            f"Line {number}: task {scripts.task.id} has no line {number} in {language!r}; GET its lines to see which there are"
        )
        return RefusedEdit(message, language, number, is_missing=True, fields=change.changed_fields)
    problem = (
        _check_revision(scripts, language)
        or _check_lock(scripts, change)
        or _check_text(change.text, "translation", "write a text, or leave the line out")
        or _check_text(change.source_text, "source text", "write what is said there, or delete the line")
        or _check_speaker(scripts, change.speaker)
    )
    if isinstance(change.source_text, str) and language in scripts.subtitled:
        problem = f"the dub into {language!r} is spoken from its own subtitles, not translated; edit its text"
    if scripts.task.preview_lines and any(isinstance(value, float) for value in (change.start, change.end)):
        problem = "the times of a preview cannot be changed; dub the whole film first"
    return RefusedEdit(f"Line {number}: {problem}", language, number, fields=change.changed_fields) if problem else None


def check_new_line(scripts: FilmScripts, line: NewLine) -> RefusedEdit | None:
    """The refusal of a new line by itself; None where it can be added."""
    text, source = (line.text or "").strip(), (line.source_text or "").strip()
    problem = (
        _check_revision(scripts, line.language)
        or _check_text(line.text, "translation", "write a text")
        or (_check_text(line.source_text, "source text", "write what is said there") if line.source_text else "")
        or _check_speaker(scripts, line.speaker)
    )
    if not any(tag == line.language for tag, _ in scripts.rows):
        problem = f"there is no dub into {line.language!r} yet; add lines when it is done"
    elif line.language in scripts.subtitled and not text:
        problem = f"the dub into {line.language!r} is spoken from its own subtitles, not translated; write its text"
    elif not text and not source:
        problem = "it has no text; write what is said there, or its translation"
    elif scripts.task.preview_lines:
        problem = "lines cannot be added to a preview; dub the whole film first"
    return RefusedEdit(f"{name_new_line(line)}: {problem}", line.language, key=line.key) if problem else None


def check_times(start: float, end: float, duration: float | None) -> str:
    """The problem with the times of a line, in seconds; "" where there is none. `duration`: of the film, None where unknown."""
    if start < 0.0:
        return f"it would start at {start:.3f} s, before the film; set a later start"
    if end <= start:
        return f"it would end at {end:.3f} s, before it starts ({start:.3f} s); set a later end"
    if duration is not None and end > duration + ROUNDING_S:
        return f"it would end at {end:.3f} s, after the film ({duration:.3f} s); set an earlier end"
    if end - start < MIN_LINE_S - ROUNDING_S:
        return f"{end - start:.3f} s are too short to speak; give it {MIN_LINE_S:g} s or more"
    if end - start > MAX_LINE_S + ROUNDING_S:
        return f"{end - start:.1f} s are too long for one line; split it, {MAX_LINE_S:g} s is the most"
    return ""


def name_new_line(line: NewLine) -> str:
    """Name of a line that has no number yet."""
    return f"New line at {line.start:.3f} s"


def _check_revision(scripts: FilmScripts, language: str) -> str:
    present, based_on = scripts.revisions.get(language), scripts.based_on.get(language)
    if present is None or based_on is None or based_on <= present:
        return ""
    return f"it was edited on revision {based_on} of the script, which has {present} only; reload the page, and edit it again"


def _check_text(text: object, name: str, remedy: str) -> str:
    if not isinstance(text, str):
        return ""
    if not text.strip():
        return f"the {name} is empty; {remedy}"
    if len(text) > MAX_TEXT_CHARACTERS:
        return f"the {name} has {len(text):,} characters; split the line, {MAX_TEXT_CHARACTERS:,} is the most"
    return ""


def _check_speaker(scripts: FilmScripts, speaker: object) -> str:
    if not isinstance(speaker, str) or speaker in scripts.speakers:
        return ""
    return f"nobody in the film is called {speaker[:100]!r}; its speakers are {', '.join(sorted(scripts.speakers))}"


def _check_lock(scripts: FilmScripts, change: LineChange) -> str:
    """Problem of a change of what a locked line keeps; "" for one that unlocks it as well, or that locks it."""
    edit = scripts.edits.get((change.language, change.number))
    is_kept = edit is not None and edit.locked and change.locked is UNCHANGED
    changed = [name for name in change.changed_fields if name in LOCKED_FIELDS]
    row = scripts.rows.get((change.language, change.number))
    if not is_kept or all(row is not None and is_same_value(row, name, getattr(change, name)) for name in changed):
        return ""
    return "it is locked; unlock it to change it"
