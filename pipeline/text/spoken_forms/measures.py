"""Money, percentages and units of measurement, said in words."""

import re
from functools import lru_cache

from pipeline.text.spoken_forms.forms import Gender, Noun, SpokenForms
from pipeline.text.spoken_forms.notation import FRACTIONS, find_numbers, parse_number

GROUP_DIGITS = 3
MILLION = 1_000_000
THOUSANDS = frozenset({"mil", "mille", "mila"})  # no preposition follows these
VULGAR = "".join(FRACTIONS)


def spell_measured_ranges(text: str, forms: SpokenForms) -> str:
    """`5-10 km`, `2-3 €`: the word between the numbers; these are said with their unit."""
    signs = "|".join(sorted(map(re.escape, [*forms.units, *forms.currencies, "%"]), key=len, reverse=True))
    number = find_numbers(forms.decimal_mark)

    def join(match: re.Match[str]) -> str:
        first, second = (float(".".join(map(str, parse_number(match[n], forms.decimal_mark))) or 0) for n in (1, 2))
        return f"{match[1]} {forms.range_words} " if first < second else match[0]

    pattern = rf"(?<![\w.,/-])({number})\s?[-–]\s?(?=({number})\s?(?:{signs})(?!\w))"
    if not forms.range_words:
        return text
    sign = "|".join(sorted(map(re.escape, forms.currencies), key=len, reverse=True))
    text = re.sub(
        rf"((?<!\w)(?:{sign}))(\d{{1,4}})\s?[-–]\s?(?:{sign})?(\d{{1,4}})(?![\w-]|[.,]\d)", rf"\2 {forms.range_words} \1\3", text
    )
    text = re.sub(rf"(?<=\d)\s?%\s?[-–]\s?(?={number}\s?%)", f" {forms.range_words} ", text)
    per = "a" if forms.per.endswith("'") else forms.per
    text = re.sub(rf"((?:{sign})\s?(?:{number})|\d\s?(?:{sign}))/(?=[^\W\d_]{{3,}})", rf"\1 {per} ", text)
    return re.sub(pattern, join, text)


def spell_money(text: str, forms: SpokenForms) -> str:
    """`$5.50`, `3 €`, `$2 million`."""
    before, after = _money_patterns(forms)
    text = _compile_short(frozenset(forms.currencies)).sub(lambda match: _expand_magnitude(match, forms), text)
    text = before.sub(lambda match: _spell_sum(match, forms), text)
    return after.sub(lambda match: _spell_sum(match, forms), text)


@lru_cache(maxsize=16)
def _compile_short(signs: frozenset[str]) -> re.Pattern[str]:
    sign = "|".join(sorted(map(re.escape, signs), key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?P<sign>{sign})\s?(?P<number>\d{{1,4}}(?:[.,]\d{{1,2}})?)\s?(?P<magnitude>[Kk]|[Mm]|[Bb]n?)\b")


def _expand_magnitude(match: re.Match[str], forms: SpokenForms) -> str:
    """`$2M` → $2 million, `$10k` → $10000."""
    letter, number = match["magnitude"].lower()[0], match["number"]
    whole, decimals = parse_number(number, forms.decimal_mark)
    if letter == "k":
        return f"{match['sign']}{whole}{decimals:0<{GROUP_DIGITS}}"
    names = forms.short_magnitudes.get("m" if letter == "m" else "bn")
    return f"{match['sign']}{number} {names[0 if whole == 1 and not decimals else 1]}" if names else match[0]


@lru_cache(maxsize=16)
def _compile_money(signs: frozenset[str], magnitudes: frozenset[str], number: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    sign = "|".join(sorted(map(re.escape, signs), key=len, reverse=True))
    magnitude = rf"(?:\s(?P<magnitude>{'|'.join(sorted(magnitudes, key=len, reverse=True))})\b)?"
    value = rf"(?P<minus>[-−]?)(?P<number>{number})"
    return (
        re.compile(rf"(?<!\w)(?P<sign>{sign})\s?{value}{magnitude}", re.IGNORECASE),
        re.compile(rf"(?<![\w.,]){value}{magnitude}(?:\s?de)?\s?(?P<sign>{sign})(?!\w)", re.IGNORECASE),
    )


def _money_patterns(forms: SpokenForms) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return _compile_money(frozenset(forms.currencies), forms.magnitudes, find_numbers(forms.decimal_mark))


def _spell_sum(match: re.Match[str], forms: SpokenForms) -> str:
    currency = forms.currencies[match["sign"].upper() if match["sign"].isalpha() else match["sign"]]
    whole, decimals = parse_number(match["number"], forms.decimal_mark)
    minus = f"{forms.minus} " if match["minus"] else ""
    if len(decimals) == GROUP_DIGITS and whole and not match["magnitude"]:
        whole, decimals = int(f"{whole}{decimals}"), ""  # no sum has thousandths
    if magnitude := match["magnitude"]:
        amount = forms.decimal(whole, decimals) if decimals else forms.cardinal(whole, None)
        link = "" if magnitude.casefold() in THOUSANDS else forms.magnitude_link
        return minus + " ".join(filter(None, (amount, magnitude, link, currency.unit.many)))
    if len(decimals) in {0, 2} and not (decimals and currency.cent is None):
        return minus + forms.money(whole, int(decimals or 0), currency)
    return f"{minus}{forms.decimal(whole, decimals)} {currency.unit.many}"


def spell_percent(text: str, forms: SpokenForms) -> str:
    """`5 %`, `-2.5%`."""
    pattern = rf"(?<![\w.,])(?P<minus>[-−+]?)(?P<number>{find_numbers(forms.decimal_mark)})\s?%"
    return re.sub(pattern, lambda match: f"{spell_quantity(match, forms, None)} {forms.percent}", text)


def spell_quantity(match: re.Match[str], forms: SpokenForms, gender: Gender | None) -> str:
    """The number of a match with groups `minus` and `number`."""
    sign = {"-": forms.minus, "−": forms.minus, "+": forms.symbols.get("+", "")}.get(match["minus"], "")
    whole, decimals = parse_number(match["number"], forms.decimal_mark)
    amount = forms.decimal(whole, decimals) if decimals else forms.cardinal(whole, gender)
    return f"{sign} {amount}".strip()


def spell_units(text: str, forms: SpokenForms) -> str:
    """`5 km`, `90 km/h`, `-20 °C`, `½ kg`."""
    names = "|".join(sorted(map(re.escape, forms.units), key=len, reverse=True))
    number = rf"(?P<minus>[-−]?)(?P<number>{find_numbers(forms.decimal_mark)})"
    part = rf"(?<![\w.,])((?:\d{{1,3}}\s)?\d/\d|(?:\d{{1,3}}\s?)?[{VULGAR}])\s?({names})(?![\w/])"
    text = re.sub(part, lambda match: _name_divided_unit(match[1], forms.units[match[2]], forms), text)
    pattern = rf"(?<![\w.,]){number}\s?(?P<unit>{names})(?:\s?/\s?(?P<per>{names}))?(?![\w/])"

    def spell(match: re.Match[str]) -> str:
        unit = forms.units[match["unit"]]
        whole, decimals = parse_number(match["number"], forms.decimal_mark)
        link = f" {forms.magnitude_link}" if forms.magnitude_link and whole and not decimals and whole % MILLION == 0 else ""
        words = f"{spell_quantity(match, forms, unit.gender)}{link} {unit.many if decimals else unit.after(whole)}"
        return f"{words} {forms.per} {forms.units[match['per']].one}" if match["per"] else words

    text = re.sub(pattern, spell, text)
    return re.sub(
        rf"(?<=[^\W\d_]{{3}})/({names})(?![\w/])", lambda match: f" {forms.per} {forms.units[match[1]].one}", text
    )  # 2 €/kg


def _name_divided_unit(amount: str, unit: Noun, forms: SpokenForms) -> str:
    """`¾ kg` → ¾ de kilo, `2 ½ kg` → 2 ½ kilos: the fraction itself is said by its own rule."""
    if re.fullmatch(r"\d{1,3}\s?[^/]|.*\s\d/\d", amount):
        return f"{amount} {unit.many}"
    is_half = amount in {"½", "1/2"}
    return " ".join(filter(None, (amount, "" if is_half else forms.magnitude_link, unit.one)))
