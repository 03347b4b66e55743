"""What people want otherwise than the machine made it: of a line its words, its transcript, who says it, whether it is dubbed
at all; of a speaker a name, a voice, and whose voice is theirs too.

Edits are kept apart from what was found out, and laid over it by `revision`: whatever they leave alone stays in the cache.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum

FILM = ""  # in the place of a language: the edit holds for every dub whose lines are translated from the film's own


class Unchanged(Enum):
    """What a field holds that a change leaves alone. None takes back."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's word about one line; None where the machine's stands. `language`: BCP 47, or `FILM`."""

    language: str
    number: int
    text: str | None = None  # to be spoken, of this language alone
    skip: bool | None = None  # True: leave the line to the original, in this language alone
    source_text: str | None = None  # what is really said in the film
    speaker: str | None = None  # diarizer label of who really says it

    def __bool__(self) -> bool:
        return self != Edit(self.language, self.number)


@dataclass(frozen=True, slots=True)
class LineChange:
    """A wish about one line of the dub into `language`."""

    language: str
    number: int
    text: str | Unchanged | None = UNCHANGED
    skip: bool | Unchanged | None = UNCHANGED
    source_text: str | Unchanged | None = UNCHANGED
    speaker: str | Unchanged | None = UNCHANGED

    def applied(self, edit: Edit, *names: str) -> Edit:
        """The edit with those of the named fields that are to change."""
        wanted = {name: getattr(self, name) for name in names if getattr(self, name) is not UNCHANGED}
        if "skip" in wanted:
            wanted["skip"] = wanted["skip"] or None  # the machine skips nothing
        return replace(edit, **wanted)


@dataclass(frozen=True, slots=True)
class SpeakerEdit:
    """A person's word about one speaker. `name` is for eyes alone. `merged_into`: the label of who speaks for them.

    `chosen`: language → the voice, by its engine's name, or by the label of a speaker whose reference clip lends it.
    """

    label: str
    name: str | None = None
    merged_into: str | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpeakerChange:
    """A wish about one speaker. `voices`: of the languages named, the voice; None takes the choice back."""

    label: str
    name: str | Unchanged | None = UNCHANGED
    merged_into: str | Unchanged | None = UNCHANGED
    voices: Mapping[str, str | None] = field(default_factory=dict)

    def applied(self, edit: SpeakerEdit) -> SpeakerEdit:
        """The edit with what is to change."""
        chosen = {language: voice for language, voice in (dict(edit.chosen) | dict(self.voices)).items() if voice is not None}
        name = edit.name if self.name is UNCHANGED else self.name
        merged_into = edit.merged_into if self.merged_into is UNCHANGED else self.merged_into
        return SpeakerEdit(edit.label, name, merged_into, chosen)


@dataclass(frozen=True, slots=True)
class CastMember:
    """Somebody in a film, with what people say of them. `register`: "low", "high", or None where nobody knows.

    `voices`: language → the voice of the last dub; `chosen`: language → the voice that people chose. `lines`: how many they
    speak in the last dub. `clip`: the reference clip, relative to the artifacts folder.
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
    """Who speaks in a film, by speaking time; `choices`: language → the voices that its dub can have."""

    members: tuple[CastMember, ...]
    choices: Mapping[str, tuple[str, ...]]


def holding(edits: Iterable[Edit], language: str, *, subtitled: bool) -> dict[int, Edit]:
    """Line number → what holds for it in one dub. `subtitled`: its lines come from subtitles in its own language, which
    count them otherwise than the film does: of the film's edits none holds there.
    """
    found: dict[int, Edit] = {}
    for edit in edits:
        if edit.language == language:
            own = edit if subtitled else replace(edit, source_text=None, speaker=None)
            found[edit.number] = _joined(own, found.get(edit.number))
        elif edit.language == FILM and not subtitled:
            found[edit.number] = _joined(replace(edit, language=language), found.get(edit.number))
    return {number: edit for number, edit in found.items() if edit}


def _joined(one: Edit, other: Edit | None) -> Edit:
    """Two edits of a line that say nothing of each other's fields."""
    if other is None:
        return one
    said = {each.name: value for each in fields(Edit) if (value := getattr(one, each.name)) is not None}
    return replace(other, **said)


def speaks_for(label: str, merges: Mapping[str, str | None]) -> str:
    """The label at the end of a chain of merges; where it bites its own tail, the last before that."""
    met = [label]
    while (following := merges.get(met[-1])) is not None and following not in met:
        met.append(following)
    return met[-1]
