"""Spoken forms of Catalan.

Sources: Optimot and "Gramàtica essencial de la llengua catalana" (IEC, numerals); ésAdir (hores, xifres, dates); TERMCAT (unitats).
"""

import re
from functools import lru_cache, partial

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms, list_words
from pipeline.text.spoken_forms.romance import NounEndings, spell_date, spell_digits, spell_ruler

F, M = Gender.FEMININE, Gender.MASCULINE
MONTHS = (
    "gener", "febrer", "març", "abril", "maig", "juny", "juliol", "agost", "setembre", "octubre", "novembre", "desembre",
)  # fmt: skip
MASCULINE_IN_A = re.compile(
    r"dia|mapa|clima|planeta|cometa|sofà|guàrdia|policia|atleta|pirata|poeta|goril·la|dàlmata|\w*ista|\w*(?:[bl]lema|grama|drama|stema|quema)|tema|idioma|poema"
    r"|símptoma|fantasma|diploma|aroma|enigma|cinema|mes|interès|\w+nès|anglès|tipus|temps|pes|procés|accés|congrés|èxit"
    r"|(?:di|map|clim|planet|comet|guàrdi|polici|atlet|pirat|poet|dàlmat|\w*ist|\w*(?:[bl]lem|gram|dram|stem|quem)|tem|idiom|poem|fantasm|diplom|enigm|cinem)es"
    r"|(?:hom|llibr|metg|\w*metr|\w*litr|centr|mestr|arbr|membr|ministr|cotx|pobl|jov|oncl|segl|tigr|monstr|par|teatr|nombr|\w+atg|viatg|col·leg|núvol|ordr|cercl"
    r"|vespr|sopar|cinc|sostr|rostr|registr|mascl|exempl|mobl|bou|ou|peix|noi|sastr|llibr|ventr|canvi|vidr|semestr|trimestr|xicl)es"
)
FEMININE = re.compile(
    r"\w*[aà]|\w*es|\w*(?:ció|cions|sió|sions|tat|tats|tud|tuds)|(?:nit|mà|flor|llei|veu|clau|part|carn|mort|font|gent|sang|llum|pell|llet|sal|mar|mel)s?"
    r"|mans|creu|creus|nau|naus|llets|sort|ment|dents?"
)
NO_NOUNS = list_words(
    "a al als amb contra de del dels des el els em en entre era és es et fins i ja la les li més menys o per però que se "
    "segons sense si són un una les"
)
ORDINALS = {
    0: "zero", 1: "primer", 2: "segon", 3: "tercer", 4: "quart", 5: "cinquè", 6: "sisè", 7: "setè", 8: "vuitè", 9: "novè", 10: "desè",
}  # fmt: skip
CURRENCIES = {
    "$": Currency(Noun("dòlar", "dòlars"), Noun("centau", "centaus")), "€": Currency(Noun("euro", "euros"), Noun("cèntim", "cèntims")),
    "£": Currency(Noun("lliura", "lliures", F), Noun("penic", "penics")), "¥": Currency(Noun("ien", "iens")),
    "¢": Currency(Noun("centau", "centaus")), "₽": Currency(Noun("ruble", "rubles")), "R$": Currency(Noun("real", "reals"), Noun("centau", "centaus")), "₹": Currency(Noun("rupia", "rupies", F)),
}  # fmt: skip
CURRENCY_CODES = {"US$": "$", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
UNITS = {
    "km": Noun("quilòmetre", "quilòmetres"), "m": Noun("metre", "metres"), "cm": Noun("centímetre", "centímetres"),
    "mm": Noun("mil·límetre", "mil·límetres"), "kg": Noun("quilo", "quilos"), "g": Noun("gram", "grams"), "mg": Noun("mil·ligram", "mil·ligrams"),
    "l": Noun("litre", "litres"), "L": Noun("litre", "litres"), "ml": Noun("mil·lilitre", "mil·lilitres"), "cl": Noun("centilitre", "centilitres"),
    "h": Noun("hora", "hores", F), "min": Noun("minut", "minuts"), "s": Noun("segon", "segons"),
    "°C": Noun("grau Celsius", "graus Celsius"), "ºC": Noun("grau Celsius", "graus Celsius"),
    "°F": Noun("grau Fahrenheit", "graus Fahrenheit"), "ºF": Noun("grau Fahrenheit", "graus Fahrenheit"), "°": Noun("grau", "graus"),
    "GB": Noun("giga", "gigues"), "MB": Noun("mega", "megues"), "TB": Noun("tera", "teres"), "Hz": Noun("hertz", "hertzs"),
    "kHz": Noun("quilohertz", "quilohertzs"), "MHz": Noun("megahertz", "megahertzs"), "kW": Noun("quilowatt", "quilowatts"),
    "kWh": Noun("quilowatt hora", "quilowatts hora"), "W": Noun("watt", "watts"), "V": Noun("volt", "volts"),
    "m²": Noun("metre quadrat", "metres quadrats"), "m2": Noun("metre quadrat", "metres quadrats"),
    "m³": Noun("metre cúbic", "metres cúbics"), "m3": Noun("metre cúbic", "metres cúbics"),
    "km²": Noun("quilòmetre quadrat", "quilòmetres quadrats"), "km2": Noun("quilòmetre quadrat", "quilòmetres quadrats"),
    "ha": Noun("hectàrea", "hectàrees", F), "lb": Noun("lliura", "lliures", F), "mph": Noun("milla per hora", "milles per hora", F),
    "mi": Noun("milla", "milles", F), "ft": Noun("peu", "peus"), "oz": Noun("unça", "unces", F), "dB": Noun("decibel", "decibels"),
}  # fmt: skip
ABBREVIATIONS = {
    "Sr.": "senyor", "Sra.": "senyora", "Srta.": "senyoreta", "Srs.": "senyors", "Dr.": "doctor", "Dra.": "doctora", "Prof.": "professor",
    "Profa.": "professora", "etc.": "etcètera", "p. ex.": "per exemple", "p.ex.": "per exemple", "núm.": "número", "Núm.": "número", "núms.": "números",
    "pàg.": "pàgina", "pàgs.": "pàgines", "tel.": "telèfon", "Tel.": "telèfon", "av.": "avinguda", "Av.": "avinguda", "c/": "carrer", "C/": "carrer",
    "pl.": "plaça", "Pl.": "plaça", "pg.": "passeig", "Pg.": "passeig", "ctra.": "carretera", "Cap.": "capítol", "cap.": "capítol", "n.°": "número", "n.º": "número", "nº": "número", "St.": "sant", "Sta.": "santa",
    "aC": "abans de Crist", "dC": "després de Crist", "a. C.": "abans de Crist", "d. C.": "després de Crist", "EUA": "Estats Units",
    "Mn.": "mossèn", "Excm.": "excel·lentíssim", "Hble.": "honorable", "aprox.": "aproximadament", "vs.": "contra", "P. D.": "postdata",
    "nre.": "número", "dta.": "dreta", "esq.": "esquerra",
}  # fmt: skip
LETTERS = {
    "A": "a", "B": "be", "C": "ce", "Ç": "ce trencada", "D": "de", "E": "e", "F": "efa", "G": "ge", "H": "hac", "I": "i",
    "J": "jota", "K": "ca", "L": "ela", "M": "ema", "N": "ena", "O": "o", "P": "pe", "Q": "cu", "R": "erra", "S": "essa",
    "T": "te", "U": "u", "V": "ve baixa", "W": "ve doble", "X": "ics", "Y": "i grega", "Z": "zeta",
}  # fmt: skip
SYMBOLS = {
    "&": "i", "+": "més", "=": "igual a", "@": "arrova", "×": "per", "x": "per", "÷": "dividit per", "±": "més menys", "%": "per cent", ".": "punt",
    "/": "barra", "-": "guió", "_": "guió baix", "www": "ve doble ve doble ve doble", "and": "i", "#": "número", "№": "número", "°": "graus",
    ":": "dos punts", "§": "secció",
}  # fmt: skip
KINGS = list_words(
    "Carles Felip Alfons Ferran Napoleó Joan Pau Francesc Enric Jaume Pere Martí Lluís Jordi Eduard Ricard Guillem Pius "
    "Benet Lleó Climent Gregori Innocenci Urbà Alexandre Ramsès Ramir Sanç Ramon Berenguer Nicolau Ivan Frederic Maximilià "
    "Leopold Albert Humbert Gustau Cristià Darius Xerxes Amadeu George Henry Charles William Edward Louis"
)
QUEENS = list_words("Isabel Elisabet Elizabeth Joana Maria Caterina Cristina Margarida Cleopatra Anna Blanca Beatriu Peronella")
CHAPTERS = list_words("capítol episodi acte tom llibre part volum escena fase títol tema rocky")
ROMAN_NOUNS = {
    "guerra": F, "república": F, "edició": F, "cimera": F, "setmana": F, "dinastia": F, "reich": M, "aniversari": M, "congrés": M, "concili": M,
    "festival": M, "imperi": M, "premi": M,
}  # fmt: skip
QUARTERS, STEMS = {15: "un quart", 30: "dos quarts", 45: "tres quarts"}, {"cinc": "cinqu", "nou": "nov", "deu": "des"}  # fmt: skip  # STEMS: of ordinals


@lru_cache(maxsize=4096)
def spell_cardinal(number: int, gender: Gender | None = None) -> str:
    """`un`; `una`, `dues`, `dues-centes` before feminine nouns, but for the multiples of millions."""
    words = re.sub(r"\bu$", "un", str(num2words(number, lang="ca")))
    if gender is not F:
        return words
    millions, counted = re.fullmatch(r"(.*(?:ilió|ilions)\b)?(.*)", words).groups("")  # type: ignore[union-attr]
    counted = re.sub(r"-cents\b", "-centes", counted)
    return millions + re.sub(r"\bun\b", "una", re.sub(r"\bdos\b", "dues", counted))


def spell_ordinal(number: int, gender: Gender | None = None) -> str:
    """`primer`, `segona`, `cinquè`, `vint-i-cinquena`."""
    words = ORDINALS.get(number)
    if words is None:
        cardinal = spell_cardinal(number)
        ending = next((ending for ending in STEMS if cardinal.endswith(ending)), "")
        words = (cardinal.removesuffix(ending) + STEMS[ending] if ending else re.sub(r"[ae]$", "", cardinal)) + "è"
    if gender is not F or not number:
        return words
    return re.sub(r"è$", "ena", words) if words.endswith("è") else f"{words}a"


def spell_decimal(whole: int, digits: str) -> str:
    """`tres coma catorze`; zeros and long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    parts = list(digits) if len(digits) > 3 else ["0"] * min(zeros, len(digits) - 1) + [digits]
    return f"{spell_cardinal(whole)} coma {' '.join(spell_cardinal(int(part)) for part in parts)}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """`cinc dòlars amb cinquanta`."""
    if not units and cents and currency.cent:
        return f"{spell_cardinal(cents, currency.cent.gender)} {currency.cent.after(cents)}"
    link = " de" if units and units % 1_000_000 == 0 else ""
    said = f"{spell_cardinal(units, currency.unit.gender)}{link} {currency.unit.after(units)}"
    return f"{said} amb {spell_cardinal(cents)}" if cents and currency.cent else said


def spell_time(hour: int, minute: int, half: str) -> str:
    """By quarters of the hour that comes: `dos quarts d'onze del vespre`; without a half of the day, after noon by the clock of 24."""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif hour > 12 or hour == 0:
        return spell_cardinal(hour, F) + (f" {spell_cardinal(minute)}" if minute else " hores")
    twelve = (hour - 1) % 12 + 1
    if minute in QUARTERS:
        said = f"{QUARTERS[minute]} de {spell_cardinal(twelve % 12 + 1, F)}"
    else:
        said = spell_cardinal(twelve, F) + (f" i {spell_cardinal(minute)}" if minute else "")
    return f"{said} {_name_part_of_day(hour)}" if half else said


def _name_part_of_day(hour: int) -> str:
    parts = (
        (1, "de la nit"),
        (6, "de la matinada"),
        (12, "del matí"),
        (14, "del migdia"),
        (19, "de la tarda"),
        (22, "del vespre"),
    )
    return next((part for end, part in parts if hour < end), "de la nit")


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`mig`, `mitja`, `tres quarts`, `dos cinquens`."""
    if denominator == 2:
        return ("mitja" if gender is F else "mig") if numerator == 1 else f"{spell_cardinal(numerator)} mitjos"
    name = {3: "terç", 10: "dècim"}.get(denominator) or spell_ordinal(denominator)
    plural = "terços" if name == "terç" else re.sub(r"è$", "en", name) + "s"
    return f"un {name}" if numerator == 1 else f"{spell_cardinal(numerator)} {plural}"


def contract(text: str) -> str:
    """Articles and elisions: `a dos quarts d'onze`, `l'onze`, `d'euros`, `el primer de maig`, `a les dues`."""
    text = re.sub(r"(?i)\b(?:les |la |l')(?=(?:un quart|dos quarts|tres quarts) d[e'])", "", text)
    text = re.sub(r"\b([Ll])'(?=primer\b)", lambda match: "El " if match[1] == "L" else "el ", text)
    text = re.sub(
        r"\b([Ll]es) (dos|vint-i-dos|vint-i-un)\b",
        lambda match: f"{match[1]} {match[2].replace('dos', 'dues').replace('-un', '-una')}",
        text,
    )
    text = re.sub(r"\b(quarts?) de (?=una\b)", r"\1 d'", re.sub(r"\b([Ll]a) un\b(?! (?:mil|mili))", r"\1 una", text))
    text = re.sub(r"(\w*mili(?:ó|ons)|quarts?|terç|terços) de (?=[aeiouhàèéíòóú])", r"\1 d'", text)
    text = re.sub(r"\b([Dd])e (?=(?:onze|un quart|euros|abril|agost|octubre|una? (?:anys?|dia|hora|mil))\b)", r"\1'", text)
    return re.sub(
        r"\b(?:([Ee])l|([Dd]e|[Aa])l) (?=onze\b)",
        lambda match: f"{match[2]} l'" if match[2] else ("L'" if match[1] == "E" else "l'"),
        text,
    )


def build_forms(_language: str = "ca") -> SpokenForms:
    """Catalan."""
    return SpokenForms(
        language="ca",
        cardinal=spell_cardinal,
        ordinal=spell_ordinal,
        year=spell_cardinal,
        decimal=spell_decimal,
        money=spell_money,
        time=spell_time,
        date=partial(spell_date, cardinal=spell_cardinal, first="primer", months=MONTHS, link=" de "),
        fraction=spell_fraction,
        regnal=partial(spell_ruler, kings=KINGS, queens=QUEENS, cardinal=spell_cardinal, ordinal=spell_ordinal),
        century=lambda number: spell_ordinal(number) if number <= 10 else spell_cardinal(number),
        telephone=partial(spell_digits, cardinal=spell_cardinal, plus="més"),
        gender_of=NounEndings(FEMININE, MASCULINE_IN_A, NO_NOUNS).find_gender,
        decimal_mark=",",
        minus="menys",
        percent="per cent",
        months=MONTHS,
        century_words=frozenset({"segle", "segles"}),
        regnal_names=KINGS | QUEENS | CHAPTERS,
        roman_nouns=ROMAN_NOUNS,
        plural_ending="s",
        ordinal_marks={"r": M, "n": M, "t": M, "è": M, "é": M, "a": F, "ª": F, "º": M},
        magnitudes=frozenset({"mil", "milió", "milions", "mil milions", "bilió", "bilions"}),
        short_magnitudes={"m": ("milió", "milions"), "bn": ("mil milions", "mil milions")},
        duration_link="i",
        magnitude_link="de",
        currencies=CURRENCIES | {code: CURRENCIES[sign] for code, sign in CURRENCY_CODES.items()},
        units=UNITS,
        per="per",
        abbreviations=ABBREVIATIONS,
        letters=LETTERS,
        symbols=SYMBOLS,
        range_words="a",
        hashtag="etiqueta",
        tidy=contract,
    )
