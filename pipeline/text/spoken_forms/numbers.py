"""Numbers said in words: cardinals, ordinals, years, decades, fractions, ranges, telephone numbers."""

import re
from functools import lru_cache

from pipeline.text.spoken_forms.forms import Gender, SpokenForms
from pipeline.text.spoken_forms.notation import FRACTIONS, LONG_NUMBER, MAX_DIGITS, find_numbers, parse_number

TELEPHONE = re.compile(
    r"(?<![\w.,-])(?<!\d[ \u00a0])(?:\+\d{1,3}[ \u00a0.-]?\d{1,5}(?:[ \u00a0.-]\d{2,8}){1,5}"
    r"|(?:\+\d{1,3}[ \u00a0.-]?|1[ \u00a0.-])?(?:\(\d{2,4}\)[ \u00a0]?)?\d{2,5}(?:[ \u00a0.-]\d{2,5}){1,5})(?![\w-]|[.,]\d)"
)
MIN_TELEPHONE_DIGITS, MAX_TELEPHONE_DIGITS = 7, 15
RANGE = re.compile(r"(?<![\w.,/-])(\d{1,4})\s?[-–—]\s?(\d{1,4})(?![\w/-]|[.,]\d)(?=(\s[^\W\d_]+)?)")
SLASHED = re.compile(r"(?<![\w/.,])(?:(\d{1,3}) )?(\d{1,2})/(\d{1,2})(?![\w/]|[.,]\d)(\s[^\W\d_]+)?")
VULGAR = re.compile(rf"(?:(?<![\w.,])(\d{{1,3}})\s?)?([{''.join(FRACTIONS)}])(\s[^\W\d_]+)?")
MAX_DENOMINATOR, ELEVENTH = 12, 11  # 9/11 is a day
HEIGHT = re.compile(r"(?<![\w.,])(\d)['’](\d{1,2})(?:[\"”]|['’]{2})")  # feet and inches
MEASURED = re.compile(
    r"(?:tazz?a|tass[ea]|xícara|vaso|verre|bicchier|copo|litr|quil|kil|chil|hora|ora\b|heure|metr|mètr|metro|cuchar|cucchia|cuill|culler|colher|bot[ei]ll|bouteill|bottigli|garraf|ampoll|mill|miglio)",
    re.IGNORECASE,
)
NEXT_WORD = re.compile(r"\s[^\W\d_]+")
ARTICLE = re.compile(r"(?:(?:^|\s)(?:el|the|le|il|o|du|del|do)\s|l['’])$", re.IGNORECASE)  # the 1 is a name
ARTICLE_REACH = 5  # characters
COUNTED = "minut|second|segund|hour|hor[ae]s|day|día|dia|die|giorn|jour|week|sem|sett|month|mes|mois|year|añ|ano|anys|times|ve[cz]|fois|volt|d[oóò]l|euro|person|mil|kil|quil|met"
NUMERO = re.compile(rf"\b(?:[Nn](?:(?:o|os|ro)\.|[°º])|n\.)[ \u00a0]?(?=\d+(?![\d.,]*\s(?:{COUNTED})))")  # not "No. 5 minutos"
CENTURY = re.compile(r"\b(?:ss?|séc|sec)\.[ \u00a0]?(?=[IVXLC]{1,6}\b)")
APOSTROPHE_DECIMAL = re.compile(r"(?<=\d)['’](?=\d{1,2}(?!\d))")
ZERO_GROUPS = re.compile(r"(?<![\w.,:/-])(?<!\d )[1-9]\d{0,2}(?: 000){1,4}(?![\w]|[.,]\d| \d)")  # 1 000, in any language
LIST = re.compile(r"(?<![\w.,])\d{1,2}(?:,\d{1,2}){2,}(?![\w]|[.,]\d)")  # 1,2,3
BETWEEN = re.compile(r"(?:\b(?:between|entre|tra|fra)\s)$", re.IGNORECASE)
BETWEEN_REACH = 10  # characters
SCORE = re.compile(r"(?<![\w.,:])(\d{1,2}):(\d)(?![\w:]|[.,]\d)")
MIN_DEGREES = 15  # 40º without a noun is a temperature, 3º a rank
TIMES = re.compile(r"(?<=\d)\s?[x×]\s?(?=\d)")  # 4x4
DECADE_APOSTROPHE = re.compile(r"(?<!\w)['’](?=\d\d\b)")  # the '60s
MIN_YEAR, MAX_YEAR = 1100, 2099
MILLION, GROUPED_MILLION = 1_000_000, 6  # digits
PLURALS = {"fr": ("s", "x"), "it": ("i", "e")}
NO_PLURALS = frozenset(
    {
        "che",
        "se",
        "anche",
        "come",
        "dei",
        "delle",
        "dai",
        "dalle",
        "ai",
        "nei",
        "fine",
        "nous",
        "vous",
        "pas",
        "très",
        "après",
        "sous",
    }
)


def spell_long_numbers(text: str, forms: SpokenForms) -> str:
    """Numbers of more than 15 digits, digit by digit."""

    def spell(match: re.Match[str]) -> str:
        if match["whole"]:
            return forms.decimal(int(match["whole"]), match["digits"])
        return " ".join(
            names[digit] if digit in names else forms.cardinal(int(digit), None) for digit in match[0] if digit.isdigit()
        )

    names = {digit: forms.cardinal(int(digit), None) for digit in "0123456789"}
    return LONG_NUMBER.sub(lambda match: _separate(match, spell(match)), text)


def _separate(match: re.Match[str], words: str) -> str:
    """Words in the place of a match, apart from the letters and digits beside it."""
    before, after = match.string[max(0, match.start() - 1) : match.start()], match.string[match.end() : match.end() + 1]
    return f"{' ' if before.isalnum() else ''}{words}{' ' if after.isalnum() else ''}"


def name_numbers(text: str, forms: SpokenForms) -> str:
    """`No. 5`, `s. XIX`: the words for number and century; `6'5`: a decimal mark, where that is a comma."""
    text = NUMERO.sub(f"{forms.symbols.get('#', '')} ", text)
    text = CENTURY.sub(f"{min(sorted(forms.century_words, reverse=True), key=len)} ", text) if forms.century_words else text
    text = ZERO_GROUPS.sub(lambda match: match[0].replace(" ", ""), LIST.sub(lambda match: match[0].replace(",", ", "), text))
    text = HEIGHT.sub(r"\1 ft \2", text)
    return APOSTROPHE_DECIMAL.sub(",", text) if forms.decimal_mark == "," else text


def spell_telephones(text: str, forms: SpokenForms) -> str:
    """`555-0123`, `+34 600 123 456`: seven digits or more in groups."""

    def spell(match: re.Match[str]) -> str:
        count = sum(letter.isdigit() for letter in match[0])
        is_grouped = re.fullmatch(r"\d{1,3}([ \u00a0.]\d{3})+", match[0]) and match[0][0] != "0"
        is_years = re.fullmatch(r"\d{4}[-–]\d{4}", match[0])
        if is_years or not MIN_TELEPHONE_DIGITS <= count <= MAX_TELEPHONE_DIGITS or (is_grouped and "." in match[0]):
            return match[0]
        is_number = len(match[0].split()) > 2 and (len(match[0].split()[0]) < 3 or match[0].endswith(("000 000", "000\u00a0000")))
        if is_grouped and is_number:
            return match[0]  # 1 234 567
        return forms.telephone(match[0])

    return TELEPHONE.sub(spell, text)


def spell_ordinals(text: str, forms: SpokenForms) -> str:
    """`1st`, `2º`, `3ª`, `1er`."""
    marks = "|".join(sorted(map(re.escape, forms.ordinal_marks), key=len, reverse=True))
    if not marks:
        return text

    def spell(match: re.Match[str]) -> str:
        number, noun = int(match[1]), forms.units.get("°")
        if match[2] == "º" and not match[3] and number >= MIN_DEGREES and noun and not match[0].endswith(".º"):
            return f"{forms.cardinal(number, noun.gender)} {noun.many}"
        return forms.ordinal(number, forms.ordinal_marks[match[2]])

    return re.sub(rf"(?<![\w.,])(\d{{1,4}})\.?({marks})(?!\w)(?=(\s[^\W\d_])?)", spell, text)


def spell_fractions(text: str, forms: SpokenForms) -> str:
    """`½`, `2 ½`, `3/4`, in the gender of the noun after it."""

    def join(whole: str | None, numerator: int, denominator: int, noun: str) -> str:
        gender, link = forms.gender_of(noun), forms.symbols.get("and", "")
        if whole and denominator == 2 and gender and not forms.is_half_first:
            return f"{forms.cardinal(int(whole), gender)} {noun} {link} {forms.fraction(1, 2, gender)}"
        words = forms.fraction(numerator, denominator, None if whole else gender)
        if not whole and denominator > 2 and forms.magnitude_link and MEASURED.match(noun):
            return f"{words} {forms.magnitude_link} {noun}"  # un tercio de taza
        return (f"{forms.cardinal(int(whole), None)} {link} {words} {noun}" if whole else f"{words} {noun}").strip()

    def spell_sign(match: re.Match[str]) -> str:
        return join(match[1], *FRACTIONS[match[2]], (match[3] or "").strip())

    def spell_slashed(match: re.Match[str]) -> str:
        numerator, denominator = int(match[2]), int(match[3])
        if not 0 < numerator < denominator <= MAX_DENOMINATOR or denominator == ELEVENTH:
            return match[0]
        return join(match[1], numerator, denominator, (match[4] or "").strip())

    text = VULGAR.sub(spell_sign, text)
    return SLASHED.sub(spell_slashed, text)


def spell_decades(text: str, forms: SpokenForms) -> str:
    """`1990s`, `'60s`: where the language writes decades so."""
    say = forms.decades
    if say is None:
        return text
    return re.sub(r"(?<!\w)(?:['’]?(\d0)|(\d{2})(\d0))['’]?s\b", lambda match: say(match[2], match[1] or match[3]), text)


def spell_ranges(text: str, forms: SpokenForms) -> str:
    """`1939-1945`, `3-5`: two numbers of a range or a score."""

    def spell(match: re.Match[str]) -> str:
        second, word = int(match[2]), forms.range_words
        if BETWEEN.search(match.string[max(0, match.start() - BETWEEN_REACH) : match.start()]):
            word = forms.symbols.get("&", word)
        gender = _find_gender(match[3] or "", second, forms)
        return f"{_spell_plain(match[1], forms, gender)} {word} {_spell_plain(match[2], forms, gender)}"

    text = SCORE.sub(lambda match: f"{match[1]} {forms.range_words} {match[2]}", text)
    return RANGE.sub(spell, text)


def _spell_plain(digits: str, forms: SpokenForms, gender: Gender | None) -> str:
    number = int(digits)
    return forms.year(number) if len(digits) == 4 and MIN_YEAR <= number <= MAX_YEAR else forms.cardinal(number, gender)


def _find_gender(following: str, count: int, forms: SpokenForms) -> Gender | None:
    """Gender of the word after a number, None where it is no counted noun."""
    word = following.strip()
    return forms.gender_of(word) if count == 1 or word.endswith(forms.plural_ending) else None


@lru_cache(maxsize=16)
def _compile_number(decimal_mark: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<minus>(?<![\w)])[-−])?(?P<number>{find_numbers(decimal_mark)})(?P<next>\s+[^\W\d_]+)?")


def _find_counted(match: re.Match[str]) -> str:
    """The word after a number; `2 mil pessoas` counts the persons."""
    following = match["next"] or ""
    if following.strip() != "mil":
        return following
    beyond = NEXT_WORD.match(match.string, match.end())
    return beyond[0] if beyond else ""


def _needs_link(digits: str, noun: str, forms: SpokenForms) -> bool:
    """True for whole millions before a plural noun: `un millón de personas`."""
    if not forms.magnitude_link or len(digits) <= GROUPED_MILLION or not noun.endswith(PLURALS.get(forms.language, "s")):
        return False
    whole, decimals = parse_number(digits, forms.decimal_mark)
    is_million = whole > 0 and whole % MILLION == 0 and not decimals
    return is_million and forms.gender_of(noun) is not None and noun.casefold() not in NO_PLURALS


def spell_numbers(text: str, forms: SpokenForms) -> str:
    """Every other number: a year where four digits can be one, else a cardinal that agrees with the noun after it."""

    def spell(match: re.Match[str]) -> str:
        digits, following = match["number"], match["next"] or ""
        minus = f"{forms.minus} " if match["minus"] else ""
        before = match.string[match.start() - 1 : match.start()]
        glue = " " if before.isalpha() else ""
        if len(re.sub(r"\D", "", digits)) > MAX_DIGITS or (digits.startswith("0") and digits.isdigit() and len(digits) > 1):
            words = " ".join(forms.cardinal(int(digit), None) for digit in digits if digit.isdigit())
        else:
            whole, decimals = parse_number(digits, forms.decimal_mark)
            if decimals:
                words = forms.decimal(whole, decimals)
            elif digits.isdigit() and len(digits) == 4 and MIN_YEAR <= whole <= MAX_YEAR and not match["minus"]:
                words = forms.year(whole)
            else:
                is_named = whole == 1 and ARTICLE.search(match.string[max(0, match.start() - ARTICLE_REACH) : match.start()])
                words = forms.cardinal(whole, None if is_named else _find_gender(_find_counted(match), whole, forms))
        after = match.string[match.end("number") : match.end("number") + 1]
        link = f" {forms.magnitude_link}" if _needs_link(digits, following.strip(), forms) else ""
        return f"{glue}{minus}{words}{' ' if after.isalpha() else ''}{link}{following}"

    text = TIMES.sub(f" {forms.symbols.get('x') or forms.symbols.get('×', '')} ", DECADE_APOSTROPHE.sub("", text))
    return _compile_number(forms.decimal_mark).sub(spell, text)
