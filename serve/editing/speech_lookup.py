"""Lookup of a line as it would be spoken: its voice, its delivery and the pronunciations of its terms, from the store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pipeline.cache.cache_codec import CACHE_MISS, AnswerCodec
from pipeline.errors import EditRefused, NotFound
from pipeline.line_synthesis import SpokenLine
from pipeline.prosody.delivery import Delivery
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.text import glossary
from pipeline.text.pronunciation.lexicon import Lexicon
from pipeline.values.edits import Cast, resolve_merged_speaker
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Line, Segment, Slot, Span, TextSource, Voice
from serve.intake.library_glossary import read_library_glossary
from serve.store.remote_store import RemoteStore

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class SpeechLookup:
    """Speech of one dub: its lines by number, its cast, its voices by speaker label, and the lexicon of its glossaries."""

    language: str
    lines: Mapping[int, LineRow]
    cast: Cast
    voices: Mapping[str, Voice]
    deliveries: Mapping[int, Delivery]
    lexicon: Lexicon

    def find_line(self, number: int) -> LineRow:
        """Find a line. NotFound."""
        if number not in self.lines:
            raise NotFound(f"the dub into {self.language!r} has no line {number}; GET the task's lines for their numbers")
        return self.lines[number]

    def find_voice(self, label: str | None, chosen: str | None = None) -> Voice:
        """Find the voice of a speaker: `chosen` by its name, else as the user chose it, else that of the last dub. EditRefused."""
        merges = {member.label: member.merged_into for member in self.cast.members}
        speaker = resolve_merged_speaker(label, merges) if label else ""
        member = next((each for each in self.cast.members if each.label == speaker), None)
        name = chosen or (member.chosen.get(self.language) if member else None)
        known = self.voices.get(speaker) or next(iter(self.voices.values()), None)
        if name is None:
            if known is None and member and self.language in member.voices:  # a dub from before voices were kept with it
                return Voice(speaker, member.voices[self.language])
            if known is None:
                raise EditRefused(f"no voice of {speaker or 'this line'} is known in {self.language!r}; dub the film again first")
            return known
        if name not in self.cast.choices.get(self.language, ()):
            raise EditRefused(f"there is no voice {name[:60]!r} in {self.language!r}; GET the speakers to see the choices")
        if name in self.voices:  # the label of a speaker whose reference clip lends the voice
            return replace(self.voices[name], speaker=speaker)
        return known if known and known.name == name and known.reference is None else Voice(speaker, name)

    def speak(self, row: LineRow, text: str, *, voice: str | None = None, speaker: str | None = None) -> SpokenLine:
        """The line with another text, as its speaker would speak it; with the voice of another name, where one is given."""
        label = speaker or (row.edit.speaker if row.edit else None) or row.speaker
        line = Line(Segment(row.number, Span(row.start, row.end), row.source_text, label), text, self.language, TextSource.EDIT)
        delivery = self.deliveries.get(row.number, Delivery())
        return SpokenLine(line, self.find_voice(label, voice), delivery).pronounce(self.lexicon)


def find_slot(row: LineRow) -> Slot:
    """The slot of a line: its span, with the silence that it may borrow."""
    return Slot(Span(row.start, row.end), max(row.end, row.latest_end))


def look_up_speech(store: Store | RemoteStore, settings: Settings, task_id: int, language: str) -> SpeechLookup:
    """Look up the speech of a dub. NotFound for an unknown task."""
    rows = {row.number: row for row in store.lines.list_lines(task_id, language)}
    voices, deliveries = AnswerCodec(Voice, settings.artifacts), AnswerCodec(Delivery, settings.artifacts)
    own = glossary.parse_glossary(store.lines.get_glossary(task_id))
    entries = glossary.merge_glossaries(read_library_glossary(settings), own)
    return SpeechLookup(
        language=language,
        lines=rows,
        cast=store.cast.get_cast(task_id),
        voices=_read_answers(store.takes.list_voices(task_id, language), voices),
        deliveries=_read_answers(store.takes.list_deliveries(task_id, language, tuple(rows)), deliveries),
        lexicon=glossary.select_pronunciations(entries, language),
    )


def _read_answers(texts: Mapping[K, str], codec: AnswerCodec) -> dict[K, Any]:
    """Parse the JSON of each; what names a file that is gone is left out."""
    return {key: answer for key, text in texts.items() if (answer := codec.read_answer(text)) is not CACHE_MISS}
