"""Subtitle export: a dub's lines, or the film's transcript, as SubRip or WebVTT."""

from collections.abc import Sequence
from enum import StrEnum

from pipeline.errors import NotFound
from pipeline.store.store import Store
from pipeline.text import languages
from pipeline.text.subtitles import subtitle_writer
from pipeline.text.subtitles.subtitle_writer import SpeakerCue
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Cue, Span, TextSource
from serve.store.remote_store import RemoteStore

MIN_CUE_S = 0.001  # of a line that keeps the original audio: its dub has no length


class SubtitleFormat(StrEnum):
    """Subtitle file format."""

    SRT = "srt"
    VTT = "vtt"


MEDIA_TYPES = {SubtitleFormat.SRT: "application/x-subrip", SubtitleFormat.VTT: "text/vtt"}


def export_subtitles(store: Store | RemoteStore, task_id: int, language: str, form: SubtitleFormat) -> str:
    """Export subtitles in a language: of the dub at its times, or the transcript in the film's own language. NotFound."""
    cues = _collect_cues(store, task_id, languages.require_tag(language))
    return (
        subtitle_writer.format_vtt(cues) if form is SubtitleFormat.VTT else subtitle_writer.format_srt(each.cue for each in cues)
    )


def _collect_cues(store: Store | RemoteStore, task_id: int, language: str) -> list[SpeakerCue]:
    names = {member.label: member.name or member.label for member in store.cast.get_cast(task_id).members}
    lines = [line for line in store.lines.list_lines(task_id) if line.text_source != TextSource.ADDED]  # no dub has them yet
    if dubbed := [line for line in lines if line.language == language]:
        cues = [Cue(Span(line.dub_start, line.dub_start + max(line.dub_seconds, MIN_CUE_S)), line.text) for line in dubbed]
        return _add_speaker_names(cues, dubbed, names)
    original = store.tasks.get(task_id).source_lang
    recognized = [line for line in lines if not line.subtitled]  # subtitled lines have no source text but their own
    if not recognized or original is None or not languages.is_same_language(language, original):
        raise NotFound(f"task {task_id} has no dub in {language!r} yet; GET its lines for their languages")
    recognized = [line for line in recognized if line.language == recognized[0].language]
    return _add_speaker_names([Cue(Span(line.start, line.end), line.source_text) for line in recognized], recognized, names)


def _add_speaker_names(cues: Sequence[Cue], lines: Sequence[LineRow], names: dict[str, str]) -> list[SpeakerCue]:
    return [
        SpeakerCue(cue, names.get(line.speaker, line.speaker) if line.speaker else "")
        for cue, line in zip(cues, lines, strict=True)
    ]
