"""Spoken forms that Romance languages share: telephone numbers digit by digit, dates, the gender of a noun by its ending, kings and queens."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from pipeline.text.spoken_forms.forms import Gender

LAST_ORDINAL = 10  # of kings and queens: Luis catorce


def spell_digits(text: str, cardinal: Callable[[int], str], plus: str) -> str:
    """A telephone number digit by digit, with a pause between groups. `plus`: the word for a leading +."""
    said = ", ".join(" ".join(cardinal(int(digit)) for digit in group) for group in re.findall(r"\d+", text))
    return f"{plus} {said}" if text.startswith("+") else said


def spell_date(
    day: int, month: int, year: int | None, *, cardinal: Callable[[int], str], first: str, months: Sequence[str], link: str
) -> str:
    """A date with its day first. `first`: the word for the first of a month; `link`: between day, month and year."""
    named = f"{first if day == 1 else cardinal(day)}{link}{months[month - 1]}"
    return f"{named}{link}{cardinal(year)}" if year else named


@dataclass(frozen=True, slots=True)
class NounEndings:
    """Gender of nouns by their endings. `others`: words that are no nouns; `masculine`: exceptions to `feminine`."""

    feminine: re.Pattern[str]
    masculine: re.Pattern[str]
    others: Collection[str]

    def find_gender(self, noun: str) -> Gender | None:
        """The gender of a noun; None for what is none."""
        word = noun.casefold()
        if not word or word in self.others:
            return None
        is_feminine = self.feminine.fullmatch(word) and not self.masculine.fullmatch(word)
        return Gender.FEMININE if is_feminine else Gender.MASCULINE


def spell_ruler(
    number: int,
    name: str,
    *,
    kings: Collection[str],
    queens: Collection[str],
    cardinal: Callable[[int], str],
    ordinal: Callable[[int, Gender], str],
) -> str:
    """Ordinals of kings and queens up to ten, cardinals beyond and of all else: Felipe segundo, Luis catorce, Rocky cuatro."""
    if number > LAST_ORDINAL or not (name in kings or name in queens):
        return cardinal(number)
    return ordinal(number, Gender.FEMININE if name in queens else Gender.MASCULINE)
