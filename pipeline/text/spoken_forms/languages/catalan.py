"""Spoken forms of Catalan. Sources: Optimot and "Gramàtica essencial de la llengua catalana" (IEC); ésAdir (hores, xifres, dates)."""

import re

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms

MONTHS = (
    "gener", "febrer", "març", "abril", "maig", "juny", "juliol", "agost", "setembre", "octubre", "novembre", "desembre",
)  # fmt: skip
F, M = Gender.FEMININE, Gender.MASCULINE
MASCULINE = frozenset({"dia", "dies", "mapa", "mapes", "problema", "problemes", "programa", "programes", "tema", "temes", "sistema", "sistemes", "clima", "planeta", "planetes", "homes", "llibres", "metges", "quilòmetres", "pares", "centres", "mestres", "euros", "arbres", "membres", "litres", "metres"})  # fmt: skip
FEMININE_ENDINGS = re.compile(r"(?:a|es|ció|cions|sió|sions|tat|tats|tud)$")
FEMININE = frozenset(
    {"nit", "nits", "mà", "mans", "flor", "flors", "vegada", "llei", "veu", "veus", "clau", "claus", "part", "parts"}
)
NO_NOUNS = frozenset({"a", "al", "amb", "de", "del", "dels", "el", "els", "en", "és", "i", "la", "les", "o", "per", "però", "que", "són", "sense", "més", "menys", "era", "ja"})  # fmt: skip
ORDINALS = {1: ("primer", "primera"), 2: ("segon", "segona"), 3: ("tercer", "tercera"), 4: ("quart", "quarta")}
CENT = Noun("cèntim", "cèntims")
QUARTERS = {15: "un quart", 30: "dos quarts", 45: "tres quarts"}


def spell_cardinal(number: int, gender: Gender | None = None) -> str:
    """`u` by itself is said `un`; `una`, `dues`, `dues-centes` before feminine nouns."""
    words = str(num2words(number, lang="ca"))
    if gender is F:
        words = re.sub(
            r"\bdos(?=-cents|$)",
            "dues",
            re.sub(r"\b(dos|[a-z]+)-cents\b", lambda match: f"{'dues' if match[1] == 'dos' else match[1]}-centes", words),
        )
        return re.sub(r"\b(?:un|u)$", "una", words)
    return re.sub(r"\bu$", "un", words)


def spell_ordinal(number: int, gender: Gender | None = None) -> str:
    """`primer`, `segona`, `cinquè`, `vintena`."""
    if number in ORDINALS:
        return ORDINALS[number][gender is F]
    words = spell_cardinal(number)
    for ending, stem in (
        ("cinc", "cinqu"),
        ("nou", "nov"),
        ("deu", "des"),
        ("un", "un"),
        ("vuit", "vuit"),
        ("a", ""),
        ("e", ""),
        ("s", "s"),
    ):
        if words.endswith(ending):
            words = words.removesuffix(ending) + stem
            break
    return words + ("ena" if gender is F else "è")


def spell_decimal(whole: int, digits: str) -> str:
    """`tres coma catorze`; long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = (
        [spell_cardinal(int(digit)) for digit in digits]
        if len(digits) > 3
        else ["zero"] * min(zeros, len(digits) - 1) + [spell_cardinal(int(digits))]
    )
    return f"{spell_cardinal(whole)} coma {' '.join(rest)}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """`cinc dòlars amb cinquanta`."""
    link = (" d'" if currency.unit.many[0] in "aeiou" else " de ") if units >= 1_000_000 and units % 1_000_000 == 0 else " "
    if not units and cents and currency.cent:
        return f"{spell_cardinal(cents, currency.cent.gender)} {currency.cent.after(cents)}"
    said = f"{spell_cardinal(units, currency.unit.gender)}{link}{currency.unit.after(units)}"
    return f"{said} amb {spell_cardinal(cents)}" if cents and currency.cent else said


def spell_time(hour: int, minute: int, half: str) -> str:
    """By quarters of the hour that comes: `dos quarts d'onze del vespre`; hours after noon by the clock of 24 where nothing names the half."""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif hour > 12 or hour == 0:
        return ("zero" if hour == 0 else spell_cardinal(hour, F)) + (f" {spell_cardinal(minute)}" if minute else " hores")
    part = ("de la matinada" if hour < 6 else "del matí" if hour < 12 else "del migdia" if hour < 15 else "de la tarda" if hour < 20 else "del vespre" if hour < 22 else "de la nit") if half else ""  # fmt: skip
    twelve = (hour - 1) % 12 + 1
    if minute in QUARTERS:
        following = spell_cardinal(twelve % 12 + 1, F)
        said = f"{QUARTERS[minute]} {'d' + chr(39) if following[0] in 'aeiou' else 'de '}{following}"
    else:
        said = spell_cardinal(twelve, F) + (f" i {spell_cardinal(minute)}" if minute else "")
    return f"{said} {part}".strip()


def spell_date(day: int, month: int, year: int | None) -> str:
    """`cinc de desembre de dos mil vint-i-quatre`; the first of a month is `u`, said `primer`."""
    name = MONTHS[month - 1]
    named = f"{'primer' if day == 1 else spell_cardinal(day)} {'d' + chr(39) if name[0] in 'aeiou' else 'de '}{name}"
    return f"{named} de {spell_cardinal(year)}" if year else named


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`mig`, `mitja`, `tres quarts`."""
    if denominator == 2:
        return ("mitja" if gender is F else "mig") if numerator == 1 else f"{spell_cardinal(numerator)} mitjos"
    name = {3: "terç", 4: "quart", 10: "dècim"}.get(denominator) or spell_ordinal(denominator)
    plural = {"terç": "terços"}.get(name) or (f"{name.removesuffix('è')}ens" if name.endswith("è") else f"{name}s")
    return f"un {name}" if numerator == 1 else f"{spell_cardinal(numerator)} {plural}"


def spell_regnal(number: int) -> str:
    """Ordinals up to ten, cardinals beyond: Felip segon, Lluís catorze."""
    return spell_ordinal(number) if number <= 10 else spell_cardinal(number)


def spell_telephone(text: str) -> str:
    """Digit by digit, a pause between groups."""
    said = ", ".join(" ".join(spell_cardinal(int(digit)) for digit in group) for group in re.findall(r"\d+", text))
    return f"més {said}" if text.startswith("+") else said


def find_gender(noun: str) -> Gender | None:
    """By the ending and lists of common nouns; None for what is no noun."""
    word = noun.casefold()
    if not word or word in NO_NOUNS:
        return None
    return F if word not in MASCULINE and (word in FEMININE or FEMININE_ENDINGS.search(word)) else M


def contract(text: str) -> str:
    """The article goes where a time is said by quarters: `a les dos quarts` → `a dos quarts`."""
    return re.sub(r"\b(?:les|la) (?=(?:un quart|dos quarts|tres quarts) d)", "", text)


def build_forms(_language: str = "ca") -> SpokenForms:
    """Catalan."""
    dollar, euro = Currency(Noun("dòlar", "dòlars"), Noun("centau", "centaus")), Currency(Noun("euro", "euros"), CENT)
    return SpokenForms(
        language="ca",
        cardinal=spell_cardinal,
        ordinal=spell_ordinal,
        year=spell_cardinal,
        decimal=spell_decimal,
        money=spell_money,
        time=spell_time,
        date=spell_date,
        fraction=spell_fraction,
        regnal=spell_regnal,
        century=spell_regnal,
        telephone=spell_telephone,
        gender_of=find_gender,
        decimal_mark=",",
        minus="menys",
        percent="per cent",
        months=MONTHS,
        century_words=frozenset({"segle", "segles"}),
        regnal_names=frozenset(
            {
                "Carles",
                "Felip",
                "Alfons",
                "Ferran",
                "Isabel",
                "Napoleó",
                "Joan",
                "Pau",
                "Francesc",
                "Enric",
                "Jaume",
                "Pere",
                "Martí",
            }
        ),
        ordinal_marks={"r": M, "n": M, "t": M, "è": M, "a": F, "ª": F, "º": M},
        magnitudes=frozenset({"mil", "milió", "milions", "bilió", "bilions"}),
        magnitude_link="de",
        currencies={
            "$": dollar,
            "US$": dollar,
            "USD": dollar,
            "€": euro,
            "EUR": euro,
            "£": Currency(Noun("lliura", "lliures", F), Noun("penic", "penics")),
            "¥": Currency(Noun("ien", "iens")),
        },  # fmt: skip
        units={
            "km": Noun("quilòmetre", "quilòmetres"),
            "m": Noun("metre", "metres"),
            "cm": Noun("centímetre", "centímetres"),
            "mm": Noun("mil·límetre", "mil·límetres"),
            "kg": Noun("quilo", "quilos"),
            "g": Noun("gram", "grams"),
            "mg": Noun("mil·ligram", "mil·ligrams"),
            "l": Noun("litre", "litres"),
            "L": Noun("litre", "litres"),
            "ml": Noun("mil·lilitre", "mil·lilitres"),
            "h": Noun("hora", "hores", F),
            "min": Noun("minut", "minuts"),
            "s": Noun("segon", "segons"),
            "°C": Noun("grau Celsius", "graus Celsius"),
            "°F": Noun("grau Fahrenheit", "graus Fahrenheit"),
            "°": Noun("grau", "graus"),
            "GB": Noun("gigabyte", "gigabytes"),
            "MB": Noun("megabyte", "megabytes"),
            "Hz": Noun("hertz", "hertz"),
            "kW": Noun("quilowatt", "quilowatts"),
            "W": Noun("watt", "watts"),
            "V": Noun("volt", "volts"),
            "m²": Noun("metre quadrat", "metres quadrats"),
            "km²": Noun("quilòmetre quadrat", "quilòmetres quadrats"),
            "ha": Noun("hectàrea", "hectàrees", F),
            "lb": Noun("lliura", "lliures", F),
            "mph": Noun("milla per hora", "milles per hora", F),
            "mi": Noun("milla", "milles", F),
            "ft": Noun("peu", "peus"),
            "oz": Noun("unça", "unces", F),
        },  # fmt: skip
        per="per",
        abbreviations={
            "Sr.": "senyor",
            "Sra.": "senyora",
            "Srta.": "senyoreta",
            "Dr.": "doctor",
            "Dra.": "doctora",
            "Prof.": "professor",
            "etc.": "etcètera",
            "p. ex.": "per exemple",
            "p.ex.": "per exemple",
            "núm.": "número",
            "n.": "número",
            "pàg.": "pàgina",
            "tel.": "telèfon",
            "Tel.": "telèfon",
            "av.": "avinguda",
            "Av.": "avinguda",
            "c.": "carrer",
            "C.": "carrer",
            "pl.": "plaça",
            "Pl.": "plaça",
            "St.": "sant",
            "Sta.": "santa",
            "aC": "abans de Crist",
            "dC": "després de Crist",
            "EUA": "Estats Units",
            "Mn.": "mossèn",
            "Excm.": "excel·lentíssim",
        },  # fmt: skip
        letters={
            "A": "a",
            "B": "be",
            "C": "ce",
            "D": "de",
            "E": "e",
            "F": "efa",
            "G": "ge",
            "H": "hac",
            "I": "i",
            "J": "jota",
            "K": "ca",
            "L": "ela",
            "M": "ema",
            "N": "ena",
            "O": "o",
            "P": "pe",
            "Q": "cu",
            "R": "erra",
            "S": "essa",
            "T": "te",
            "U": "u",
            "V": "ve baixa",
            "W": "ve doble",
            "X": "ics",
            "Y": "i grega",
            "Z": "zeta",
        },  # fmt: skip
        symbols={
            "&": "i",
            "+": "més",
            "=": "igual a",
            "@": "arrova",
            "×": "per",
            "÷": "dividit per",
            "%": "per cent",
            ".": "punt",
            "/": "barra",
            "-": "guió",
            "_": "guió baix",
            "www": "ve doble ve doble ve doble",
            "and": "i",
            "#": "número",
            "№": "número",
            "°": "graus",
            ":": "dos punts",
            "§": "secció",
            "https": "",
            "http": "",
        },  # fmt: skip
        range_words="a",
        score_word="a",
        hashtag="etiqueta",
        tidy=contract,
    )
