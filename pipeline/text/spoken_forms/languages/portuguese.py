"""Spoken forms of Portuguese, of Brazil and of Portugal. Sources: Ciberdúvidas da Língua Portuguesa (numerais, horas, datas); Academia Brasileira de Letras."""

import re

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms

MONTHS = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip
F, M = Gender.FEMININE, Gender.MASCULINE
MASCULINE = frozenset({"dia", "dias", "mapa", "mapas", "problema", "problemas", "programa", "programas", "tema", "temas", "sistema", "sistemas", "clima", "planeta", "planetas", "quilograma", "quilogramas", "grama", "gramas"})  # fmt: skip
FEMININE_ENDINGS = re.compile(r"(?:as?|ção|ções|são|sões|dade|dades|gem|gens)$")
FEMININE = frozenset({"mulheres", "noites", "vezes", "tardes", "mãos", "flores", "partes", "leis", "vozes", "luzes", "chaves"})
NO_NOUNS = frozenset({"a", "ao", "à", "às", "as", "com", "da", "das", "de", "do", "dos", "e", "é", "em", "mas", "na", "nas", "no", "o", "os", "ou", "para", "por", "que", "são", "sem", "mais", "era", "já"})  # fmt: skip


def spell_cardinal(number: int, gender: Gender | None = None) -> str:
    """`um`, `dois`, `duzentos`; `uma`, `duas`, `duzentas` before feminine nouns."""
    return _spell("pt", number, gender)


def _spell(language: str, number: int, gender: Gender | None) -> str:
    words = str(num2words(number, lang=language)).replace(",", "")
    words = re.sub(r"\bmil (?=(?:cem|cento|[a-zç]+centos|quinhentos)$)", "mil e ", words)
    if gender is not F:
        return words
    head, milhar, tail = words.rpartition(" mil") if " milh" not in words else ("", "", words)
    parts = [re.sub(r"([cz])entos\b", r"\1entas", part).replace("quinhentos", "quinhentas") for part in (head, tail)]
    parts = [re.sub(r"\bum$", "uma", re.sub(r"\bdois$", "duas", part)) for part in parts]
    return parts[0] + milhar + parts[1]


def spell_brazilian(number: int, gender: Gender | None = None) -> str:
    """`dezesseis`, `dezenove`."""
    return _spell("pt_BR", number, gender)


def spell_ordinal(number: int, gender: Gender | None = None) -> str:
    """`primeiro`, `primeira`."""
    words = str(num2words(number, lang="pt", to="ordinal"))
    return re.sub(r"o\b", "a", words) if gender is F else words


def spell_decimal(whole: int, digits: str) -> str:
    """`três vírgula catorze`; long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    rest = (
        [spell_cardinal(int(digit)) for digit in digits]
        if len(digits) > 3
        else ["zero"] * min(zeros, len(digits) - 1) + [spell_cardinal(int(digits))]
    )
    return f"{spell_cardinal(whole)} vírgula {' '.join(rest)}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """`cinco dólares e cinquenta`."""
    link = " de" if units >= 1_000_000 and units % 1_000_000 == 0 else ""
    if not units and cents and currency.cent:
        return f"{spell_cardinal(cents, currency.cent.gender)} {currency.cent.after(cents)}"
    said = f"{spell_cardinal(units, currency.unit.gender)}{link} {currency.unit.after(units)}"
    return f"{said} e {spell_cardinal(cents)}" if cents and currency.cent else said


def spell_time(hour: int, minute: int, half: str) -> str:
    """`dez e meia da noite`; without a half of the day, hours after noon by the clock of 24."""
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
        part = (
            ""
            if hour == 12
            else "da madrugada"
            if hour < 6
            else "da manhã"
            if hour < 12
            else "da tarde"
            if hour < 19
            else "da noite"
        )
        return f"{_spell_clock((hour - 1) % 12 + 1, minute)} {part}".strip()
    return _spell_clock(hour, minute)


def _spell_clock(hour: int, minute: int) -> str:
    said = "zero" if hour == 0 else spell_cardinal(hour, F)
    if not minute:
        return f"{said} horas" if hour > 12 or hour == 0 else said
    return f"{said} e {'meia' if minute == 30 and 0 < hour <= 12 else spell_cardinal(minute)}"


def spell_date(day: int, month: int, year: int | None) -> str:
    """`cinco de dezembro de dois mil e vinte e quatro`; the first of a month is `primeiro`."""
    named = f"{'primeiro' if day == 1 else spell_cardinal(day)} de {MONTHS[month - 1]}"
    return f"{named} de {spell_cardinal(year)}" if year else named


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`meio`, `meia`, `três quartos`."""
    if denominator == 2:
        return ("meia" if gender is F else "meio") if numerator == 1 else f"{spell_cardinal(numerator)} meios"
    name = {3: "terço"}.get(denominator) or (
        spell_ordinal(denominator) if denominator <= 10 else f"{spell_cardinal(denominator)} avos"
    )
    return f"um {name}" if numerator == 1 else f"{spell_cardinal(numerator)} {name}{'' if name.endswith('s') else 's'}"


def spell_regnal(number: int) -> str:
    """Ordinals up to ten, cardinals beyond: Pedro segundo, Luís catorze."""
    return spell_ordinal(number) if number <= 10 else spell_cardinal(number)


def spell_telephone(text: str) -> str:
    """Digit by digit, a pause between groups."""
    said = ", ".join(" ".join(spell_cardinal(int(digit)) for digit in group) for group in re.findall(r"\d+", text))
    return f"mais {said}" if text.startswith("+") else said


def find_gender(noun: str) -> Gender | None:
    """By the ending and lists of common nouns; None for what is no noun."""
    word = noun.casefold()
    if not word or word in NO_NOUNS:
        return None
    return F if word not in MASCULINE and (word in FEMININE or FEMININE_ENDINGS.search(word)) else M


def build_forms(language: str = "pt") -> SpokenForms:
    """Portuguese of Brazil, or of Portugal where its tag says so: the numbers from 14 to 19 differ."""
    is_european = language == "pt-PT"
    cent = Noun("cêntimo", "cêntimos") if is_european else Noun("centavo", "centavos")
    dollar, euro = Currency(Noun("dólar", "dólares"), Noun("centavo", "centavos")), Currency(Noun("euro", "euros"), cent)
    cardinal = spell_cardinal if is_european else spell_brazilian
    return SpokenForms(
        language="pt",
        cardinal=cardinal,
        ordinal=spell_ordinal,
        year=lambda number: cardinal(number, None),
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
        minus="menos",
        percent="por cento",
        months=MONTHS,
        century_words=frozenset({"século", "séculos"}),
        regnal_names=frozenset(
            {
                "Pedro",
                "João",
                "Carlos",
                "Filipe",
                "Felipe",
                "Isabel",
                "Napoleão",
                "Paulo",
                "Francisco",
                "Henrique",
                "Luís",
                "Manuel",
            }
        ),
        ordinal_marks={"º": M, "°": M, "o": M, "ª": F, "a": F},
        magnitudes=frozenset({"mil", "milhão", "milhões", "bilhão", "bilhões", "bilião", "biliões"}),
        magnitude_link="de",
        currencies={
            "$": dollar,
            "US$": dollar,
            "USD": dollar,
            "€": euro,
            "EUR": euro,
            "R$": Currency(Noun("real", "reais"), Noun("centavo", "centavos")),
            "£": Currency(Noun("libra", "libras", F), Noun("penny", "pence")),
            "¥": Currency(Noun("iene", "ienes")),
        },  # fmt: skip
        units={
            "km": Noun("quilômetro", "quilômetros"),
            "m": Noun("metro", "metros"),
            "cm": Noun("centímetro", "centímetros"),
            "mm": Noun("milímetro", "milímetros"),
            "kg": Noun("quilo", "quilos"),
            "g": Noun("grama", "gramas"),
            "mg": Noun("miligrama", "miligramas"),
            "l": Noun("litro", "litros"),
            "L": Noun("litro", "litros"),
            "ml": Noun("mililitro", "mililitros"),
            "h": Noun("hora", "horas", F),
            "min": Noun("minuto", "minutos"),
            "s": Noun("segundo", "segundos"),
            "°C": Noun("grau Celsius", "graus Celsius"),
            "°F": Noun("grau Fahrenheit", "graus Fahrenheit"),
            "°": Noun("grau", "graus"),
            "GB": Noun("gigabyte", "gigabytes"),
            "MB": Noun("megabyte", "megabytes"),
            "Hz": Noun("hertz", "hertz"),
            "kW": Noun("quilowatt", "quilowatts"),
            "W": Noun("watt", "watts"),
            "V": Noun("volt", "volts"),
            "m²": Noun("metro quadrado", "metros quadrados"),
            "km²": Noun("quilômetro quadrado", "quilômetros quadrados"),
            "ha": Noun("hectare", "hectares"),
            "lb": Noun("libra", "libras", F),
            "mph": Noun("milha por hora", "milhas por hora", F),
            "mi": Noun("milha", "milhas", F),
            "ft": Noun("pé", "pés"),
            "oz": Noun("onça", "onças", F),
        },  # fmt: skip
        per="por",
        abbreviations={
            "Sr.": "senhor",
            "Sra.": "senhora",
            "Srta.": "senhorita",
            "Srs.": "senhores",
            "Dr.": "doutor",
            "Dra.": "doutora",
            "Prof.": "professor",
            "Profa.": "professora",
            "D.": "dom",
            "etc.": "et cetera",
            "p. ex.": "por exemplo",
            "p.ex.": "por exemplo",
            "n.º": "número",
            "nº": "número",
            "Nº": "número",
            "pág.": "página",
            "tel.": "telefone",
            "Tel.": "telefone",
            "Av.": "avenida",
            "av.": "avenida",
            "R.": "rua",
            "Exmo.": "excelentíssimo",
            "a.C.": "antes de Cristo",
            "d.C.": "depois de Cristo",
            "Gen.": "general",
            "Cap.": "capitão",
            "EUA": "Estados Unidos",
            "V. Exa.": "vossa excelência",
            "Sto.": "santo",
            "Sta.": "santa",
        },  # fmt: skip
        letters={
            "A": "á",
            "B": "bê",
            "C": "cê",
            "D": "dê",
            "E": "é",
            "F": "efe",
            "G": "gê",
            "H": "agá",
            "I": "i",
            "J": "jota",
            "K": "cá",
            "L": "ele",
            "M": "eme",
            "N": "ene",
            "O": "ó",
            "P": "pê",
            "Q": "quê",
            "R": "erre",
            "S": "esse",
            "T": "tê",
            "U": "u",
            "V": "vê",
            "W": "dáblio",
            "X": "xis",
            "Y": "ípsilon",
            "Z": "zê",
        },  # fmt: skip
        symbols={
            "&": "e",
            "+": "mais",
            "=": "igual a",
            "@": "arroba",
            "×": "vezes",
            "÷": "dividido por",
            "%": "por cento",
            ".": "ponto",
            "/": "barra",
            "-": "hífen",
            "_": "sublinhado",
            "www": "dáblio dáblio dáblio",
            "and": "e",
            "#": "número",
            "№": "número",
            "°": "graus",
            ":": "dois pontos",
            "§": "parágrafo",
            "https": "",
            "http": "",
        },  # fmt: skip
        range_words="a",
        score_word="a",
        hashtag="hashtag",
        tidy=(lambda text: text.replace("quilômetro", "quilómetro")) if is_european else str,
    )
