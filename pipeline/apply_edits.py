"""What people want otherwise, laid over what the stages answered: pure functions, between the stages.

Nothing here changes a question about anything else: the film is segmented, cast and translated as before, and the answers
are in the cache. Only what an edit speaks of is asked anew.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.engines.protocols import Passage
from pipeline.errors import StageError
from pipeline.stages.synthesize import is_speakable
from pipeline.stages.translate import CONTEXT_SEGMENTS, Translation
from pipeline.values.edits import Edit, SpeakerEdit, resolve_merged_speaker, select_edits
from pipeline.values.film_context import Brief
from pipeline.values.timeline import Line, Segment, TextSource, Voice

log = logging.getLogger(__name__)


def meant(
    edits: Iterable[Edit], speakers: Iterable[SpeakerEdit], labels: Collection[str]
) -> tuple[tuple[Edit, ...], tuple[SpeakerEdit, ...]]:
    """The edits without those that name a speaker who is not (any more) in the film: another diarizer hears others."""
    lines, people, lost = [], [], set[str]()
    for edit in edits:
        if edit.speaker is not None and edit.speaker not in labels:
            lost.add(edit.speaker)
            edit = replace(edit, speaker=None)  # noqa: PLW2901 -- the rest of it stands
        lines.append(edit)
    for person in speakers:
        named = {person.label, person.merged_into} - {None}
        if named <= set(labels):
            people.append(person)
        else:
            lost |= {label for label in named if label and label not in labels}
    if lost:
        log.warning("revision: nobody in the film is called %s any more; what was edited of them is left out", sorted(lost))
    return tuple(lines), tuple(people)


def corrections(segments: Sequence[Segment], edits: Iterable[Edit], brief: Brief, language: str) -> tuple[Passage, ...]:
    """The lines whose transcript was corrected, each a passage of its own between its neighbours; none that has other words.

    The neighbours stand as they were heard, so that the next correction leaves this one's translation alone.
    """
    wanted = select_edits(edits, language, subtitled=False)
    return tuple(
        Passage(
            (replace(segment, text=edit.source_text),),
            tuple(segments[max(0, at - CONTEXT_SEGMENTS) : at]),
            tuple(segments[at + 1 : at + 1 + CONTEXT_SEGMENTS]),
            brief,
        )
        for at, segment in enumerate(segments)
        if (edit := wanted.get(segment.number)) and edit.source_text is not None and edit.text is None
    )


def corrected(film: Translation, parts: Translation) -> Translation:
    """The translation of the film with the lines that were translated anew."""
    anew = {line.number: line for line in parts.lines}
    lines = tuple(anew.get(line.number, line) for line in film.lines)
    return Translation(lines, film.usage + parts.usage, film.notes + parts.notes)


def revised(
    lines: Iterable[Line], edits: Iterable[Edit], speakers: Iterable[SpeakerEdit], language: str, *, subtitled: bool
) -> tuple[Line, ...]:
    """The lines of a dub as people want them: their words, what is said in the film, who says it, and what is left alone."""
    wanted, merges = select_edits(edits, language, subtitled=subtitled), _merges(speakers)
    return tuple(_revised(line, wanted.get(line.number, Edit(language, line.number)), merges) for line in lines)


def _revised(line: Line, edit: Edit, merges: Mapping[str, str | None]) -> Line:
    said, speaker = line.segment.text, edit.speaker or line.segment.speaker
    segment = replace(
        line.segment,
        text=said if edit.source_text is None else edit.source_text,
        speaker=speaker and resolve_merged_speaker(speaker, merges),
    )
    revision = replace(line, segment=segment)
    if edit.text is not None:
        revision = replace(revision, text=edit.text, source=TextSource.EDIT)
    return replace(revision, source=TextSource.SKIP) if edit.skip else revision


def is_dubbed(line: Line) -> bool:
    """Whether the dub speaks the line; the original is heard in the others."""
    return line.source is not TextSource.SKIP and is_speakable(line.text)


def cast(
    voices: Sequence[Voice], speakers: Sequence[SpeakerEdit], language: str, *, offered: Collection[str]
) -> Mapping[str, Voice]:
    """Label → the voice that speaks for it: as cast, as chosen, or that of whoever it was merged into.

    `offered`: names that the synthesizer knows; where it clones, the labels of those whose reference clips lend a voice too.
    StageError where somebody was given a voice that there is not.
    """
    found = {voice.speaker: voice for voice in voices}
    own = dict(found)
    for edit in speakers:
        if edit.label in own and (name := edit.chosen.get(language)):
            if name not in offered:
                raise StageError(
                    "voice",
                    f"{edit.label} was given the voice {name!r} in {language!r}, which the synthesizer does not have; "
                    "choose another one, or none",
                )
            own[edit.label] = _lent(found[edit.label], name, found)
    merges = _merges(speakers)
    return {label: own[resolve_merged_speaker(label, merges)] for label in own}


def _lent(voice: Voice, name: str, lenders: Mapping[str, Voice]) -> Voice:
    """A voice by its name, which may be the label of a speaker who lends theirs."""
    if name in lenders:
        return replace(lenders[name], speaker=voice.speaker)
    as_cast = name == voice.name and voice.reference is None
    return voice if as_cast else Voice(voice.speaker, name)


def _merges(speakers: Iterable[SpeakerEdit]) -> dict[str, str | None]:
    return {edit.label: edit.merged_into for edit in speakers}
