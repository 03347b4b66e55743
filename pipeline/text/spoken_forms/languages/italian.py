"""Spoken forms of Italian. Sources: Accademia della Crusca, "Consulenza linguistica" (numerali, ore, date); Treccani, "La grammatica italiana"."""

import re
from functools import partial

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms, list_words
from pipeline.text.spoken_forms.romance import spell_date, spell_digits

MONTHS = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
)  # fmt: skip
F, M = Gender.FEMININE, Gender.MASCULINE
FEMININE_ENDINGS = re.compile(r"(?:[^aeiou]a|ia|zione|zioni|sione|sioni|tà|tù|trice|trici)$")
MASCULINE = frozenset({"problema", "programma", "tema", "sistema", "clima", "poeta", "collega", "cinema"})
FEMININE = list_words("mano mani notte notti chiave chiavi persone donne case ore volte ragazze sterline lire")
NO_NOUNS = list_words("a al alla con da del della di e è in il la le lo ma o per più su tra fa era sono")
QUEENS = list_words("Elisabetta Elizabeth Maria Caterina Giovanna Margherita Cristina Anna Isabella Cleopatra Bianca")
KINGS = list_words(
    "Carlo Filippo Umberto Francesco Napoleone Giovanni Paolo Enrico Leone Luigi Vittorio Emanuele Pio Giorgio Federico Guglielmo Pietro Alfonso Clemente George Henry Charles William Edward Louis Ramses Ottone Ludovico Edoardo Riccardo Ferdinando Leopoldo Nicola Alessandro Gregorio Innocenzo Benedetto Amedeo Giacomo Bonifacio Urbano Sisto Adriano Martino Giulio Giorgio"
)
ROMAN_NOUNS = {
    "guerra": F, "repubblica": F, "edizione": F, "dinastia": F, "reich": M, "congresso": M, "concilio": M, "municipio": M, "impero": M,
}  # fmt: skip
CENT = Noun("centesimo", "centesimi")
FIRST_ARTICLES = {"l": "il", "L": "Il"}
CHAPTERS, FEMININE_PARTS = list_words("capitolo atto libro volume tomo episodio papa concilio"), list_words("parte scena fase")


def spell_cardinal(number: int, gender: Gender | None = None) -> str:
    """`uno` by itself, `un` or `una` before a noun; no other number has a gender."""
    words = str(num2words(number, lang="it")).replace(" e ", " ") if number >= 1_000_000 else str(num2words(number, lang="it"))
    if number == 1:
        return {F: "una", M: "un"}.get(gender, "uno") if gender else "uno"
    return re.sub(r"(?<=.)tre$", "tré", words)


def spell_ordinal(number: int, gender: Gender | None = None) -> str:
    """`primo`, `prima`, `ventunesimo`."""
    words = str(num2words(number, lang="it", to="ordinal"))
    return words.removesuffix("o") + "a" if gender is F else words


def spell_decimal(whole: int, digits: str) -> str:
    """`tre virgola quattordici`; long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = (
        [spell_cardinal(int(digit)) for digit in digits]
        if len(digits) > 3
        else ["zero"] * min(zeros, len(digits) - 1) + [spell_cardinal(int(digits))]
    )
    return f"{spell_cardinal(whole)} virgola {' '.join(rest)}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """`cinque dollari e cinquanta`."""
    link = " di" if units >= 1_000_000 and units % 1_000_000 == 0 else ""
    if not units and cents and currency.cent:
        return f"{spell_cardinal(cents, currency.cent.gender)} {currency.cent.after(cents)}"
    said = f"{spell_cardinal(units, currency.unit.gender)}{link} {currency.unit.after(units)}"
    return f"{said} e {spell_cardinal(cents)}" if cents and currency.cent else said


def spell_time(hour: int, minute: int, half: str) -> str:
    """`dieci e mezza di sera`; without a half of the day, hours after noon by the clock of 24."""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if not minute and (hour == 0 or (hour == 12 and half)):
        return "mezzogiorno" if hour else "mezzanotte"
    if half:
        part = (
            "di notte"
            if hour < 5
            else "di mattina"
            if hour < 12
            else ""
            if hour == 12
            else "del pomeriggio"
            if hour < 18
            else "di sera"
        )
        return f"{_spell_past((hour - 1) % 12 + 1, minute)} {part}".strip()
    return (
        _spell_past(hour, minute)
        if 1 <= hour <= 12
        else spell_cardinal(hour) + (f" e {spell_cardinal(minute)}" if minute else "")
    )


def _spell_past(hour: int, minute: int) -> str:
    if minute == 45:
        return f"{_spell_hour(hour % 12 + 1)} meno un quarto"
    past = {0: "", 15: " e un quarto", 30: " e mezza"}.get(minute)
    return _spell_hour(hour) + (f" e {spell_cardinal(minute)}" if past is None else past)


def _spell_hour(hour: int) -> str:
    return "una" if hour == 1 else spell_cardinal(hour)


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`mezzo`, `mezza`, `tre quarti`."""
    if denominator == 2:
        return ("mezza" if gender is F else "mezzo") if numerator == 1 else f"{spell_cardinal(numerator)} mezzi"
    name = spell_ordinal(denominator)
    return f"un {name}" if numerator == 1 else f"{spell_cardinal(numerator)} {name.removesuffix('o')}i"


def spell_regnal(number: int, name: str) -> str:
    """Ordinals of kings, queens and chapters, cardinals of all else: Elisabetta seconda, atto quinto, Rocky quattro."""
    if name in QUEENS or name.casefold() in FEMININE_PARTS:
        return spell_ordinal(number, F)
    return spell_ordinal(number, M) if name in KINGS or name.casefold() in CHAPTERS else spell_cardinal(number)


def tidy_text(text: str) -> str:
    """`un'ora`, `uno studente`, `chilometri all'ora`, `metri al secondo`."""
    text = re.sub(r"\ball' ?(?=[aeiou])", "all'", text).replace("all' secondo", "al secondo").replace("all' minuto", "al minuto")
    text = re.sub(
        r"\b([Uu]n)a (?=(?:ora|amica|altra|opera|automobile|unità|isola|anima|oncia|operaia|infermiera)\b)", r"\1'", text
    )
    text = re.sub(
        r"\b([Ll]|(?:[Aa]l|[Dd]el|[Dd]al|[Nn]el|[Ss]ul)l)'primo\b",
        lambda match: FIRST_ARTICLES.get(match[1], match[1][:-1]) + " primo",
        text,
    )
    text = re.sub(r"\b([Aa]|[Dd]a|[Dd]e)lle (?=mezzanotte\b|mezzogiorno\b)", lambda match: match[1].replace("e", "i") + " ", text)
    text = re.sub(r"\b(quart[oi]|terz[oi]) di (?=or[ae]\b)", r"\1 d'", text)
    return re.sub(r"\b([Uu]n) (?=s[^aeiouy\W]|z|gn|ps|pn|x)", r"\1o ", text)


def find_gender(noun: str) -> Gender | None:
    """By the ending and lists of common nouns; None for what is no noun."""
    word = noun.casefold()
    if not word or word in NO_NOUNS:
        return None
    return F if word not in MASCULINE and (word in FEMININE or FEMININE_ENDINGS.search(word)) else M


DOLLAR_CURRENCY, EURO_CURRENCY = Currency(Noun("dollaro", "dollari"), CENT), Currency(Noun("euro", "euro"), CENT)
POUND, YEN = Currency(Noun("sterlina", "sterline", F), Noun("penny", "pence")), Currency(Noun("yen", "yen"))
ORDINAL_MARKS = {
    "º": M, "°": M, "o": M, "ª": F, "a": F,
}  # fmt: skip
CURRENCIES = {
    "$": DOLLAR_CURRENCY, "US$": DOLLAR_CURRENCY, "USD": DOLLAR_CURRENCY, "€": EURO_CURRENCY, "EUR": EURO_CURRENCY,
    "£": POUND, "GBP": POUND, "¥": YEN, "JPY": YEN, "¢": Currency(CENT), "₹": Currency(Noun("rupia", "rupie", F)), "R$": Currency(Noun("real", "real"), Noun("centavo", "centavos")), "CHF": Currency(Noun("franco svizzero", "franchi svizzeri"), CENT),
}  # fmt: skip
UNITS = {
    "km": Noun("chilometro", "chilometri"), "m": Noun("metro", "metri"), "cm": Noun("centimetro", "centimetri"),
    "mm": Noun("millimetro", "millimetri"), "kg": Noun("chilo", "chili"), "g": Noun("grammo", "grammi"),
    "mg": Noun("milligrammo", "milligrammi"), "l": Noun("litro", "litri"), "L": Noun("litro", "litri"),
    "ml": Noun("millilitro", "millilitri"), "h": Noun("ora", "ore", F), "min": Noun("minuto", "minuti"),
    "s": Noun("secondo", "secondi"), "°C": Noun("grado Celsius", "gradi Celsius"),
    "°F": Noun("grado Fahrenheit", "gradi Fahrenheit"), "°": Noun("grado", "gradi"), "GB": Noun("gigabyte", "gigabyte"),
    "MB": Noun("megabyte", "megabyte"), "Hz": Noun("hertz", "hertz"), "kW": Noun("chilowatt", "chilowatt"),
    "W": Noun("watt", "watt"), "V": Noun("volt", "volt"), "m²": Noun("metro quadrato", "metri quadrati"),
    "m2": Noun("metro quadrato", "metri quadrati"), "m³": Noun("metro cubo", "metri cubi"), "m3": Noun("metro cubo", "metri cubi"),
    "km²": Noun("chilometro quadrato", "chilometri quadrati"), "ha": Noun("ettaro", "ettari"),
    "lb": Noun("libbra", "libbre", F), "mph": Noun("miglio all'ora", "miglia all'ora"), "ft": Noun("piede", "piedi"),
    "mi": Noun("miglio", "miglia"), "oz": Noun("oncia", "once", F),
}  # fmt: skip
ABBREVIATIONS = {
    "Sig.": "signor", "sig.": "signor", "Sig.ra": "signora", "sig.ra": "signora", "Sig.na": "signorina", "Sigg.": "signori",
    "Dott.": "dottor", "dott.": "dottor", "Dott.ssa": "dottoressa", "dott.ssa": "dottoressa", "Dr.": "dottor",
    "Prof.": "professor", "prof.": "professor", "Prof.ssa": "professoressa", "Avv.": "avvocato", "Ing.": "ingegner",
    "Gen.": "generale", "Cap.": "capitano", "ecc.": "eccetera", "es.": "esempio", "n.": "numero", "N.": "numero",
    "nº": "numero", "n°": "numero", "pag.": "pagina", "tel.": "telefono", "Tel.": "telefono", "a.C.": "avanti Cristo",
    "d.C.": "dopo Cristo", "S.": "san", "c.so": "corso", "p.zza": "piazza",
}  # fmt: skip
LETTERS = {
    "A": "a", "B": "bi", "C": "ci", "D": "di", "E": "e", "F": "effe", "G": "gi", "H": "acca", "I": "i", "J": "i lunga",
    "K": "cappa", "L": "elle", "M": "emme", "N": "enne", "O": "o", "P": "pi", "Q": "cu", "R": "erre", "S": "esse", "T": "ti",
    "U": "u", "V": "vu", "W": "doppia vu", "X": "ics", "Y": "ipsilon", "Z": "zeta",
}  # fmt: skip
SYMBOLS = {
    "&": "e", "+": "più", "=": "uguale", "@": "chiocciola", "×": "per", "÷": "diviso", "%": "per cento", ".": "punto",
    "/": "barra", "-": "trattino", "_": "trattino basso", "www": "vu vu vu", "and": "e", "#": "numero", "№": "numero",
    "°": "gradi", ":": "due punti", "§": "paragrafo", "https": "", "http": "",
}  # fmt: skip


def build_forms(_language: str = "it") -> SpokenForms:
    """Italian."""
    return SpokenForms(
        language="it",
        cardinal=spell_cardinal,
        ordinal=spell_ordinal,
        year=spell_cardinal,
        decimal=spell_decimal,
        money=spell_money,
        time=spell_time,
        date=partial(spell_date, cardinal=spell_cardinal, first="primo", months=MONTHS, link=" "),
        fraction=spell_fraction,
        regnal=spell_regnal,
        century=spell_ordinal,
        telephone=partial(spell_digits, cardinal=spell_cardinal, plus="più"),
        gender_of=find_gender,
        decimal_mark=",",
        minus="meno",
        percent="per cento",
        months=MONTHS,
        century_words=frozenset({"secolo", "secoli"}),
        regnal_names=KINGS | QUEENS | CHAPTERS | FEMININE_PARTS,
        roman_nouns=ROMAN_NOUNS,
        ordinal_marks=ORDINAL_MARKS,
        magnitudes=frozenset({"mila", "milione", "milioni", "miliardo", "miliardi"}),
        short_magnitudes={"m": ("milione", "milioni"), "bn": ("miliardo", "miliardi")},
        duration_link="e",
        magnitude_link="di",
        currencies=CURRENCIES,
        units=UNITS,
        per="all'",
        abbreviations=ABBREVIATIONS,
        letters=LETTERS,
        symbols=SYMBOLS,
        range_words="a",
        prepare=lambda text: re.sub(r"(?<![\w.])N\. ?(?=\d)", "numero ", text),
        tidy=tidy_text,
    )
