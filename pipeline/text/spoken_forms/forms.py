"""Spoken forms of one language: the data and the few functions by which numbers, dates, money and the like are said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Gender(Enum):
    """Grammatical gender of the noun that a number counts."""

    MASCULINE = "m"
    FEMININE = "f"


@dataclass(frozen=True, slots=True)
class Noun:
    """A counted noun: singular, plural, gender."""

    one: str
    many: str
    gender: Gender = Gender.MASCULINE

    def after(self, count: float) -> str:
        """The form that follows a count."""
        return self.one if abs(count) == 1 else self.many


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and its hundredth. `cent` is None where none is in use."""

    unit: Noun
    cent: Noun | None = None


def list_words(words: str) -> frozenset[str]:
    """A table of words, separated by spaces."""
    return frozenset(words.split())


@dataclass(frozen=True, slots=True)
class SpokenForms:
    """One language. Functions take whole numbers from 0 on; `gender` is of the noun that is counted."""

    language: str  # BCP 47, without region
    cardinal: Callable[[int, Gender | None], str]  # None: no noun follows
    ordinal: Callable[[int, Gender | None], str]  # None: shortened before a noun (primer, tercer)
    year: Callable[[int], str]
    decimal: Callable[[int, str], str]  # whole part, digits after the mark
    money: Callable[[int, int, Currency], str]  # units, hundredths
    time: Callable[[int, int, str], str]  # hour 0-23, minute, "am", "pm" or "" where the text says neither
    date: Callable[[int, int, int | None], str]  # day, month, year
    fraction: Callable[[int, int, Gender | None], str]  # numerator, denominator, gender of what is divided
    regnal: Callable[[int, str], str]  # of a name: 14 and Louis
    century: Callable[[int], str]  # of the word for century: siglo XX
    telephone: Callable[[str], str]  # digits and spaces
    gender_of: Callable[[str], Gender | None]  # of the word after a number, by its ending; None where it is no noun
    decimal_mark: str  # "," or "."; the other one groups thousands
    minus: str
    percent: str
    months: tuple[str, ...]  # January first
    century_words: frozenset[str]
    regnal_names: frozenset[str] = frozenset()  # words before a Roman numeral of any length: Pope, King; lower case: chapter, act
    roman_nouns: Mapping[str, Gender] = field(default_factory=dict)  # lower case, after a Roman numeral: guerra, edición
    plural_ending: str = ""  # a word without it is no noun after a number beyond one
    is_half_first: bool = False  # two and a half cups; else after the noun: dos tazas y media
    ordinal_marks: Mapping[str, Gender | None] = field(default_factory=dict)  # what follows a number: st, º, ª, er
    magnitudes: frozenset[str] = frozenset()  # million, billion: they stand between a sum and its currency
    magnitude_link: str = ""  # between a magnitude and the currency: "millones de euros"
    short_magnitudes: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # "m", "bn": one, more than one: $2M, €3bn
    currencies: Mapping[str, Currency] = field(default_factory=dict)
    units: Mapping[str, Noun] = field(default_factory=dict)
    per: str = ""  # of km/h
    duration_link: str = ""  # between hours and minutes: 2 h 10 min
    abbreviations: Mapping[str, str] = field(default_factory=dict)  # with their dots; case matters
    letters: Mapping[str, str] = field(default_factory=dict)  # names of the letters, upper case
    symbols: Mapping[str, str] = field(default_factory=dict)  # &, +, =, @ and the parts of addresses
    range_words: str = ""  # between two numbers: 3-5, 2:1
    hashtag: str = "hashtag"
    month_first: bool = False  # 12/05 is December 5
    decades: Callable[[str | None, str], str] | None = None  # century and decade digits of "1990s", where the language writes so
    prepare: Callable[[str], str] = str  # fixed expressions, before any rule: 9/11
    tidy: Callable[[str], str] = str  # contractions and articles once all is in words
