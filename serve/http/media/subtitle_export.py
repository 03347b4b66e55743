"""What a dub says, or the film itself, as subtitles for players."""

from collections.abc import Sequence
from enum import StrEnum

from pipeline.errors import NotFound
from pipeline.store import Store
from pipeline.text import languages, subtitle_files
from pipeline.text.subtitle_files import Said
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Cue, Span
from serve.store_actor import RemoteStore

BRIEFEST = 0.001  # s; a line that was left to the original takes no time


class Form(StrEnum):
    """How subtitles are written."""

    SRT = "srt"
    VTT = "vtt"


MEDIA_TYPES = {Form.SRT: "application/x-subrip", Form.VTT: "text/vtt"}


def written(store: Store | RemoteStore, task_id: int, language: str, form: Form) -> str:
    """The subtitles in this language: of the dub at its times, or, in the film's own, of what is said there. NotFound."""
    said = _said(store, task_id, languages.required(language))
    return subtitle_files.vtt(said) if form is Form.VTT else subtitle_files.srt(each.cue for each in said)


def _said(store: Store | RemoteStore, task_id: int, language: str) -> list[Said]:
    names = {member.label: member.name or member.label for member in store.cast.of(task_id).members}
    lines = store.lines.of(task_id)
    if dubbed := [line for line in lines if line.language == language]:
        cues = [Cue(Span(line.dub_start, line.dub_start + max(line.dub_seconds, BRIEFEST)), line.text) for line in dubbed]
        return _voiced(cues, dubbed, names)
    original = store.tasks.task(task_id).source_lang
    heard = [line for line in lines if not line.subtitled]  # the others know no words but their own
    if not heard or original is None or not languages.same(language, original):
        raise NotFound(f"task {task_id} has no dub in {language!r} yet; GET its lines to see which there are")
    heard = [line for line in heard if line.language == heard[0].language]
    return _voiced([Cue(Span(line.start, line.end), line.source_text) for line in heard], heard, names)


def _voiced(cues: Sequence[Cue], lines: Sequence[LineRow], names: dict[str, str]) -> list[Said]:
    return [
        Said(cue, names.get(line.speaker, line.speaker) if line.speaker else "") for cue, line in zip(cues, lines, strict=True)
    ]
