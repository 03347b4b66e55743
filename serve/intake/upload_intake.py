"""Upload intake: queues an uploaded film; a refused one is deleted."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace

from pipeline.errors import NotPossible
from pipeline.ffmpeg.ffprobe import MAX_TRACKS
from pipeline.text.glossary import require_task_glossary
from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import Priority, Task
from pipeline.values.track_selection import TrackSelection
from serve.intake.admission import Admission
from serve.intake.dub_options import MAX_SPEAKERS, PRIORITY_NAMES, DubOptions, NothingToDub
from serve.intake.upload_writer import Upload
from serve.request_errors import BadRequest

PRIORITY_BY_NAME: dict[str, Priority] = {word: priority for priority, word in PRIORITY_NAMES.items()}

NO_LANGUAGE = "target_langs names no language; name at least one, or leave the field out for those of the settings"


def queue_upload(upload: Upload, admission: Admission) -> Task:
    """Queue an uploaded film. FilmError, LanguageError, NotPossible or BadRequest; its files are then deleted."""
    with ExitStack() as refused:
        refused.callback(upload.remove)
        task = submit_upload(upload, admission)
        refused.pop_all()
    return task


def submit_upload(upload: Upload, admission: Admission) -> Task:
    """Submit an uploaded film to the queue. FilmError, LanguageError, NotPossible or BadRequest."""
    admitted = admission.admit_file(upload.path, replace(parse_options(upload.fields, upload.subtitle_names), force=True))
    if isinstance(admitted, NothingToDub):
        raise NotPossible(f"{upload.path.name} is not dubbed: it is {admitted.reason}")
    return admitted.task


def parse_options(fields: Mapping[str, str], subtitle_names: Mapping[str, str]) -> DubOptions:
    """Parse the form's fields to the options of a dub request. `subtitle_names`: as in `Upload`. BadRequest, GlossaryError."""
    tags = tuple(tag.strip() for tag in fields.get("target_langs", "").split(",") if tag.strip())
    if "target_langs" in fields and not tags:
        raise BadRequest(NO_LANGUAGE)
    priority = parse_priority(fields.get("priority"))
    speakers = _parse_number("speakers", fields.get("speakers", ""), MAX_SPEAKERS)
    audio = _parse_number("audio_track", fields.get("audio_track", ""), MAX_TRACKS)
    subtitles = fields.get("subtitle_track", "")
    selection = TrackSelection.parse(audio, subtitle_names.get(subtitles, subtitles))
    preview = parse_preview(fields.get("preview_from", ""), fields.get("preview_until", ""))
    options = DubOptions(tags, fields.get("source_lang") or None, speakers, "upload", priority, selection, preview=preview)
    return replace(options, glossary=require_task_glossary(fields.get("glossary", "")))


def parse_preview(start: str, end: str) -> PreviewRange | None:
    """Parse the part of the film to preview; None where neither time is given. BadRequest."""
    try:
        return PreviewRange.parse(start.strip(), end.strip()) if start.strip() or end.strip() else None
    except ValueError as error:
        raise BadRequest(f"preview: {error}") from None


def parse_priority(word: str | None) -> Priority | None:
    """Parse a priority by its name; None where none is given. BadRequest."""
    try:
        return PRIORITY_BY_NAME[word] if word else None
    except KeyError:
        raise BadRequest(f"priority={str(word)[:20]!r} cannot be used; give {' or '.join(PRIORITY_BY_NAME)}") from None


def _parse_number(name: str, text: str, maximum: int) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= maximum:
        raise BadRequest(f"{name}={text[:20]!r} cannot be used; give a number from 1 to {maximum}")
    return int(text)
