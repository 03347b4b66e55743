"""Spoken forms of French. Sources: Office québécois de la langue française, "Banque de dépannage linguistique"; Imprimerie nationale, "Lexique"."""

import re
from dataclasses import replace

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms, list_words
from pipeline.text.spoken_forms.languages.french_tens import TENS_TAGS, count_by_tens

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
F, M = Gender.FEMININE, Gender.MASCULINE
FEMININE_ENDINGS = re.compile(r"(?:tion|sion|té|ée|ie|ure|ette|elle|ance|ence|esse|ine|aine|ité|euse|ille|onne|erie|ade|ique)s?$")
FEMININE = frozenset({
    "femme", "fille", "heure", "minute", "seconde", "semaine", "nuit", "fois", "chose", "personne", "maison", "main", "voiture", "lettre",
    "tasse", "livre", "page", "porte", "table", "place", "balle", "chambre", "bouteille", "mort", "arme", "cigarette", "carte", "vie",
})  # fmt: skip
MASCULINE = frozenset(
    {"million", "milliard", "été", "côté", "comité", "musée", "lycée", "parapluie", "génie", "magazine", "quatre"}
)
NO_NOUNS = frozenset({"à", "au", "aux", "de", "des", "du", "et", "est", "en", "ou", "ont", "pour", "par", "sur", "mais", "dans", "qui", "que", "plus", "ans"}) - {"ans"}  # fmt: skip
EURO, DOLLAR = Noun("euro", "euros"), Noun("dollar", "dollars")
CENT = Noun("centime", "centimes")
KINGS = list_words(
    "Napoléon François Charles Louis Henri Philippe Guillaume Jean Pie Benoît Paul Léon Grégoire Édouard George Georges Jacques Pierre Albert Léopold Baudouin"
)
QUEENS = list_words("Élisabeth Marie Catherine Isabelle Christine Marguerite Cléopâtre Victoria Anne")
CHAPTERS = list_words("acte chapitre tome partie épisode volume scène livre phase")


def spell_cardinal(number: int, gender: Gender | None = None) -> str:
    """`un`, `une` before feminine nouns."""
    words = str(num2words(number, lang="fr"))
    return re.sub(r"\bun$", "une", words) if gender is F else words


def spell_ordinal(number: int, gender: Gender | None = None) -> str:
    """`premier`, `première`, `vingt et unième`."""
    if number == 1:
        return "première" if gender is F else "premier"
    words = str(num2words(number, lang="fr", to="ordinal"))
    return re.sub(r"(vingt|cent|million|milliard)sième", r"\1ième", words)  # num2words keeps the plural


def spell_decimal(whole: int, digits: str) -> str:
    """`trois virgule quatorze`; long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = (
        [str(num2words(int(digit), lang="fr")) for digit in digits]
        if len(digits) > 3
        else ["zéro"] * min(zeros, len(digits) - 1) + [spell_cardinal(int(digits))]
    )
    return f"{spell_cardinal(whole)} virgule {' '.join(rest)}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """`cinq dollars cinquante`."""
    link = " de" if units >= 1_000_000 and units % 1_000_000 == 0 else ""
    name = currency.unit.many if units > 1 else currency.unit.one
    if not units and cents and currency.cent:
        return f"{spell_cardinal(cents, currency.cent.gender)} {currency.cent.after(cents)}"
    said = f"{spell_cardinal(units, currency.unit.gender)}{link} {name}"
    return f"{said} {spell_cardinal(cents)}" if cents and currency.cent else said


def spell_time(hour: int, minute: int, half: str) -> str:
    """By the clock of 24 hours: `vingt-deux heures trente`; midi, minuit."""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    named = {0: "minuit", 12: "midi"}.get(hour) or f"{spell_cardinal(hour, F)} heure{'s' if hour > 1 else ''}"
    if minute and hour in {0, 12}:
        return f"{named} {'et demi' if minute == 30 else 'et quart' if minute == 15 else spell_cardinal(minute)}"
    return f"{named} {spell_cardinal(minute, F)}" if minute else named


def spell_date(day: int, month: int, year: int | None) -> str:
    """`cinq décembre deux mille vingt-quatre`; the first of a month is `premier`."""
    named = f"{'premier' if day == 1 else spell_cardinal(day)} {MONTHS[month - 1]}"
    return f"{named} {spell_cardinal(year)}" if year else named


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`un demi`, `une demi` before a feminine noun, `trois quarts`."""
    if denominator == 2:
        return ("une demi" if gender is F else "un demi") if numerator == 1 else f"{spell_cardinal(numerator)} demis"
    name = {3: "tiers", 4: "quart"}.get(denominator) or spell_ordinal(denominator)
    return f"{spell_cardinal(numerator)} {name}{'s' if numerator > 1 and not name.endswith('s') else ''}"


def spell_telephone(text: str) -> str:
    """Group by group; a leading zero is said."""
    said = ", ".join(" ".join(["zéro"] * (len(group) - len(group.lstrip("0"))) + ([spell_cardinal(int(group))] if int(group) else [])) for group in re.findall(r"\d+", text))  # fmt: skip
    return f"plus {said}" if text.startswith("+") else said


def find_gender(noun: str) -> Gender | None:
    """By lists of common nouns and by endings; None for what is no noun."""
    word = noun.casefold()
    if not word or word in NO_NOUNS:
        return None
    single = word.removesuffix("s")
    if single in MASCULINE or word in MASCULINE:
        return M
    return F if word in FEMININE or single in FEMININE or FEMININE_ENDINGS.search(word) else M


def tidy_text(text: str) -> str:
    """`deux et demi`, `une demi-tasse`, `kilomètres à l'heure`."""
    text = re.sub(r"(?<= )et un(e?) demie?\b", r"et demi\1", text)
    text = re.sub(r"\b((?:million|milliard|quart|\w*ième)s?|tiers) de (?=[aeiouyhéèêâîô])", r"\1 d'", text)
    text = re.sub(r"\b([Aa]nnées quatre-vingt)s\b", r"\1", text)
    text = re.sub(r"\b(une?) demie? ([^\W\d_])", r"\1 demi-\2", text)
    return re.sub(
        r"\b(kilomètres?|mètres?) par (heure|seconde)\b",
        lambda m: f"{m[1]} {'à l' + chr(39) if m[2] == 'heure' else 'par '}{m[2]}",
        text,
    )


DOLLAR_CURRENCY = Currency(DOLLAR, Noun("cent", "cents"))
CANADIAN = Currency(Noun("dollar canadien", "dollars canadiens"), Noun("cent", "cents"))
POUND, YEN = Currency(Noun("livre", "livres", F), Noun("penny", "pence")), Currency(Noun("yen", "yens"))
ROMAN_NOUNS = {
    "guerre": F, "république": F, "édition": F, "dynastie": F, "reich": M, "congrès": M, "concile": M, "arrondissement": M, "empire": M,
}  # fmt: skip
ORDINAL_MARKS = {
    "er": M, "re": F, "ère": F, "e": M, "ème": M, "nd": M, "nde": F,
}  # fmt: skip
CURRENCIES = {
    "$": DOLLAR_CURRENCY, "US$": DOLLAR_CURRENCY, "USD": DOLLAR_CURRENCY, "€": Currency(EURO, CENT), "EUR": Currency(EURO, CENT),
    "£": POUND, "GBP": POUND, "¥": YEN, "JPY": YEN, "CHF": Currency(Noun("franc suisse", "francs suisses"), CENT), "CAD": CANADIAN, "¢": Currency(Noun("cent", "cents")), "₹": Currency(Noun("roupie", "roupies", F)), "R$": Currency(Noun("réal", "réaux"), Noun("centavo", "centavos")), "$CA": CANADIAN,
}  # fmt: skip
UNITS = {
    "km": Noun("kilomètre", "kilomètres"), "m": Noun("mètre", "mètres"), "cm": Noun("centimètre", "centimètres"),
    "mm": Noun("millimètre", "millimètres"), "kg": Noun("kilo", "kilos"), "g": Noun("gramme", "grammes"),
    "mg": Noun("milligramme", "milligrammes"), "l": Noun("litre", "litres"), "L": Noun("litre", "litres"),
    "ml": Noun("millilitre", "millilitres"), "cl": Noun("centilitre", "centilitres"), "h": Noun("heure", "heures", F),
    "min": Noun("minute", "minutes", F), "s": Noun("seconde", "secondes", F), "°C": Noun("degré Celsius", "degrés Celsius"),
    "°F": Noun("degré Fahrenheit", "degrés Fahrenheit"), "°": Noun("degré", "degrés"), "Go": Noun("gigaoctet", "gigaoctets"),
    "Mo": Noun("mégaoctet", "mégaoctets"), "Hz": Noun("hertz", "hertz"), "kW": Noun("kilowatt", "kilowatts"),
    "W": Noun("watt", "watts"), "V": Noun("volt", "volts"), "m²": Noun("mètre carré", "mètres carrés"),
    "m2": Noun("mètre carré", "mètres carrés"), "m³": Noun("mètre cube", "mètres cubes"), "m3": Noun("mètre cube", "mètres cubes"),
    "km²": Noun("kilomètre carré", "kilomètres carrés"), "ha": Noun("hectare", "hectares"), "lb": Noun("livre", "livres", F),
    "mph": Noun("mile à l'heure", "miles à l'heure"), "ft": Noun("pied", "pieds"), "oz": Noun("once", "onces", F),
}  # fmt: skip
ABBREVIATIONS = {
    "M.": "monsieur", "Mme.": "madame", "Mlle.": "mademoiselle", "Dr.": "docteur", "M. et Mme": "monsieur et madame", "MM.": "messieurs", "Mme": "madame", "Mmes": "mesdames", "Mlle": "mademoiselle", "Dr": "docteur",
    "Pr": "professeur", "St": "saint", "Ste": "sainte", "etc.": "et cetera", "p. ex.": "par exemple",
    "c.-à-d.": "c'est-à-dire", "av.": "avenue", "bd": "boulevard", "n°": "numéro", "N°": "numéro", "nº": "numéro",
    "tél.": "téléphone", "env.": "environ", "av. J.-C.": "avant Jésus-Christ", "apr. J.-C.": "après Jésus-Christ",
}  # fmt: skip
LETTERS = {
    "A": "a", "B": "bé", "C": "cé", "D": "dé", "E": "e", "F": "effe", "G": "gé", "H": "hache", "I": "i", "J": "ji", "K": "ka",
    "L": "elle", "M": "emme", "N": "enne", "O": "o", "P": "pé", "Q": "ku", "R": "erre", "S": "esse", "T": "té", "U": "u",
    "V": "vé", "W": "double vé", "X": "ixe", "Y": "i grec", "Z": "zède",
}  # fmt: skip
SYMBOLS = {
    "&": "et", "+": "plus", "=": "égale", "@": "arobase", "×": "fois", "÷": "divisé par", "%": "pour cent", ".": "point",
    "/": "slash", "-": "tiret", "_": "tiret bas", "www": "trois double vé", "and": "et", "#": "numéro", "№": "numéro",
    "°": "degrés", ":": "deux-points", "§": "paragraphe", "https": "", "http": "",
}  # fmt: skip


def spell_regnal(number: int, name: str) -> str:
    """`François premier`, `Élisabeth première`, cardinals from two on; of feminine parts of a book cardinals only."""
    if number > 1 or name.casefold() in {"partie", "phase"}:
        return spell_cardinal(number)
    return "première" if name in QUEENS or name.casefold() == "scène" else "premier"


def prepare_text(text: str) -> str:
    """Fixed expressions: `2nde`, `24h/24`, `7j/7`, `4x4`, `3 M€`."""
    text = re.sub(r"\b2n(de?)\b", r"secon\1", text)
    text = re.sub(r"\b24 ?h(?:eures)? ?/ ?24(?! ?h)", "vingt-quatre heures sur vingt-quatre", text)
    text = re.sub(r"\b7 ?j(?:ours)? ?/ ?7\b", "sept jours sur sept", text)
    text = re.sub(r"(?<!\w)4[x×]4\b", "quatre-quatre", text)
    return re.sub(r"\b([01](?:,\d+)?|(\d+(?:,\d+)?)) ?M€", lambda m: f"{m[1]} million{'s' if m[2] else ''} €", text)


def count_cardinal(number: int, gender: Gender | None = None) -> str:
    """`nonante et une` before a feminine noun."""
    words = count_by_tens(spell_cardinal(number, gender))
    return re.sub(r"(?<= et un)$", "e", words) if gender is F else words


def build_forms(language: str = "fr") -> SpokenForms:
    """French of France and Canada; of Belgium, Congo and Switzerland with their tens."""
    forms = build_french()
    if language not in TENS_TAGS:
        return forms
    return replace(
        forms,
        cardinal=count_cardinal,
        ordinal=lambda number, gender: count_by_tens(spell_ordinal(number, gender)),
        year=lambda number: count_by_tens(spell_cardinal(number)),
        decimal=lambda whole, digits: count_by_tens(spell_decimal(whole, digits)),
        money=lambda units, cents, currency: count_by_tens(spell_money(units, cents, currency)),
        date=lambda day, month, year: count_by_tens(spell_date(day, month, year)),
        telephone=lambda text: count_by_tens(spell_telephone(text)),
    )


def build_french() -> SpokenForms:
    """French of France."""
    return SpokenForms(
        language="fr",
        cardinal=spell_cardinal,
        ordinal=spell_ordinal,
        year=spell_cardinal,
        decimal=spell_decimal,
        money=spell_money,
        time=spell_time,
        date=spell_date,
        fraction=spell_fraction,
        regnal=spell_regnal,
        century=spell_ordinal,
        telephone=spell_telephone,
        gender_of=find_gender,
        decimal_mark=",",
        minus="moins",
        percent="pour cent",
        months=MONTHS,
        century_words=frozenset({"siècle", "siècles"}),
        regnal_names=KINGS | QUEENS | CHAPTERS,
        roman_nouns=ROMAN_NOUNS,
        ordinal_marks=ORDINAL_MARKS,
        magnitudes=frozenset({"mille", "million", "millions", "milliard", "milliards"}),
        short_magnitudes={"m": ("million", "millions"), "bn": ("milliard", "milliards")},
        magnitude_link="de",
        currencies=CURRENCIES,
        units=UNITS,
        per="par",
        abbreviations=ABBREVIATIONS,
        letters=LETTERS,
        symbols=SYMBOLS,
        range_words="à",
        prepare=prepare_text,
        tidy=tidy_text,
    )
