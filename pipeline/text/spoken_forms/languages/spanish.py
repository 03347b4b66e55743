"""Spoken forms of Spanish.

Sources: RAE and ASALE, "Diccionario panhispánico de dudas" and "Ortografía" (números, ordinales, horas, fechas, abreviaturas).
"""

import re
from functools import lru_cache, partial

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms, list_words
from pipeline.text.spoken_forms.romance import NounEndings, spell_date, spell_digits, spell_ruler

F, M = Gender.FEMININE, Gender.MASCULINE
MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
ORDINALS = (
    "cero", "primero", "segundo", "tercero", "cuarto", "quinto", "sexto", "séptimo", "octavo", "noveno", "décimo", "undécimo",
    "duodécimo", "decimotercero", "decimocuarto", "decimoquinto", "decimosexto", "decimoséptimo", "decimoctavo", "decimonoveno",
)  # fmt: skip
ORDINAL_TENS = (
    "", "", "vigésimo", "trigésimo", "cuadragésimo", "quincuagésimo", "sexagésimo", "septuagésimo", "octogésimo", "nonagésimo",
)  # fmt: skip
ORDINAL_MARKS = {
    "º": M, "°": M, "o": M, "er": None, "ª": F, "a": F, "ra": F, "ro": M, "da": F, "do": M, "ta": F, "to": M, "mo": M, "ma": F, "vo": M, "va": F,
}  # fmt: skip
FRACTIONS = {
    3: "tercio", 4: "cuarto", 5: "quinto", 6: "sexto", 7: "séptimo", 8: "octavo", 9: "noveno", 10: "décimo", 11: "onceavo", 12: "doceavo",
}  # fmt: skip
MASCULINE_IN_A = re.compile(
    r"(?:día|mapa|clima|planeta|cometa|tranvía|sofá|papá|guardia|policía|soldado|atleta|pirata|poeta|colega|camarada|espía|dálmata|gorila|\w*ista"
    r"|problema|programa|tema|idioma|sistema|drama|poema|kilograma|dilema|síntoma|fantasma|crucigrama|diploma|telegrama|aroma|enigma|esquema)s?"
)
FEMININE = re.compile(
    r"\w*(?:a|ción|sión|dad|tad|tud|umbre)s?|\w+(?:ciones|siones|dades|tades|tudes)"
    r"|(?:mujer|flor|ley|calle|noche|tarde|clase|parte|mano|llave|nave|frase|base|nube|torre|imagen|sangre|gente|serie|especie|red|pared|sal|miel|señal)"
    r"(?:es|s)?|ve(?:z|ces)|vo(?:z|ces)|lu(?:z|ces)|cru(?:z|ces)|imágenes"
)
NO_NOUNS = list_words(
    "a al con contra da de del desde e el ella en entre era es está la las los más menos o para pero por que se según si "
    "sin son u una y ya"
)
CURRENCIES = {
    "$": Currency(Noun("dólar", "dólares"), Noun("centavo", "centavos")), "€": Currency(Noun("euro", "euros"), Noun("céntimo", "céntimos")),
    "£": Currency(Noun("libra", "libras", F), Noun("penique", "peniques")), "¥": Currency(Noun("yen", "yenes")),
    "¢": Currency(Noun("centavo", "centavos")), "₽": Currency(Noun("rublo", "rublos")), "R$": Currency(Noun("real", "reales"), Noun("centavo", "centavos")), "₹": Currency(Noun("rupia", "rupias", F)),
}  # fmt: skip
CURRENCY_CODES = {"US$": "$", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
UNITS = {
    "km": Noun("kilómetro", "kilómetros"), "m": Noun("metro", "metros"), "cm": Noun("centímetro", "centímetros"),
    "mm": Noun("milímetro", "milímetros"), "kg": Noun("kilo", "kilos"), "g": Noun("gramo", "gramos"), "mg": Noun("miligramo", "miligramos"),
    "l": Noun("litro", "litros"), "L": Noun("litro", "litros"), "ml": Noun("mililitro", "mililitros"), "cl": Noun("centilitro", "centilitros"),
    "h": Noun("hora", "horas", F), "min": Noun("minuto", "minutos"), "s": Noun("segundo", "segundos"), "seg": Noun("segundo", "segundos"),
    "°C": Noun("grado Celsius", "grados Celsius"), "ºC": Noun("grado Celsius", "grados Celsius"),
    "°F": Noun("grado Fahrenheit", "grados Fahrenheit"), "ºF": Noun("grado Fahrenheit", "grados Fahrenheit"), "°": Noun("grado", "grados"),
    "mph": Noun("milla por hora", "millas por hora", F), "GB": Noun("giga", "gigas"), "MB": Noun("mega", "megas"), "TB": Noun("tera", "teras"),
    "Hz": Noun("hercio", "hercios"), "kHz": Noun("kilohercio", "kilohercios"), "MHz": Noun("megahercio", "megahercios"),
    "kW": Noun("kilovatio", "kilovatios"), "W": Noun("vatio", "vatios"), "V": Noun("voltio", "voltios"), "kWh": Noun("kilovatio hora", "kilovatios hora"),
    "m²": Noun("metro cuadrado", "metros cuadrados"), "m2": Noun("metro cuadrado", "metros cuadrados"),
    "m³": Noun("metro cúbico", "metros cúbicos"), "m3": Noun("metro cúbico", "metros cúbicos"),
    "km²": Noun("kilómetro cuadrado", "kilómetros cuadrados"), "km2": Noun("kilómetro cuadrado", "kilómetros cuadrados"),
    "ha": Noun("hectárea", "hectáreas", F), "lb": Noun("libra", "libras", F), "mi": Noun("milla", "millas", F), "oz": Noun("onza", "onzas", F),
    "ft": Noun("pie", "pies"), "dB": Noun("decibelio", "decibelios"),
}  # fmt: skip
ABBREVIATIONS = {
    "Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Sres.": "señores", "Dr.": "doctor", "Dra.": "doctora", "Prof.": "profesor",
    "Profa.": "profesora", "D.": "don", "Dña.": "doña", "D.ª": "doña", "Ud.": "usted", "Uds.": "ustedes", "Vd.": "usted", "Vds.": "ustedes",
    "etc.": "etcétera", "p. ej.": "por ejemplo", "p.ej.": "por ejemplo", "pág.": "página", "págs.": "páginas", "núm.": "número", "Núm.": "número", "n.º": "número",
    "N.º": "número", "Nº": "número", "nº": "número", "av.": "avenida", "Av.": "avenida", "Avda.": "avenida", "c/": "calle", "C/": "calle",
    "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos", "EEUU": "Estados Unidos", "a. C.": "antes de Cristo", "a.C.": "antes de Cristo",
    "d. C.": "después de Cristo", "d.C.": "después de Cristo", "tel.": "teléfono", "Tel.": "teléfono", "Gral.": "general", "Cía.": "compañía",
    "Cap.": "capítulo", "cap.": "capítulo", "n.°": "número", "N.°": "número", "Sto.": "santo", "Sta.": "santa", "Tte.": "teniente", "Cnel.": "coronel", "Ing.": "ingeniero", "Lic.": "licenciado", "dcha.": "derecha",
    "izq.": "izquierda", "aprox.": "aproximadamente", "P. D.": "posdata", "P.D.": "posdata", "vs.": "contra",
}  # fmt: skip
LETTERS = {
    "A": "a", "B": "be", "C": "ce", "D": "de", "E": "e", "F": "efe", "G": "ge", "H": "hache", "I": "i", "J": "jota", "K": "ca",
    "L": "ele", "M": "eme", "N": "ene", "Ñ": "eñe", "O": "o", "P": "pe", "Q": "cu", "R": "erre", "S": "ese", "T": "te",
    "U": "u", "V": "uve", "W": "uve doble", "X": "equis", "Y": "ye", "Z": "zeta",
}  # fmt: skip
SYMBOLS = {
    "&": "y", "+": "más", "=": "igual a", "@": "arroba", "×": "por", "x": "por", "÷": "entre", "±": "más menos", "%": "por ciento", ".": "punto",
    "/": "barra", "-": "guion", "_": "guion bajo", "www": "uve doble uve doble uve doble", "and": "y", "#": "número", "№": "número",
    "°": "grados", ":": "dos puntos", "§": "sección",
}  # fmt: skip
KINGS = list_words(
    "Carlos Felipe Alfonso Fernando Napoleón Juan Pablo Francisco Enrique Jaime Pedro Luis Jorge Eduardo Ricardo Guillermo "
    "Jacobo Pío Benedicto León Clemente Gregorio Inocencio Urbano Alejandro Ramsés Sancho Ramiro Ordoño Nicolás Iván "
    "Federico Maximiliano Amadeo Balduino Leopoldo Alberto Humberto Carol Haakon Olaf Gustavo Cristián Tutmosis Amenofis "
    "Darío Jerjes Artajerjes George Henry Charles William Edward Louis"
)
QUEENS = list_words("Isabel Elizabeth Juana María Catalina Cristina Margarita Cleopatra Ana Blanca Urraca Beatriz")
CHAPTERS = list_words("capítulo episodio acto tomo libro parte volumen escena fase título tema rocky")
ROMAN_NOUNS = {
    "guerra": F, "república": F, "edición": F, "cumbre": F, "semana": F, "dinastía": F, "reich": M, "aniversario": M, "congreso": M,
    "concilio": M, "festival": M, "imperio": M, "premio": M,
}  # fmt: skip
TWO_DIGITS = 100


@lru_cache(maxsize=4096)
def spell_cardinal(number: int, gender: Gender | None = None) -> str:
    """`uno` by itself, `un` or `una` before a noun; feminine hundreds agree, but for those of millions."""
    words = re.sub(r"veintiuno(?= (?:mil|bi|tri))", "veintiún", str(num2words(number, lang="es")))
    words = re.sub(r"\buno(?= (?:mil|bi|tri))", "un", words)
    if gender is F:
        millions, counted = re.fullmatch(r"(.*(?:illón|illones)\b)?(.*)", words).groups("")  # type: ignore[union-attr]
        counted = re.sub(r"cientos\b", "cientas", counted).replace("quinientos", "quinientas")
        counted = re.sub(r"veintiún(?= mil)", "veintiuna", counted)
        return millions + re.sub(r"uno$", "una", re.sub(r"(?<= )un(?= mil)", "una", counted))
    return re.sub(r"\buno$", "un", re.sub(r"veintiuno$", "veintiún", words)) if gender is M else words


def spell_ordinal(number: int, gender: Gender | None = M) -> str:
    """Up to 99 as an ordinal; beyond, cardinals are what people say. Without a gender, short as before a noun: `tercer`."""
    if number >= TWO_DIGITS:
        return spell_cardinal(number, gender)
    tens, ones = divmod(number, 10)
    words = ORDINALS[number] if number < len(ORDINALS) else f"{ORDINAL_TENS[tens]} {ORDINALS[ones] if ones else ''}".strip()
    if gender is None:
        return re.sub(r"(primer|tercer)o$", r"\1", words)
    return re.sub(r"o\b", "a", words) if gender is F else words


def spell_decimal(whole: int, digits: str, mark: str = "coma") -> str:
    """`tres coma catorce`; zeros and long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    if len(digits) > 3:
        rest = " ".join(spell_cardinal(int(digit)) for digit in digits)
    else:
        rest = " ".join(["cero"] * min(zeros, len(digits) - 1) + [spell_cardinal(int(digits))])
    return f"{spell_cardinal(whole)} {mark} {rest}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """`cinco dólares con cincuenta`."""
    if not units and cents and currency.cent:
        return f"{spell_cardinal(cents, currency.cent.gender)} {currency.cent.after(cents)}"
    link = " de" if units and units % 1_000_000 == 0 else ""
    total = f"{spell_cardinal(units, currency.unit.gender)}{link} {currency.unit.after(units)}"
    return f"{total} con {spell_cardinal(cents)}" if cents and currency.cent else total


def spell_time(hour: int, minute: int, half: str) -> str:
    """`diez y media de la noche`; without a half of the day, hours after noon by the clock of 24."""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
        part = "madrugada" if 0 < hour < 6 else "mañana" if 0 < hour < 12 else "tarde" if 12 <= hour < 20 else "noche"
        return _spell_twelve(hour, minute) + (" del mediodía" if (hour, minute) == (12, 0) else f" de la {part}")
    if 1 <= hour <= 12:
        return _spell_twelve(hour, minute)
    hours = "cero" if hour == 0 else spell_cardinal(hour, F)
    return f"{hours} {'cero ' if minute < 10 else ''}{spell_cardinal(minute)}" if minute else f"{hours} horas"


def _spell_twelve(hour: int, minute: int) -> str:
    """Past the hour up to half, before the next one from then on."""
    past = {0: "", 15: " y cuarto", 30: " y media"}.get(minute)
    if past is None and minute < 30:
        past = f" y {spell_cardinal(minute)}"
    if past is None:
        hour, past = hour + 1, " menos cuarto" if minute == 45 else f" menos {spell_cardinal(60 - minute)}"
    return spell_cardinal((hour - 1) % 12 + 1, F) + past


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`media taza`, `medio litro`, `tres cuartos`."""
    if denominator == 2:
        return ("media" if gender is F else "medio") if numerator == 1 else f"{spell_cardinal(numerator)} medios"
    name = FRACTIONS.get(denominator, f"{spell_cardinal(denominator)}avo")
    return f"un {name}" if numerator == 1 else f"{spell_cardinal(numerator)} {name}s"


def agree_articles(text: str) -> str:
    """Articles before hours: `a la una`, `a las veintiuna`, `a la una menos cuarto`, `a las dos menos diez`."""
    text = re.sub(r"(?i)\b(a|es|era|hasta|desde|sobre)(\sla) uno\b", r"\1\2 una", text)
    text = re.sub(r"\b([Ll]as) veintiuno\b", r"\1 veintiuna", text)
    text = re.sub(r"\b([Ll]a)s una(?= (?:menos|y) |\sde\sla\s(?:mañana|tarde|madrugada)|$)", r"\1 una", text)
    return re.sub(r"\b([Ll]a)(?= dos menos )", r"\1s", text)


def build_forms(language: str = "es") -> SpokenForms:
    """Spanish; Mexico, Central America and the United States write and say the decimal mark as a point."""
    is_point = language in {"es-MX", "es-US", "es-419", "es-PR", "es-DO", "es-GT", "es-HN", "es-SV", "es-NI", "es-PA"}
    return SpokenForms(
        language="es",
        cardinal=spell_cardinal,
        ordinal=spell_ordinal,
        year=spell_cardinal,
        decimal=partial(spell_decimal, mark="punto") if is_point else spell_decimal,
        money=spell_money,
        time=spell_time,
        date=partial(spell_date, cardinal=spell_cardinal, first="primero", months=MONTHS, link=" de "),
        fraction=spell_fraction,
        regnal=partial(spell_ruler, kings=KINGS, queens=QUEENS, cardinal=spell_cardinal, ordinal=spell_ordinal),
        century=lambda number: spell_ordinal(number) if number < 10 else spell_cardinal(number),
        telephone=partial(spell_digits, cardinal=spell_cardinal, plus="más"),
        gender_of=NounEndings(FEMININE, MASCULINE_IN_A, NO_NOUNS).find_gender,
        decimal_mark="." if is_point else ",",
        minus="menos",
        percent="por ciento",
        months=MONTHS,
        century_words=frozenset({"siglo", "siglos"}),
        regnal_names=KINGS | QUEENS | CHAPTERS,
        roman_nouns=ROMAN_NOUNS,
        plural_ending="s",
        ordinal_marks=ORDINAL_MARKS,
        magnitudes=frozenset({"mil", "millón", "millones", "billón", "billones", "mil millones"}),
        short_magnitudes={"m": ("millón", "millones"), "bn": ("mil millones", "mil millones")},
        duration_link="y",
        magnitude_link="de",
        currencies=CURRENCIES | {code: CURRENCIES[sign] for code, sign in CURRENCY_CODES.items()},
        units=UNITS,
        per="por",
        abbreviations=ABBREVIATIONS,
        letters=LETTERS,
        symbols=SYMBOLS,
        range_words="a",
        tidy=agree_articles,
    )
