"""What a translator should know of a film before its first line: who speaks, how, and which words are settled."""

from dataclasses import dataclass
from enum import StrEnum


class Gender(StrEnum):
    """How a language that marks gender must speak of, and as, a character."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in the film. `speaker`: the diarizer's label. `manner`: how they speak, in a few words."""

    speaker: str
    name: str = ""
    gender: Gender | None = None
    manner: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or name that is always translated the same way."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Brief:
    """What was found out by reading the whole film. Empty for engines that translate line by line.

    `address`: who says what to whom where the target language has forms of address (tú or usted, du or Sie).
    """

    synopsis: str = ""
    characters: tuple[Character, ...] = ()
    terms: tuple[Term, ...] = ()
    address: str = ""
