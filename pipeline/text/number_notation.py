"""Number notation: decimal marks, grouping and the order of dates carried from the source language's convention to the target's.

Translators often copy numbers as they stand. `1,234` is a thousand in English and a little more than one in Spanish, and
`12/05/2024` is in December or in May: what a translation copied is rewritten, what it converted is left alone.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

NUMBER = re.compile(r"(?<![\w.,/-])\d+(?:[.,]\d+)+(?![\w/-]|[.,]\d)")
DATE = re.compile(r"(?<![\w.,/-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\w/-]|[.,]\d)")
SWAPPED_MARKS = str.maketrans(",.", ".,")
GROUP = 3  # digits between two grouping marks


@lru_cache(maxsize=64)
def find_decimal_mark(language: str) -> str:
    """Comma or point, from CLDR; a point for a language that CLDR does not list. `language`: BCP 47."""
    locale = _parse_locale(language)
    symbols = locale.number_symbols.get("latn", {}) if locale else {}
    return str(symbols.get("decimal", "."))


@lru_cache(maxsize=64)
def is_month_first(language: str) -> bool:
    """True where a short date begins with its month (American English), from CLDR."""
    locale = _parse_locale(language)
    return locale is not None and str(locale.date_formats["short"].pattern).lower().startswith("m")


def _parse_locale(language: str) -> "Locale | None":
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        base = language.split("-", maxsplit=1)[0]
        return _parse_locale(base) if base != language else None


def convert_notation(translation: str, source: str, *, source_language: str, target_language: str) -> str:
    """The translation with the numbers and dates that it copied from `source` written by the target's convention."""
    if is_month_first(source_language) != is_month_first(target_language):
        for match in DATE.finditer(source):
            swapped = f"{match[3]}{match[2]}{match[1]}{match[2]}{match[4]}"
            if int(match[1]) <= 12 or is_month_first(source_language):
                translation = _replace(translation, match[0], swapped)
    mark, other = find_decimal_mark(source_language), find_decimal_mark(target_language)
    if mark == other:
        return translation
    for match in NUMBER.finditer(source):
        if is_plain_number(match[0], mark):
            translation = _replace(translation, match[0], match[0].translate(SWAPPED_MARKS))
    return translation


def is_plain_number(text: str, decimal_mark: str) -> bool:
    """True for digits with correct groups of three or one decimal mark: `1,234.5` with "." as the mark; neither `1.2.3` nor a date."""
    group = "," if decimal_mark == "." else "."
    whole, _, decimals = text.partition(decimal_mark)
    parts = whole.split(group)
    is_grouped = len(parts) == 1 or (0 < len(parts[0]) <= GROUP and all(len(part) == GROUP for part in parts[1:]))
    return is_grouped and (decimal_mark not in text or decimals.isdigit())


def _replace(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\w.,/-]){re.escape(old)}(?![\w/-]|[.,]\d)", new, text)
