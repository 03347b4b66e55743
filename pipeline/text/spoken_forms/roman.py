"""Roman numerals of kings, wars, films, chapters and centuries, said in words; initials and lettered names are none."""

import re

from pipeline.text.spoken_forms.forms import Gender, SpokenForms, list_words
from pipeline.text.spoken_forms.notation import parse_roman

ROMAN_AFTER = re.compile(
    r"(?P<name>\b[^\W\d_]\w+)(?P<space>\s)(?P<numeral>[IVXLC]+)(?P<mark>e|er|re|ère|ème|º)?\b(?!['’](?:m|ll|d|ve|re)\b)"
)
ROMAN_ORDINAL_MARKS = {
    "e": Gender.MASCULINE,
    "ème": Gender.MASCULINE,
    "re": Gender.FEMININE,
    "ère": Gender.FEMININE,
}  # Le Ve, la Ire
MAX_ROMAN_OF_NAME = 39  # XL is a size
MIN_LETTERS_OF_LARGE, MAX_LARGE = 4, 99  # Super Bowl LVIII
ROMAN_BEFORE = re.compile(r"\b(?P<numeral>[IVXLC]+)(?:e|er|re|ère|ème|º|ᵉ)?\s(?P<noun>[^\W\d_]+)")
NO_NUMERALS = frozenset("CL")  # alone they are initials, classes, vitamins
INITIAL = re.compile(r"(?P<stop>\.?)[ \u00a0](?P<next>[^\W\d_]+)")  # after a numeral of one letter
NO_NAMES = list_words(
    "An Start Get Need Push Hang Run My His Her Our Your Their This That No The Del Des Les Los Las Un Una Une Uns"
)  # before "IV line"
# Words that begin a sentence after "Henry V."; another capital there is a surname: "Henry V. Smith".
SENTENCE_STARTS = list_words(
    "the a an he she it they we you i his her its their our your this that these those then there but and so or as at in on when "
    "who what why how where after before now not no yes if with for from by was is did do all one some "
    "el la los las lo él ella ellos ellas yo tú su sus un una pero y o entonces luego después antes cuando quien qué quién cómo "
    "como donde se si sí en de por para con era fue es hoy ayer esta este eso ese nos me te todo todos nadie murió reinó "
    "le les il elle ils elles on nous vous je tu son sa ses mais et puis alors après avant quand qui que où comment pourquoi "
    "ce cette ces c j un une des du dans sur à oui non était "
    "gli i lui lei loro io noi voi suo sua ma e poi allora dopo prima quando chi che dove come perché questo questa nel nella "
    "di da per con sì era fu morì oggi ieri tutti nessuno "
    "os as ele ela eles elas eu nós você seu sua mas então depois antes quando quem onde não sim foi era morreu no na ao "
    "els l en na ell ells elles jo nosaltres seu seva però llavors després abans quan qui què on com va és era fou tots ningú"
)
SUBJECT_BEFORE_VERB = re.compile(
    r"\s(?:am|have|had|think|know|love|want|need|will|can|did|do|saw|met|said|told|thought|knew|hope|believe|guess|mean|"
    r"swear|loved|would|could|should|must|never|just|really)\b"
)  # "King George I think": the pronoun


def spell_roman(text: str, forms: SpokenForms) -> str:
    """`Luis XIV`, `siglo XX`, `XXe siècle`: a Roman numeral after a name, or beside the word for century."""
    words = "|".join(sorted(map(re.escape, forms.century_words)))
    if words:
        pair = rf"(?i:\b({words}))\s([IVXLC]+)(\s?[-–]\s?|\s[^\W\d_]{{1,3}}\s)([IVXLC]+)\b"
        text = re.sub(pair, lambda match: _spell_pair(match, forms), text)
    text = ROMAN_BEFORE.sub(lambda match: _spell_before(match, forms), text)
    return ROMAN_AFTER.sub(lambda match: _spell_after(match, forms), text)


def _spell_pair(match: re.Match[str], forms: SpokenForms) -> str:
    """`siglos XIX y XX`."""
    first, second = parse_roman(match[2]), parse_roman(match[4])
    link = match[3].strip() if match[3].strip().isalpha() else forms.range_words
    return f"{match[1]} {forms.century(first)} {link} {forms.century(second)}" if first and second else match[0]


def _spell_before(match: re.Match[str], forms: SpokenForms) -> str:
    """`II Guerra Mundial`, `XX secolo`."""
    value, noun = parse_roman(match["numeral"]), match["noun"].casefold()
    if match["numeral"] in NO_NUMERALS:
        return match[0]  # "Le siècle", "Ce congrès"
    if value and noun in forms.roman_nouns:
        return f"{forms.ordinal(value, forms.roman_nouns[noun])} {match['noun']}"
    return f"{forms.century(value)} {match['noun']}" if value and noun in forms.century_words else match[0]


def _spell_after(match: re.Match[str], forms: SpokenForms) -> str:
    value, name, numeral = parse_roman(match["numeral"]), match["name"], match["numeral"]
    if value is None or not _is_marked_well(match, forms):
        return match[0]
    if name.casefold() in forms.century_words:
        return f"{name} {forms.century(value)}"
    is_known = not forms.regnal_names.isdisjoint({name, name.casefold()})
    if match["mark"] in ROMAN_ORDINAL_MARKS:
        return f"{name} {forms.ordinal(value, ROMAN_ORDINAL_MARKS[match['mark']])}"
    if match["mark"]:
        return f"{name} {forms.regnal(value, name)}"
    if len(numeral) == 1 and (numeral in NO_NUMERALS or not is_known or _is_initial(match, forms)):
        return match[0]  # not "And I", "Vitamin C", "Henry V. Smith"
    is_large = len(numeral) >= MIN_LETTERS_OF_LARGE and value <= MAX_LARGE
    is_name = name[0].isupper() and not name.isupper() and name not in NO_NAMES and (value <= MAX_ROMAN_OF_NAME or is_large)
    return f"{name} {forms.regnal(value, name)}" if is_known or is_name else match[0]


def _is_marked_well(match: re.Match[str], forms: SpokenForms) -> bool:
    """False for a word that looks like a numeral with its mark: `Paul Le Guen`, `Ver`."""
    mark = match["mark"] or "º"
    if mark == "º":
        return True
    is_first = match["numeral"] == "I" if "r" in mark else match["numeral"] not in NO_NUMERALS
    return forms.language == "fr" and is_first


def _is_initial(match: re.Match[str], forms: SpokenForms) -> bool:
    """True for the middle initial of a name, and for the English pronoun before its verb."""
    following, name = INITIAL.match(match.string, match.end()), match["name"]
    is_person = name in forms.regnal_names
    if is_person and following and following["next"][0].isupper() and following["next"].casefold() not in SENTENCE_STARTS:
        return True
    is_pronoun = name[0].islower() or SUBJECT_BEFORE_VERB.match(match.string, match.end())  # "the part I played"
    return forms.language == "en" and match["numeral"] == "I" and bool(is_pronoun)
