"""Edits by users, and the cast. Of a line: its text, its source text, its speaker, its times, and if it is dubbed at all; lines that
users added; of a speaker: a name, a voice, and the speaker it is merged into.

Edits are stored apart from the answers of the stages, and `pipeline.apply_edits` applies them: answers that no edit changes stay
in the cache.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum

DUB_FIELDS = ("text", "skip", "locked")  # of a line change: fields of one dub
FILM_FIELDS = ("source_text", "speaker", "start", "end", "deleted")  # and those of the film
FLAGS = frozenset({"skip", "deleted", "locked"})
FILM_WIDE = ""  # in the place of a language: the edit holds for every dub whose lines are translated from the film's own


class Unchanged(Enum):
    """Sentinel of a field that a change leaves as it is. None removes the edit."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True)
class Edit:
    """Edit of one line; None in each field that is not edited. `language`: BCP 47, or `FILM_WIDE`."""

    language: str
    number: int
    text: str | None = None  # text to speak, in this language alone
    skip: bool | None = None  # True: keep the original audio, in this language alone
    source_text: str | None = None  # corrected transcript
    speaker: str | None = None  # diarizer label of the corrected speaker
    start: float | None = None  # s of the film
    end: float | None = None
    deleted: bool | None = None  # True: a false recognition; the line is not in the dub
    locked: bool | None = None  # True: protected from changes, in this language alone

    def __bool__(self) -> bool:
        return self != Edit(self.language, self.number)


@dataclass(frozen=True, slots=True)
class LineChange:
    """Requested change of one line of the dub into `language`."""

    language: str
    number: int
    text: str | Unchanged | None = UNCHANGED
    skip: bool | Unchanged | None = UNCHANGED
    source_text: str | Unchanged | None = UNCHANGED
    speaker: str | Unchanged | None = UNCHANGED
    start: float | Unchanged | None = UNCHANGED
    end: float | Unchanged | None = UNCHANGED
    deleted: bool | Unchanged | None = UNCHANGED
    locked: bool | Unchanged | None = UNCHANGED

    @property
    def changed_fields(self) -> tuple[str, ...]:
        """Names of the fields that it changes."""
        return tuple(name for name in (*DUB_FIELDS, *FILM_FIELDS) if getattr(self, name) is not UNCHANGED)

    def keep(self, *names: str) -> "LineChange":
        """Copy that changes the named fields alone, where this changes them."""
        return LineChange(self.language, self.number, **{name: getattr(self, name) for name in names})

    def apply_to(self, edit: Edit, *names: str) -> Edit:
        """Copy of an edit with this change's values in those of the named fields that it changes."""
        wanted = {name: getattr(self, name) for name in names if getattr(self, name) is not UNCHANGED}
        for name in FLAGS & wanted.keys():
            wanted[name] = wanted[name] or None  # the machine skips, deletes and locks nothing
        return replace(edit, **wanted)


@dataclass(frozen=True, slots=True)
class AddedLine:
    """Line that a user added. `language`: `FILM_WIDE` where it has a source text that each dub translates. Its number comes after
    those of all other lines: numbers are identities, and the order is by start.
    """

    language: str
    number: int
    start: float  # s of the film
    end: float
    speaker: str | None
    source_text: str = ""


@dataclass(frozen=True, slots=True)
class SpeakerEdit:
    """Edit of one speaker. `name`: only displayed. `merged_into`: the label of the speaker whose voice is used instead.

    `chosen`: language → the voice, by its engine's name, or by the label of a speaker whose reference clip lends it.
    """

    label: str
    name: str | None = None
    merged_into: str | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FilmEdits:
    """All edits of one film: of its lines and of its speakers. `pipeline.apply_edits` applies them to a dub in one step."""

    lines: tuple[Edit, ...] = ()
    speakers: tuple[SpeakerEdit, ...] = ()
    added: tuple[AddedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeakerChange:
    """Requested change of one speaker. `voices`: language → voice, for the languages that change; None removes the choice."""

    label: str
    name: str | Unchanged | None = UNCHANGED
    merged_into: str | Unchanged | None = UNCHANGED
    voices: Mapping[str, str | None] = field(default_factory=dict)

    def apply_to(self, edit: SpeakerEdit) -> SpeakerEdit:
        """Copy of an edit with this change's values."""
        chosen = {language: voice for language, voice in (dict(edit.chosen) | dict(self.voices)).items() if voice is not None}
        name = edit.name if self.name is UNCHANGED else self.name
        merged_into = edit.merged_into if self.merged_into is UNCHANGED else self.merged_into
        return SpeakerEdit(edit.label, name, merged_into, chosen)


@dataclass(frozen=True, slots=True)
class CastMember:
    """A speaker of a film with the edits of them. `register`: "low", "high", or None where it is unknown.

    `voices`: language → the voice of the last dub; `chosen`: language → the voice that a user chose. `lines`: their
    lines in the last dub. `clip`: the reference clip, relative to the artifacts folder.
    """

    label: str
    name: str | None
    seconds: float
    pitch: float | None  # Hz
    register: str | None
    lines: int
    merged_into: str | None
    voices: Mapping[str, str]
    chosen: Mapping[str, str]
    clip: str | None


@dataclass(frozen=True, slots=True)
class Cast:
    """Cast of a film: its speakers in the order in which they first speak. `choices`: language → the voices that its dub can have."""

    members: tuple[CastMember, ...]
    choices: Mapping[str, tuple[str, ...]]


def name_speakers(cast: Cast) -> dict[str, str]:
    """Speaker label → display name: the edited name, else `Speaker 1` and so on; the first one speaks first in the film."""
    return {member.label: member.name or f"Speaker {number}" for number, member in enumerate(cast.members, 1)}


def count_speakers(cast: Cast) -> int:
    """Number of the speakers of a film, those merged into one counted once."""
    return sum(member.merged_into is None for member in cast.members)


def select_edits(edits: Iterable[Edit], language: str, *, subtitled: bool) -> dict[int, Edit]:
    """Line number → the edits that apply to it in one dub. `subtitled`: the dub's lines come from subtitles in its own language,
    which are numbered differently from the film's lines: no film-wide edit applies there.
    """
    found: dict[int, Edit] = {}
    for edit in edits:
        if edit.language == language:
            own = edit if subtitled else replace(edit, source_text=None, speaker=None, start=None, end=None, deleted=None)
            found[edit.number] = _merge_edits(own, found.get(edit.number))
        elif edit.language == FILM_WIDE and not subtitled:
            found[edit.number] = _merge_edits(replace(edit, language=language), found.get(edit.number))
    return {number: edit for number, edit in found.items() if edit}


def _merge_edits(one: Edit, other: Edit | None) -> Edit:
    """Merge two edits of a line that set different fields."""
    if other is None:
        return one
    changes = {each.name: value for each in fields(Edit) if (value := getattr(one, each.name)) is not None}
    return replace(other, **changes)


def resolve_merged_speaker(label: str, merges: Mapping[str, str | None]) -> str:
    """Label at the end of a chain of merges of speakers; in a cycle, the last label before it repeats."""
    met = [label]
    while (following := merges.get(met[-1])) is not None and following not in met:
        met.append(following)
    return met[-1]
