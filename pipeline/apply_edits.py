"""Application of the users' edits to the script of a dub, in one step, between its stages.

No edit changes the question of an earlier stage: the film is segmented, translated and cast as without edits, from the cache.
Only a line whose transcript is corrected is translated again, and one that was added without a text.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.editing.line_structure import (
    arrange_lines,
    describe_impossible_times,
    describe_lost_lines,
    list_new_spans,
    make_added_lines,
    split_by_number,
    subtract_spans,
)
from pipeline.errors import StageError
from pipeline.stages.synthesize import is_speakable
from pipeline.stages.translate import Translation
from pipeline.values.edits import Edit, FilmEdits, SpeakerEdit, resolve_merged_speaker, select_edits
from pipeline.values.timeline import Line, Segment, Span, TextSource, Voice

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Script:
    """Lines and voices of one dub before synthesis. `translation`: every line, also those that keep the original audio.

    `voices`: diarizer label → voice, in order of speaking time. `subtitled`: the lines are those of subtitles in this language.
    """

    language: str
    translation: Translation
    voices: Mapping[str, Voice]
    subtitled: bool = False
    number_shift: int = 0  # of the lines of a preview among those of the whole film
    part: "Script | None" = None  # of the preview, as it was
    unrecognized: tuple[Span, ...] = ()  # speech without words, which keeps the original audio

    @property
    def previewed_numbers(self) -> range:
        """Numbers of the lines that were dubbed in a preview before."""
        count = len(self.part.translation.lines) if self.part else 0
        return range(self.number_shift + 1, self.number_shift + 1 + count)


def list_retimed_lines(draft: Script, script: Script) -> tuple[Line, ...]:
    """The lines of an edited script that have other times than in its draft, or were added."""
    former = {line.number: line.span for line in draft.translation.lines}
    return tuple(line for line in script.translation.lines if former.get(line.number) != line.span)


def join_scripts(rest: Script, part: Script, offset: float) -> Script:
    """The script of a whole film, of its rest and of a part that was previewed, whose lines begin `offset` seconds later. The part's
    lines and voices stay; a speaker of the rest who has the voice of another gets the one that this other would have had.
    """
    moved = [_move_line(line, offset) for line in part.translation.lines]
    ordered = sorted((*rest.translation.lines, *moved), key=lambda line: line.span)
    lines = tuple(replace(line, segment=replace(line.segment, number=number)) for number, line in enumerate(ordered, 1))
    notes = (*rest.translation.notes, *part.translation.notes)
    translation = Translation(lines, rest.translation.usage + part.translation.usage, tuple(dict.fromkeys(notes)))
    shift = sum(line.span < min(each.span for each in moved) for line in rest.translation.lines) if moved else 0
    unrecognized = (*rest.unrecognized, *(Span(span.start + offset, span.end + offset) for span in part.unrecognized))
    voices = keep_voices(rest.voices, part.voices)
    return Script(rest.language, translation, voices, rest.subtitled, shift, part, tuple(sorted(unrecognized)))


def _move_line(line: Line, offset: float) -> Line:
    span = Span(line.span.start + offset, line.span.end + offset)
    return replace(line, segment=replace(line.segment, span=span))


def keep_voices(cast: Mapping[str, Voice], kept: Mapping[str, Voice]) -> Mapping[str, Voice]:
    """The cast with the voices that speakers have kept. The voices trade places, so that none is given twice for that."""
    voices = dict(cast)
    for label, voice in kept.items():
        before = voices.get(label)
        holder = next((other for other, each in voices.items() if each.name == voice.name and other not in kept), None)
        if holder and before and before.name != voice.name:
            voices[holder] = replace(before, speaker=holder)
        voices[label] = voice
    return voices


def shift_edits(edits: FilmEdits, shift: int) -> FilmEdits:
    """Edits of a preview's lines, by the numbers that these have in the whole film."""
    return replace(edits, lines=tuple(replace(edit, number=edit.number + shift) for edit in edits.lines)) if shift else edits


def apply_edits(
    script: Script,
    edits: FilmEdits,
    *,
    retranslate: Callable[[Mapping[int, str], Sequence[Segment]], Translation],
    list_voices: Callable[[], Collection[str]],
) -> Script:
    """The script with all edits that concern it: texts, transcripts, speakers, times, added, deleted and skipped lines, merges and
    chosen voices.

    `retranslate`: the lines of corrected transcripts (number → source text) translated again, and added segments translated.
    `list_voices`: the names that a speaker's voice can have. Both are called only where an edit needs them. StageError where a chosen
    voice is not one of them.
    """
    edits = drop_unknown_speakers(edits, script.voices)
    wanted = select_edits(edits.lines, script.language, subtitled=script.subtitled)
    found = make_added_lines(edits.added, script.language, subtitled=script.subtitled)
    added, lost = split_by_number(found, {line.number for line in script.translation.lines})
    wanted = {number: edit for number, edit in wanted.items() if number not in {line.number for line in lost}}
    translation = _translate_edited(script, added, wanted, retranslate)
    merges = {edit.label: edit.merged_into for edit in edits.speakers}
    lines = [edit_line(line, wanted.get(line.number, Edit(script.language, line.number)), merges) for line in translation.lines]
    arranged = arrange_lines(lines, wanted)
    notes = (*describe_lost_lines(lost), *describe_impossible_times(lines, wanted))
    return replace(
        script,
        translation=replace(translation, lines=arranged, notes=(*translation.notes, *notes)),
        voices=assign_voices(script.voices, edits.speakers, script.language, list_voices=list_voices),
        unrecognized=subtract_spans(script.unrecognized, list_new_spans(arranged, script.translation.lines)),
    )


def _translate_edited(
    script: Script,
    added: Sequence[Line],
    wanted: Mapping[int, Edit],
    retranslate: Callable[[Mapping[int, str], Sequence[Segment]], Translation],
) -> Translation:
    """The script's translation with the added lines; they and those of corrected transcripts are translated where no text is given."""
    translation = replace(script.translation, lines=(*script.translation.lines, *added))
    if script.subtitled:
        return translation
    edits = {line.number: wanted.get(line.number, Edit(script.language, line.number)) for line in added}
    texts = {line.number: edits[line.number].source_text or line.segment.text for line in added}
    segments = [
        replace(line.segment, text=texts[line.number])
        for line in added
        if texts[line.number] and edits[line.number].text is None and not edits[line.number].deleted
    ]
    corrections = select_corrections(script.translation.lines, wanted)
    return replace_lines(translation, retranslate(corrections, segments)) if corrections or segments else translation


def drop_unknown_speakers(edits: FilmEdits, labels: Collection[str]) -> FilmEdits:
    """The edits without those that name a speaker who is not (any more) in the film: another diarizer finds other speakers."""
    lines, speakers, unknown = [], [], set[str]()
    for edit in edits.lines:
        if edit.speaker is not None and edit.speaker not in labels:
            unknown.add(edit.speaker)
            edit = replace(edit, speaker=None)  # noqa: PLW2901 -- the rest of it stands
        lines.append(edit)
    for speaker in edits.speakers:
        named = {label for label in (speaker.label, speaker.merged_into) if label is not None}
        if named <= set(labels):
            speakers.append(speaker)
        else:
            unknown |= named - set(labels)
    if unknown:
        log.warning("edits: nobody in the film is called %s any more; what was edited of them is left out", sorted(unknown))
    added = (line if line.speaker in labels else replace(line, speaker=None) for line in edits.added)
    return FilmEdits(tuple(lines), tuple(speakers), tuple(added))


def select_corrections(lines: Iterable[Line], wanted: Mapping[int, Edit]) -> dict[int, str]:
    """Number → corrected source text of the lines to translate again: none whose text is edited, too, or that are deleted."""
    edits = (wanted[line.number] for line in lines if line.number in wanted and not wanted[line.number].deleted)
    return {edit.number: edit.source_text for edit in edits if edit.source_text is not None and edit.text is None}


def replace_lines(film: Translation, corrected: Translation) -> Translation:
    """The translation of the film with the lines that were translated again, their usage and notes added."""
    found = {line.number: line for line in corrected.lines}
    lines = tuple(found.get(line.number, line) for line in film.lines)
    return Translation(lines, film.usage + corrected.usage, film.notes + corrected.notes)


def edit_line(line: Line, edit: Edit, merges: Mapping[str, str | None]) -> Line:
    """The line with its edit: its text, its source text, its speaker (`merges` followed), and if it is dubbed at all."""
    text, speaker = line.segment.text, edit.speaker or line.segment.speaker
    segment = replace(
        line.segment,
        text=text if edit.source_text is None else edit.source_text,
        confidence=line.segment.confidence if edit.source_text is None else None,  # a person heard it
        speaker=speaker and resolve_merged_speaker(speaker, merges),
    )
    edited = replace(line, segment=segment)
    if edit.text is not None:
        edited = replace(edited, text=edit.text, source=TextSource.EDIT, untranslated=())
    return replace(edited, source=TextSource.SKIP) if edit.skip else edited


def is_dubbed(line: Line) -> bool:
    """True if the dub speaks the line; any other keeps the original audio."""
    return line.source not in {TextSource.SKIP, TextSource.ORIGINAL} and is_speakable(line.text)


def assign_voices(
    cast: Mapping[str, Voice], speakers: Iterable[SpeakerEdit], language: str, *, list_voices: Callable[[], Collection[str]]
) -> Mapping[str, Voice]:
    """Label → voice: as cast, as chosen, or that of the speaker it was merged into.

    `list_voices`: names of the synthesizer's voices; where it clones, the labels of speakers whose reference clips lend one, too.
    """
    speakers = tuple(speakers)
    chosen = {edit.label: name for edit in speakers if edit.label in cast and (name := edit.chosen.get(language))}
    names = list_voices() if chosen else ()
    own = dict(cast)
    for label, name in chosen.items():
        if name not in names:
            raise StageError(
                "voice",
                f"{label} was given the voice {name!r} in {language!r}, which the synthesizer does not have; "
                "choose another one, or none",
            )
        own[label] = _choose_voice(cast[label], name, cast)
    merges = {edit.label: edit.merged_into for edit in speakers}
    return {label: own[resolve_merged_speaker(label, merges)] for label in own}


def _choose_voice(voice: Voice, name: str, lenders: Mapping[str, Voice]) -> Voice:
    """A voice by its name, which may be the label of a speaker whose reference clip lends it."""
    if name in lenders:
        return replace(lenders[name], speaker=voice.speaker)
    as_cast = name == voice.name and voice.reference is None
    return voice if as_cast else Voice(voice.speaker, name)
