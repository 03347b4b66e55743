"""Upload intake: queues an uploaded film; a refused one is deleted."""

from collections.abc import Mapping
from contextlib import ExitStack

from pipeline.errors import NotPossible
from pipeline.values.tasks import Priority, Task
from serve.intake.admission import MAX_SPEAKERS, PRIORITY_NAMES, Admission, DubOptions, NothingToDub
from serve.intake.upload_writer import Upload
from serve.request_errors import BadRequest

PRIORITY_BY_NAME: dict[str, Priority] = {word: priority for priority, word in PRIORITY_NAMES.items()}


def queue_upload(upload: Upload, admission: Admission) -> Task:
    """Queue an uploaded film. FilmError, LanguageError, NotPossible or BadRequest; its files are then deleted."""
    with ExitStack() as refused:
        refused.callback(upload.remove)
        admitted = admission.admit_file(upload.path, parse_options(upload.fields))
        if isinstance(admitted, NothingToDub):
            raise NotPossible(f"{upload.path.name} is not dubbed: it is {admitted.reason}")
        refused.pop_all()
    return admitted.task


def parse_options(fields: Mapping[str, str]) -> DubOptions:
    """Parse the form's fields to the options of a dub request. BadRequest."""
    tags = tuple(tag.strip() for tag in fields.get("target_langs", "").split(",") if tag.strip())
    priority = parse_priority(fields.get("priority"))
    return DubOptions(tags, fields.get("source_lang") or None, _parse_speakers(fields.get("speakers", "")), "upload", priority)


def parse_priority(word: str | None) -> Priority:
    """Parse a priority by its name; interactive by default. BadRequest."""
    try:
        return PRIORITY_BY_NAME[word] if word else Priority.INTERACTIVE
    except KeyError:
        raise BadRequest(f"priority={str(word)[:20]!r} cannot be used; give {' or '.join(PRIORITY_BY_NAME)}") from None


def _parse_speakers(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MAX_SPEAKERS:
        raise BadRequest(f"speakers={text[:20]!r} cannot be used; give a number from 1 to {MAX_SPEAKERS}")
    return int(text)
