"""Spoken forms of Spanish. Source: RAE and ASALE, "Diccionario panhispánico de dudas" and "Ortografía" (números, horas, fechas, abreviaturas)."""

import re

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
ORDINALS = (
    "", "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo", "undécimo", "duodécimo",
)  # fmt: skip
TENS = (
    "",
    "décimo",
    "vigésimo",
    "trigésimo",
    "cuadragésimo",
    "quincuagésimo",
    "sexagésimo",
    "septuagésimo",
    "octogésimo",
    "nonagésimo",
)
FRACTIONS = {
    3: "tercio", 4: "cuarto", 5: "quinto", 6: "sexto", 7: "séptimo", 8: "octavo", 9: "noveno", 10: "décimo", 11: "onceavo", 12: "doceavo",
}  # fmt: skip
F, M = Gender.FEMININE, Gender.MASCULINE
MASCULINE_IN_A = frozenset({"día", "días", "mapa", "mapas", "problema", "problemas", "programa", "programas", "tema", "temas", "idioma", "idiomas", "planeta", "planetas", "sistema", "sistemas", "clima", "drama", "dramas", "kilómetros", "gramos"})  # fmt: skip
FEMININE_ENDINGS = re.compile(r"(?:as?|ción|ciones|sión|siones|dad|dades|tad|tades|tud|umbre|umbres)$")
NO_NOUNS = frozenset({"a", "al", "con", "de", "del", "e", "el", "en", "es", "la", "las", "los", "o", "para", "pero", "por", "que", "se", "sin", "son", "u", "y", "ya", "más", "menos", "era", "está"})  # fmt: skip
FEMININE = frozenset(
    {"mujeres", "noches", "veces", "calles", "manos", "flores", "tardes", "clases", "partes", "leyes", "voces", "luces"}
)
CENT = Noun("centavo", "centavos")
EUROCENT = Noun("céntimo", "céntimos")


def spell_cardinal(number: int, gender: Gender | None = None) -> str:
    """`uno` by itself, `un` or `una` before a noun; feminine hundreds agree."""
    words = str(num2words(number, lang="es"))
    if gender is F:
        words = re.sub(r"cientos\b", "cientas", words).replace("quinientos", "quinientas")
        return re.sub(r"uno$", "una", words)
    return re.sub(r"\buno$", "un", re.sub(r"veintiuno$", "veintiún", words)) if gender is M else words


def spell_ordinal(number: int, gender: Gender = M) -> str:
    """Up to 99 as an ordinal; beyond, cardinals are what people say."""
    if number > 99:
        return spell_cardinal(number, gender)
    tens, ones = divmod(number, 10)
    words = ORDINALS[number] if number < len(ORDINALS) else f"{TENS[tens]} {ORDINALS[ones]}".strip()
    return re.sub(r"o\b", "a", words) if gender is F else words


def spell_decimal(whole: int, digits: str) -> str:
    """`tres coma catorce`; zeros and long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    if len(digits) > 3:
        rest = " ".join(spell_cardinal(int(digit)) for digit in digits)
    else:
        rest = " ".join(["cero"] * min(zeros, len(digits) - 1) + [spell_cardinal(int(digits))])
    return f"{spell_cardinal(whole)} coma {rest}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """`cinco dólares con cincuenta`."""
    link = " de" if units >= 1_000_000 and units % 1_000_000 == 0 else ""
    sum_ = f"{spell_cardinal(units, currency.unit.gender)}{link} {currency.unit.after(units)}"
    if not cents or currency.cent is None:
        return sum_
    if not units:
        return f"{spell_cardinal(cents, currency.cent.gender)} {currency.cent.after(cents)}"
    return f"{sum_} con {spell_cardinal(cents)}"


def spell_time(hour: int, minute: int, half: str) -> str:
    """`diez y media de la noche`; without a half of the day, hours after noon by the clock of 24."""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
        part = "madrugada" if hour < 6 else "mañana" if hour < 12 else "tarde" if hour < 20 else "noche"
        named = " del mediodía" if hour == 12 else f" de la {part}"
        return _spell_twelve(hour, minute) + named
    if hour > 12 or hour == 0:
        hours = "cero" if hour == 0 else spell_cardinal(hour, F)
        return f"{hours} horas" if not minute else f"{hours} {spell_cardinal(minute)}"
    return _spell_twelve(hour, minute)


def _spell_twelve(hour: int, minute: int) -> str:
    """Past the hour up to half, before the next one from then on."""
    past = {0: "", 15: " y cuarto", 30: " y media"}.get(minute)
    if past is None and minute < 30:
        past = f" y {spell_cardinal(minute)}"
    if past is None:
        hour, past = hour + 1, " menos cuarto" if minute == 45 else f" menos {spell_cardinal(60 - minute)}"
    return spell_cardinal((hour - 1) % 12 + 1, F) + past


def spell_date(day: int, month: int, year: int | None) -> str:
    """`cinco de diciembre de dos mil veinticuatro`; the first of a month is `primero`."""
    named = f"{'primero' if day == 1 else spell_cardinal(day)} de {MONTHS[month - 1]}"
    return f"{named} de {spell_cardinal(year)}" if year else named


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`media taza`, `medio litro`, `tres cuartos`."""
    if denominator == 2:
        return ("media" if gender is F else "medio") if numerator == 1 else f"{spell_cardinal(numerator)} medios"
    name = FRACTIONS.get(denominator, f"{spell_cardinal(denominator)}avo")
    return f"un {name}" if numerator == 1 else f"{spell_cardinal(numerator)} {name}s"


def spell_regnal(number: int) -> str:
    """Ordinals up to ten, cardinals beyond: Felipe segundo, Luis catorce."""
    return spell_ordinal(number) if number <= 10 else spell_cardinal(number)


def spell_telephone(text: str) -> str:
    """Groups of two digits as numbers, others digit by digit."""
    groups = re.findall(r"\d+", text)
    said = ", ".join(" ".join(spell_cardinal(int(digit)) for digit in group) for group in groups)
    return f"más {said}" if text.startswith("+") else said


def find_gender(noun: str) -> Gender | None:
    """By the ending, but for the commonest exceptions; None for what is no noun."""
    word = noun.casefold()
    if not word or word in NO_NOUNS:
        return None
    if word in MASCULINE_IN_A:
        return M
    return F if word in FEMININE or FEMININE_ENDINGS.search(word) else M


def build_forms(language: str = "es") -> SpokenForms:
    """Spanish; Mexico and the United States write the decimal mark as a point."""
    is_point = language in {"es-MX", "es-US", "es-419"}
    dollar = Currency(Noun("dólar", "dólares"), CENT)
    return SpokenForms(
        language="es",
        cardinal=spell_cardinal,
        ordinal=spell_ordinal,
        year=spell_cardinal,
        decimal=spell_decimal,
        money=spell_money,
        time=spell_time,
        date=spell_date,
        fraction=spell_fraction,
        regnal=spell_regnal,
        century=lambda number: spell_ordinal(number) if number < 10 else spell_cardinal(number),
        telephone=spell_telephone,
        gender_of=find_gender,
        decimal_mark="." if is_point else ",",
        minus="menos",
        percent="por ciento",
        months=MONTHS,
        century_words=frozenset({"siglo", "siglos"}),
        regnal_names=frozenset(
            {"Carlos", "Felipe", "Alfonso", "Fernando", "Isabel", "Napoleón", "Juan", "Pablo", "Francisco", "Enrique"}
        ),
        ordinal_marks={"º": M, "°": M, "o": M, "er": M, "ª": F, "a": F},
        magnitudes=frozenset({"mil", "millón", "millones", "billón", "billones", "mil millones"}),
        magnitude_link="de",
        currencies={
            "$": dollar,
            "US$": dollar,
            "USD": dollar,
            "€": Currency(Noun("euro", "euros"), EUROCENT),
            "EUR": Currency(Noun("euro", "euros"), EUROCENT),
            "£": Currency(Noun("libra", "libras", F), Noun("penique", "peniques")),
            "¥": Currency(Noun("yen", "yenes")),
        },  # fmt: skip
        units={
            "km": Noun("kilómetro", "kilómetros"),
            "m": Noun("metro", "metros"),
            "cm": Noun("centímetro", "centímetros"),
            "mm": Noun("milímetro", "milímetros"),
            "kg": Noun("kilo", "kilos"),
            "g": Noun("gramo", "gramos"),
            "mg": Noun("miligramo", "miligramos"),
            "l": Noun("litro", "litros"),
            "L": Noun("litro", "litros"),
            "ml": Noun("mililitro", "mililitros"),
            "h": Noun("hora", "horas", F),
            "min": Noun("minuto", "minutos"),
            "s": Noun("segundo", "segundos"),
            "°C": Noun("grado Celsius", "grados Celsius"),
            "°F": Noun("grado Fahrenheit", "grados Fahrenheit"),
            "°": Noun("grado", "grados"),
            "mph": Noun("milla por hora", "millas por hora", F),
            "GB": Noun("gigabyte", "gigabytes"),
            "MB": Noun("megabyte", "megabytes"),
            "Hz": Noun("hercio", "hercios"),
            "kW": Noun("kilovatio", "kilovatios"),
            "W": Noun("vatio", "vatios"),
            "V": Noun("voltio", "voltios"),
            "m²": Noun("metro cuadrado", "metros cuadrados"),
            "km²": Noun("kilómetro cuadrado", "kilómetros cuadrados"),
            "ha": Noun("hectárea", "hectáreas", F),
            "lb": Noun("libra", "libras", F),
            "mi": Noun("milla", "millas", F),
            "oz": Noun("onza", "onzas", F),
            "ft": Noun("pie", "pies"),
        },  # fmt: skip
        per="por",
        abbreviations={
            "Sr.": "señor",
            "Sra.": "señora",
            "Srta.": "señorita",
            "Sres.": "señores",
            "Dr.": "doctor",
            "Dra.": "doctora",
            "Prof.": "profesor",
            "D.": "don",
            "Dña.": "doña",
            "Ud.": "usted",
            "Uds.": "ustedes",
            "Vd.": "usted",
            "etc.": "etcétera",
            "p. ej.": "por ejemplo",
            "p.ej.": "por ejemplo",
            "pág.": "página",
            "núm.": "número",
            "n.º": "número",
            "Nº": "número",
            "nº": "número",
            "av.": "avenida",
            "Av.": "avenida",
            "Avda.": "avenida",
            "c/": "calle",
            "EE. UU.": "Estados Unidos",
            "EE.UU.": "Estados Unidos",
            "a. C.": "antes de Cristo",
            "d. C.": "después de Cristo",
            "tel.": "teléfono",
            "Tel.": "teléfono",
            "Gral.": "general",
            "Cía.": "compañía",
            "Sto.": "santo",
        },  # fmt: skip
        letters={
            "A": "a",
            "B": "be",
            "C": "ce",
            "D": "de",
            "E": "e",
            "F": "efe",
            "G": "ge",
            "H": "hache",
            "I": "i",
            "J": "jota",
            "K": "ca",
            "L": "ele",
            "M": "eme",
            "N": "ene",
            "Ñ": "eñe",
            "O": "o",
            "P": "pe",
            "Q": "cu",
            "R": "erre",
            "S": "ese",
            "T": "te",
            "U": "u",
            "V": "uve",
            "W": "uve doble",
            "X": "equis",
            "Y": "ye",
            "Z": "zeta",
        },  # fmt: skip
        symbols={
            "&": "y",
            "+": "más",
            "=": "igual a",
            "@": "arroba",
            "×": "por",
            "÷": "entre",
            "%": "por ciento",
            ".": "punto",
            "/": "barra",
            "-": "guion",
            "_": "guion bajo",
            "www": "uve doble uve doble uve doble",
            "and": "y",
            "#": "número",
            "№": "número",
            "°": "grados",
            ":": "dos puntos",
            "§": "sección",
            "https": "",
            "http": "",
        },  # fmt: skip
        range_words="a",
        score_word="a",
        hashtag="almohadilla",
    )
