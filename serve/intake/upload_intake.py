"""From an upload on disk to a task; what is refused does not stay on disk."""

from collections.abc import Mapping

from pipeline.errors import NotPossible
from pipeline.values.tasks import Priority, Task
from serve.http.errors import BadRequest
from serve.http.schemas import MOST_SPEAKERS, PRIORITIES
from serve.http.uploads import Upload
from serve.intake.admission import Asked, Door, Ignored

BY_WORD: dict[str, Priority] = {word: priority for priority, word in PRIORITIES.items()}


def take_in(upload: Upload, door: Door) -> Task:
    """Queue an uploaded film. FilmError, LanguageError, NotPossible or BadRequest; the file is then removed."""
    try:
        admitted = door.admit_file(upload.path, asked(upload.fields))
        if isinstance(admitted, Ignored):
            raise NotPossible(f"{upload.path.name} is not dubbed: it is {admitted.reason}")
    except BaseException:
        upload.remove()
        raise
    return admitted.task


def asked(fields: Mapping[str, str]) -> Asked:
    """What the form's fields ask for. BadRequest."""
    tags = tuple(tag.strip() for tag in fields.get("target_langs", "").split(",") if tag.strip())
    priority = priority_of(fields.get("priority"))
    return Asked(tags, fields.get("source_lang") or None, _speakers(fields.get("speakers", "")), "upload", priority)


def priority_of(word: str | None) -> Priority:
    """A priority by its word; without one, somebody waits. BadRequest."""
    try:
        return BY_WORD[word] if word else Priority.INTERACTIVE
    except KeyError:
        raise BadRequest(f"priority={str(word)[:20]!r} cannot be used; give {' or '.join(BY_WORD)}") from None


def _speakers(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SPEAKERS:
        raise BadRequest(f"speakers={text[:20]!r} cannot be used; give a number from 1 to {MOST_SPEAKERS}")
    return int(text)
