"""Film context for translation: synopsis, characters, terms that are translated the same everywhere, and forms of address."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Gender(StrEnum):
    """Grammatical gender of a character, in languages that mark it."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Character:
    """A character of the film. `speaker`: the diarizer's label. `manner`: how they speak, in a few words."""

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
class FilmContext:
    """Film context, found by reading the whole film. Empty for engines that translate line by line.

    `address`: who says what to whom where the target language has forms of address (tú or usted, du or Sie).
    """

    IDENTITY_NAME: ClassVar[str] = "Brief"  # in cache keys

    synopsis: str = ""
    characters: tuple[Character, ...] = ()
    terms: tuple[Term, ...] = ()
    address: str = ""
