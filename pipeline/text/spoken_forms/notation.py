"""Notation of numbers: digits with marks read as values, by the decimal mark of their language."""

import re

SPACES = "\u00a0\u2009\u202f"  # that group thousands
FRACTIONS = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5),
    "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
MAX_DIGITS = 15  # a longer number is said digit by digit
MAX_GROUPS = 4  # of three digits, after the first
LONG_NUMBER = re.compile(
    rf"(?:(?<![\d.,])(?P<whole>\d{{1,{MAX_DIGITS}}})[.,])?(?P<digits>\d{{{MAX_DIGITS + 1},}})"
    rf"|(?<!\d)\d{{1,3}}(?P<mark>[.,'’{SPACES}])\d{{3}}(?:(?P=mark)\d{{3}}){{{MAX_GROUPS},}}(?!\d)"
)
ROMAN = re.compile(r"(?=[IVXLC])(?:C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def find_numbers(decimal_mark: str) -> str:
    """The pattern of a number without its sign: grouped or plain. A plain space groups only where the comma is the decimal mark."""
    space = " " if decimal_mark == "," else ""
    return rf"\d{{1,3}}(?:[.,'’{SPACES}{space}]\d{{3}}){{1,{MAX_GROUPS}}}(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)?"


def parse_number(text: str, decimal_mark: str) -> tuple[int, str]:
    """The whole part and the digits after the decimal mark ("" without). `text` matches `find_numbers`.

    A mark is taken for the other kind where it can be nothing else: two of a kind group, a group has three digits, and one that
    follows a single zero does not group.
    """
    plain = re.sub(rf"[{SPACES} '’]", "", text)
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return int(plain), ""
    last = plain.rfind(marks[-1])
    is_thousands = re.fullmatch(r"[1-9]\d{0,2}[.,]000", plain)  # 100.000 has no decimals in any notation
    is_decimal = (
        len(set(marks)) == 2
        or (len(marks) == 1 and (marks[0] == decimal_mark or len(plain) - last != 4 or plain.startswith("0")) and not is_thousands)
    )  # fmt: skip
    whole = re.sub(r"[.,]", "", plain[:last] if is_decimal else plain)
    return int(whole or 0), plain[last + 1 :] if is_decimal else ""


def parse_roman(text: str) -> int | None:
    """The value of a Roman numeral up to 399 in capitals; None for what is none."""
    if not ROMAN.fullmatch(text):
        return None
    values = [ROMAN_VALUES[letter] for letter in text]
    return sum(-value if value < max(values[n:]) else value for n, value in enumerate(values))
