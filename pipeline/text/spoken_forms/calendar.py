"""Dates and times of day, said in words."""

import re
from functools import lru_cache

from pipeline.text.spoken_forms.forms import SpokenForms

NUMERIC_DATE = re.compile(r"(?<![\d/.,-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|[.,]\d)")
ISO_DATE = re.compile(r"(?<![\d/.-])(\d{4})-(\d{2})-(\d{2})(?![\d/-])")
HALF_DAY = r"[ap]\.?[ \u00a0]?m\b\.?"
TIME = re.compile(
    rf"(?<![\d:.,])(?P<hour>\d{{1,2}})(?::(?P<minute>\d{{2}})(?::\d{{2}})?|[ \u00a0]?h[ \u00a0]?(?P<minute_after_h>\d{{2}}))(?![\d:]|\s?min)"
    rf"(?:[ \u00a0]?(?P<mark>{HALF_DAY}|h(?:rs?)?\b\.?))?",
    re.IGNORECASE,
)
HOUR = re.compile(
    rf"(?<![\d:.,])(?P<hour>\d{{1,2}})(?P<point>\.(?P<minute>\d{{2}}))?[ \u00a0]?(?P<mark>{HALF_DAY}|(?(point)h\b\.?|(?!)))",
    re.IGNORECASE,
)  # `14 h` is left to the units
DURATION = re.compile(r"(?<=\d)[ \u00a0]?h[ \u00a0]?(\d{1,2})[ \u00a0]?m(?:in)?\b")
PIVOT_YEAR = 50  # two digits from here on are of the last century


def spell_dates(text: str, forms: SpokenForms) -> str:
    """`12/05/2024`, `2024-05-12`, and the day beside the name of a month."""

    def spell_numeric(match: re.Match[str]) -> str:
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if len(match[4]) == 2:
            year += 1900 if year >= PIVOT_YEAR else 2000
        day, month = (second, first) if forms.month_first else (first, second)
        if month > 12 >= day:
            day, month = month, day
        return forms.date(day, month, year) if 1 <= month <= 12 and 1 <= day <= 31 else match[0]

    def spell_iso(match: re.Match[str]) -> str:
        year, month, day = map(int, match.groups())
        return forms.date(day, month, year) if 1 <= month <= 12 and 1 <= day <= 31 else match[0]

    text = NUMERIC_DATE.sub(spell_numeric, ISO_DATE.sub(spell_iso, text))
    month_then_day, day_then_month = _named_dates(forms)
    text = month_then_day.sub(lambda match: _spell_named(match["month"], match["day"], match["year"], forms), text)
    return day_then_month.sub(lambda match: _spell_named(match["month"], match["day"], match["year"], forms), text)


@lru_cache(maxsize=16)
def _patterns_of(months: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True))
    day, year = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|[º.]{1,2}|°)?", r"(?P<year>\d{4})"
    return (
        re.compile(rf"\b(?P<month>{names})\.?\s{day}\b(?![:.,]\d|\s?[ap]\.?m)(?:,?\s{year}\b)?", re.IGNORECASE),
        re.compile(rf"(?<![\d:.,]){day}\s(?:de\s|d['’]\s?|of\s)?(?P<month>{names})\b(?:,?\s(?:de[l]?\s)?{year}\b)?", re.IGNORECASE),
    )  # fmt: skip


def _named_dates(forms: SpokenForms) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return _patterns_of(forms.months)


def _spell_named(month: str, day: str, year: str | None, forms: SpokenForms) -> str:
    number = [name.casefold() for name in forms.months].index(month.casefold()) + 1
    return forms.date(int(day), number, int(year) if year else None) if 1 <= int(day) <= 31 else f"{day} {month} {year or ''}"


def spell_times(text: str, forms: SpokenForms) -> str:
    """`10:30 p.m.`, `22h15`, `9 a.m.`: the hour is said by the clock of the language."""
    text = DURATION.sub(f" h {forms.duration_link} ".replace("  ", " ") + r"\1 min", text)  # 2h10min
    for pattern in (TIME, HOUR):
        text = pattern.sub(lambda match: _spell_time(match, forms), text)
    return text


def _spell_time(match: re.Match[str], forms: SpokenForms) -> str:
    hour, minute, mark = (
        int(match["hour"]),
        int(match["minute"] or match.groupdict().get("minute_after_h") or 0),
        match["mark"] or "",
    )
    if hour > 24 or minute > 59:
        return match[0]
    half = re.sub(r"[^apm]", "", mark.lower())
    rest = match.string[match.end() : match.end() + 2].lstrip()
    stop = "." if mark.endswith(".") and (not rest or rest[0].isupper()) else ""  # the sentence's, which "p.m." holds
    return forms.time(hour % 24, minute, half if half in {"am", "pm"} else "") + stop
