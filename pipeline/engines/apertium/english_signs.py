"""English words for fractions and currency signs, which the student models lose: ½ became "1 a 2", and 3 € became 3."""

import re

AMOUNT = r"\d[\d,.]*(?<=\d)"
FRACTIONS = {"½": "half", "¼": "a quarter", "¾": "three quarters", "⅓": "a third", "⅔": "two thirds"}
MIXED_FRACTION = re.compile(rf"(?<![\d.,])(\d+)[ ]?([{''.join(FRACTIONS)}])")
SIMPLE_FRACTION = re.compile(rf"([{''.join(FRACTIONS)}])(\s+(?:an?|the|of)\b)?")
CURRENCIES = {"€": ("euro", "euros"), "£": ("pound", "pounds"), "¥": ("yen", "yen")}
CURRENCY_AMOUNT = re.compile(rf"([{''.join(CURRENCIES)}])[ ]?({AMOUNT})|({AMOUNT})[ ]?([{''.join(CURRENCIES)}])")


def write_out_signs(text: str) -> str:
    """`½ cup` as `half a cup`, `2½ cups` as `2 and a half cups`, `3 €` and `€3` as `3 euros`."""
    text = MIXED_FRACTION.sub(lambda found: f"{found[1]} and {_name_part(found[2])}", text)
    text = SIMPLE_FRACTION.sub(_name_fraction, text)
    return CURRENCY_AMOUNT.sub(lambda found: _name_amount(found[2] or found[3], found[1] or found[4]), text)


def _name_part(sign: str) -> str:
    return "a half" if sign == "½" else FRACTIONS[sign]


def _name_fraction(found: re.Match[str]) -> str:
    if found[2] is not None:
        return FRACTIONS[found[1]] + found[2]
    if not re.match(r"\s+[a-z]", found.string[found.end() :]):
        return _name_part(found[1])
    return "half a" if found[1] == "½" else f"{FRACTIONS[found[1]]} of a"


def _name_amount(amount: str, sign: str) -> str:
    return f"{amount} {CURRENCIES[sign][amount != '1']}"
