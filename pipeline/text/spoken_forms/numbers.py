"""Numbers said in words: cardinals, ordinals, years, decades, fractions, ranges, Roman numerals, telephone numbers."""

import re
from functools import lru_cache

from pipeline.text.spoken_forms.forms import SpokenForms
from pipeline.text.spoken_forms.notation import FRACTIONS, find_numbers, parse_number, parse_roman

TELEPHONE = re.compile(
    r"(?<![\w.,-])(?:\+\d{1,3}[ \u00a0.-]?)?(?:\(\d{2,4}\)[ \u00a0]?)?\d{2,4}(?:[ \u00a0.-]\d{2,4}){1,5}(?![\w-]|[.,]\d)"
)
MIN_TELEPHONE_DIGITS, MAX_TELEPHONE_DIGITS = 7, 15
MAX_SPELLED_DIGITS = 15  # a longer number is said digit by digit
RANGE = re.compile(r"(?<![\w.,/-])(\d{1,4})\s?[-–—]\s?(\d{1,4})(?![\w/-]|[.,]\d)")
SLASHED = re.compile(r"(?<![\w/.,])(?:(\d{1,3}) )?(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)(\s[^\W\d_]+)?")
VULGAR = re.compile(rf"(?:(?<![\w.,])(\d{{1,3}})\s?)?([{''.join(FRACTIONS)}])(\s[^\W\d_]+)?")
MAX_DENOMINATOR = 12
ROMAN_AFTER = re.compile(r"(?P<name>\b[^\W\d_]\w+)(?P<space>\s)(?P<numeral>[IVXLC]+)(?P<mark>e|er|ème|º)?\b")
ROMAN_BEFORE = re.compile(r"\b(?P<numeral>[IVXLC]+)(?:e|er|ème|º|ᵉ)?\s(?P<noun>[^\W\d_]+)")
MIN_YEAR, MAX_YEAR = 1100, 2099


def spell_telephones(text: str, forms: SpokenForms) -> str:
    """`555-0123`, `+34 600 123 456`: seven digits or more in groups."""

    def spell(match: re.Match[str]) -> str:
        count = sum(letter.isdigit() for letter in match[0])
        is_grouped = re.fullmatch(r"\d{1,3}([ \u00a0.]\d{3})+", match[0]) and match[0][0] != "0"
        is_years = re.fullmatch(r"\d{4}[-–]\d{4}", match[0])
        if is_years or not MIN_TELEPHONE_DIGITS <= count <= MAX_TELEPHONE_DIGITS or (is_grouped and "." in match[0]):
            return match[0]
        if is_grouped and len(match[0].split()) == 3 and len(match[0].split()[0]) < 3:
            return match[0]  # 1 234 567
        return forms.telephone(match[0])

    return TELEPHONE.sub(spell, text)


def spell_ordinals(text: str, forms: SpokenForms) -> str:
    """`1st`, `2º`, `3ª`, `1er`."""
    marks = "|".join(sorted(map(re.escape, forms.ordinal_marks), key=len, reverse=True))
    if not marks:
        return text
    return re.sub(
        rf"(?<![\w.,])(\d{{1,4}})\.?({marks})(?!\w)",
        lambda match: forms.ordinal(int(match[1]), forms.ordinal_marks[match[2]]),
        text,
    )


def spell_fractions(text: str, forms: SpokenForms) -> str:
    """`½`, `2 ½`, `3/4`, in the gender of the noun after it."""

    def join(whole: str | None, numerator: int, denominator: int, noun: str) -> str:
        words = forms.fraction(numerator, denominator, None if whole else forms.gender_of(noun.strip()))
        return f"{forms.cardinal(int(whole), None)} {forms.symbols.get('and', '')} {words}" if whole else words

    def spell_sign(match: re.Match[str]) -> str:
        return f"{join(match[1], *FRACTIONS[match[2]], match[3] or '')} {(match[3] or '').lstrip()}"

    def spell_slashed(match: re.Match[str]) -> str:
        numerator, denominator = int(match[2]), int(match[3])
        if not 0 < numerator < denominator <= MAX_DENOMINATOR:
            return match[0]
        return join(match[1], numerator, denominator, match[4] or "") + (match[4] or "")

    text = VULGAR.sub(spell_sign, text)
    return SLASHED.sub(spell_slashed, text)


def spell_decades(text: str, forms: SpokenForms) -> str:
    """`1990s`, `'60s`: where the language writes decades so."""
    say = forms.decades
    if say is None:
        return text
    return re.sub(r"(?<!\w)(?:['’]?(\d0)|(\d{2})(\d0))['’]?s\b", lambda match: say(match[2], match[1] or match[3]), text)


def spell_ranges(text: str, forms: SpokenForms) -> str:
    """`1939-1945`, `3-5`: from the lower to the higher; a score where the first is the higher."""

    def spell(match: re.Match[str]) -> str:
        first, second = int(match[1]), int(match[2])
        word = forms.range_words if first < second else forms.score_word
        return f"{_spell_plain(match[1], forms)} {word} {_spell_plain(match[2], forms)}"

    return RANGE.sub(spell, text)


def _spell_plain(digits: str, forms: SpokenForms) -> str:
    number = int(digits)
    return forms.year(number) if len(digits) == 4 and MIN_YEAR <= number <= MAX_YEAR else forms.cardinal(number, None)


def spell_roman(text: str, forms: SpokenForms) -> str:
    """`Luis XIV`, `siglo XX`, `XXe siècle`: a Roman numeral after a name, or beside the word for century."""

    def spell_after(match: re.Match[str]) -> str:
        value, name = parse_roman(match["numeral"]), match["name"]
        if value is None:
            return match[0]
        if name.casefold() in forms.century_words:
            return f"{name} {forms.century(value)}"
        is_name = name[0].isupper() and not name.isupper()
        if not is_name or (
            match["numeral"] in {"I", "C", "V", "X", "L"} and not match["mark"] and name not in forms.regnal_names
        ):
            return match[0]  # "And I", "Vitamin C"
        return f"{name} {forms.regnal(value)}"

    def spell_before(match: re.Match[str]) -> str:
        value = parse_roman(match["numeral"])
        is_century = match["noun"].casefold() in forms.century_words
        return f"{forms.century(value)} {match['noun']}" if value and is_century else match[0]

    return ROMAN_AFTER.sub(spell_after, ROMAN_BEFORE.sub(spell_before, text))


@lru_cache(maxsize=16)
def _compile_number(decimal_mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<minus>(?<![\w)])[-−])?(?P<number>{find_numbers(decimal_mark)})(?P<next>\s+[^\W\d_]+)?")


def spell_numbers(text: str, forms: SpokenForms) -> str:
    """Every other number: a year where four digits can be one, else a cardinal that agrees with the noun after it."""

    def spell(match: re.Match[str]) -> str:
        digits, following = match["number"], match["next"] or ""
        minus = f"{forms.minus} " if match["minus"] else ""
        before = match.string[match.start() - 1 : match.start()]
        glue = " " if before.isalpha() else ""
        if len(re.sub(r"\D", "", digits)) > MAX_SPELLED_DIGITS or (
            digits.startswith("0") and digits.isdigit() and len(digits) > 1
        ):
            words = " ".join(forms.cardinal(int(digit), None) for digit in digits if digit.isdigit())
        else:
            whole, decimals = parse_number(digits, forms.decimal_mark)
            if decimals:
                words = forms.decimal(whole, decimals)
            elif digits.isdigit() and len(digits) == 4 and MIN_YEAR <= whole <= MAX_YEAR and not match["minus"]:
                words = forms.year(whole)
            else:
                words = forms.cardinal(whole, forms.gender_of(following.strip()))
        after = match.string[match.end("number") : match.end("number") + 1]
        return f"{glue}{minus}{words}{' ' if after.isalpha() else ''}{following}"

    return _compile_number(forms.decimal_mark).sub(spell, text)
