"""Spoken forms of Portuguese, of Brazil and of Portugal.

Sources: Ciberdúvidas da Língua Portuguesa (numerais, horas, datas, reis e séculos); Academia Brasileira de Letras, VOLP.
"""

import re
from functools import lru_cache, partial

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms, list_words
from pipeline.text.spoken_forms.romance import NounEndings, spell_digits, spell_ruler

F, M = Gender.FEMININE, Gender.MASCULINE
MONTHS = (
    "janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro",
)  # fmt: skip
MASCULINE_IN_A = re.compile(
    r"(?:dia|mapa|clima|planeta|cometa|sofá|guarda|polícia|atleta|pirata|poeta|colega|camarada|gorila|dálmata|\w*ista"
    r"|problema|programa|tema|idioma|sistema|drama|poema|quilograma|grama|dilema|sintoma|fantasma|diploma|telegrama|aroma|enigma|esquema|cinema)s?"
)
FEMININE = re.compile(
    r"\w*(?:[aã]|dade|gem|tude)s?|\w*(?:ção|são|gens|ções|sões)|mãos?"
    r"|(?:mulher|flor|lei|noite|tarde|parte|chave|nave|frase|base|nuvem|torre|gente|série|espécie|rede|parede|cor|dor|morte|ponte|face|classe)(?:es|s)?"
    r"|nuvens|ve(?:z|zes)|vo(?:z|zes)|lu(?:z|zes)|cru(?:z|zes)"
)
NO_NOUNS = list_words(
    "a à ao aos as às com contra da das de do dos e é em entre era já mais mas menos na nas no nos o os ou para por que se "
    "sem são são"
)
CENTAVO = Noun("centavo", "centavos")
CURRENCIES = {
    "$": Currency(Noun("dólar", "dólares"), CENTAVO), "€": Currency(Noun("euro", "euros"), CENTAVO), "R$": Currency(Noun("real", "reais"), CENTAVO),
    "£": Currency(Noun("libra", "libras", F), Noun("pêni", "pence")), "¥": Currency(Noun("iene", "ienes")),
    "¢": Currency(CENTAVO), "₽": Currency(Noun("rublo", "rublos")), "₹": Currency(Noun("rupia", "rupias", F)),
}  # fmt: skip
EUROPEAN_TAGS = frozenset({"pt-PT", "pt-AO", "pt-MZ", "pt-CV"})  # these count and spell as in Portugal
CURRENCIES |= {"US$": CURRENCIES["$"], "USD": CURRENCIES["$"], "EUR": CURRENCIES["€"], "GBP": CURRENCIES["£"], "JPY": CURRENCIES["¥"], "BRL": CURRENCIES["R$"]}  # fmt: skip
EUROPEAN_CURRENCIES = CURRENCIES | dict.fromkeys(("€", "EUR"), Currency(CURRENCIES["€"].unit, Noun("cêntimo", "cêntimos")))
MAGNITUDES = frozenset({"mil milhões"}) | list_words("mil milhão milhões bilhão bilhões bilião biliões trilhão trilhões")
SHORT_MAGNITUDES = {"m": ("milhão", "milhões"), "bn": ("bilhão", "bilhões")}
EUROPEAN_SHORT_MAGNITUDES = SHORT_MAGNITUDES | {"bn": ("mil milhões", "mil milhões")}
UNITS = {
    "km": Noun("quilômetro", "quilômetros"), "m": Noun("metro", "metros"), "cm": Noun("centímetro", "centímetros"),
    "mm": Noun("milímetro", "milímetros"), "kg": Noun("quilo", "quilos"), "g": Noun("grama", "gramas"), "mg": Noun("miligrama", "miligramas"),
    "l": Noun("litro", "litros"), "L": Noun("litro", "litros"), "ml": Noun("mililitro", "mililitros"), "cl": Noun("centilitro", "centilitros"),
    "h": Noun("hora", "horas", F), "min": Noun("minuto", "minutos"), "s": Noun("segundo", "segundos"), "seg": Noun("segundo", "segundos"),
    "°C": Noun("grau Celsius", "graus Celsius"), "ºC": Noun("grau Celsius", "graus Celsius"),
    "°F": Noun("grau Fahrenheit", "graus Fahrenheit"), "ºF": Noun("grau Fahrenheit", "graus Fahrenheit"), "°": Noun("grau", "graus"),
    "GB": Noun("giga", "gigas"), "MB": Noun("mega", "megas"), "TB": Noun("tera", "teras"), "Hz": Noun("hertz", "hertz"),
    "kHz": Noun("quilo-hertz", "quilo-hertz"), "MHz": Noun("mega-hertz", "mega-hertz"), "kW": Noun("quilowatt", "quilowatts"),
    "kWh": Noun("quilowatt-hora", "quilowatts-hora"), "W": Noun("watt", "watts"), "V": Noun("volt", "volts"),
    "m²": Noun("metro quadrado", "metros quadrados"), "m2": Noun("metro quadrado", "metros quadrados"),
    "m³": Noun("metro cúbico", "metros cúbicos"), "m3": Noun("metro cúbico", "metros cúbicos"),
    "km²": Noun("quilômetro quadrado", "quilômetros quadrados"), "km2": Noun("quilômetro quadrado", "quilômetros quadrados"),
    "ha": Noun("hectare", "hectares"), "lb": Noun("libra", "libras", F), "mph": Noun("milha por hora", "milhas por hora", F),
    "mi": Noun("milha", "milhas", F), "ft": Noun("pé", "pés"), "oz": Noun("onça", "onças", F), "dB": Noun("decibel", "decibéis"),
}  # fmt: skip
ABBREVIATIONS = {
    "Sr.": "senhor", "Sra.": "senhora", "Sr.ª": "senhora", "Srta.": "senhorita", "Srs.": "senhores", "Dr.": "doutor", "Dra.": "doutora",
    "Dr.ª": "doutora", "Prof.": "professor", "Profa.": "professora", "Prof.ª": "professora", "D.": "dom", "etc.": "etcétera", "p. ex.": "por exemplo",
    "p.ex.": "por exemplo", "n.º": "número", "N.º": "número", "nº": "número", "Nº": "número", "pág.": "página", "págs.": "páginas",
    "tel.": "telefone", "Tel.": "telefone", "Av.": "avenida", "av.": "avenida", "R.": "rua", "Exmo.": "excelentíssimo", "Exma.": "excelentíssima",
    "a.C.": "antes de Cristo", "a. C.": "antes de Cristo", "d.C.": "depois de Cristo", "d. C.": "depois de Cristo", "Gen.": "general",
    "Cap.": "capitão", "Cel.": "coronel", "Ten.": "tenente", "Sgt.": "sargento", "EUA": "Estados Unidos", "V. Exa.": "vossa excelência",
    "V. Ex.ª": "vossa excelência", "cap.": "capítulo", "n.°": "número", "N.°": "número", "Sto.": "santo", "Sta.": "santa", "Eng.": "engenheiro", "aprox.": "aproximadamente", "vs.": "contra",
    "Ltda.": "limitada", "Cia.": "companhia", "apto.": "apartamento", "P.S.": "pós-escrito",
}  # fmt: skip
LETTERS = {
    "A": "á", "B": "bê", "C": "cê", "D": "dê", "E": "é", "F": "efe", "G": "gê", "H": "agá", "I": "i", "J": "jota", "K": "cá",
    "L": "ele", "M": "eme", "N": "ene", "O": "ó", "P": "pê", "Q": "quê", "R": "erre", "S": "esse", "T": "tê", "U": "u",
    "V": "vê", "W": "dáblio", "X": "xis", "Y": "ípsilon", "Z": "zê",
}  # fmt: skip
SYMBOLS = {
    "&": "e", "+": "mais", "=": "igual a", "@": "arroba", "×": "vezes", "x": "por", "÷": "dividido por", "±": "mais ou menos", "%": "por cento",
    ".": "ponto", "/": "barra", "-": "hífen", "_": "sublinhado", "www": "dáblio dáblio dáblio", "and": "e", "#": "número", "№": "número",
    "°": "graus", ":": "dois pontos", "§": "parágrafo",
}  # fmt: skip
KINGS = list_words(
    "Pedro João Carlos Filipe Felipe Napoleão Paulo Francisco Henrique Luís Manuel Afonso Sancho Dinis Duarte Sebastião "
    "José Miguel Fernando Jorge Eduardo Ricardo Guilherme Jaime Pio Bento Leão Clemente Gregório Inocêncio Urbano "
    "Alexandre Ramsés Nicolau Ivan Frederico Maximiliano Leopoldo Alberto Humberto Gustavo Cristiano Dario Xerxes George Henry Charles William Edward Louis"
)
QUEENS = list_words("Isabel Elizabeth Elisabete Joana Maria Catarina Cristina Margarida Cleópatra Ana Branca Beatriz")
CHAPTERS = list_words("capítulo episódio ato tomo livro parte volume cena fase título tema rocky")
ROMAN_NOUNS = {
    "guerra": F, "república": F, "edição": F, "cúpula": F, "cimeira": F, "semana": F, "dinastia": F, "reich": M, "aniversário": M, "congresso": M,
    "concílio": M, "festival": M, "império": M, "prêmio": M, "prémio": M,
}  # fmt: skip


@lru_cache(maxsize=8192)
def spell_cardinal(number: int, gender: Gender | None = None, *, language: str = "pt_BR") -> str:
    """`um`, `dois`, `duzentos`; `uma`, `duas`, `duzentas` before feminine nouns, but for the multiples of millions."""
    words = str(num2words(number, lang=language)).replace(",", "")
    words = re.sub(r"\bmil (?=(?:cem|[a-zç]+[cz]entos|quinhentos)$)", "mil e ", words)
    if gender is not F:
        return words
    millions, counted = re.fullmatch(r"(.*(?:ilhão|ilhões|ilião|iliões)\b)?(.*)", words).groups("")  # type: ignore[union-attr]
    counted = re.sub(r"([cz])entos\b", r"\1entas", counted).replace("quinhentos", "quinhentas")
    return millions + re.sub(r"\bum$", "uma", re.sub(r"\bdois\b", "duas", re.sub(r"\bum(?= mil\b)", "uma", counted)))


def spell_ordinal(number: int, gender: Gender | None = None) -> str:
    """`primeiro`, `primeira`."""
    words = str(num2words(number, lang="pt", to="ordinal")) if number else "zero"
    return re.sub(r"o\b", "a", words) if gender is F and number else words


def spell_decimal(whole: int, digits: str, language: str = "pt_BR") -> str:
    """`três vírgula catorze`; zeros and long fractions digit by digit."""
    zeros = len(digits) - len(digits.lstrip("0"))
    parts = list(digits) if len(digits) > 3 else ["0"] * min(zeros, len(digits) - 1) + [digits]
    rest = " ".join(spell_cardinal(int(part), language=language) for part in parts)
    return f"{spell_cardinal(whole, language=language)} vírgula {rest}"


def spell_money(units: int, cents: int, currency: Currency, language: str = "pt_BR") -> str:
    """`cinco dólares e cinquenta centavos`."""
    said = []
    if units or not cents or not currency.cent:
        link = " de" if units and units % 1_000_000 == 0 else ""
        said.append(f"{spell_cardinal(units, currency.unit.gender, language=language)}{link} {currency.unit.after(units)}")
    if cents and currency.cent:
        said.append(f"{spell_cardinal(cents, currency.cent.gender, language=language)} {currency.cent.after(cents)}")
    return " e ".join(said)


def spell_time(hour: int, minute: int, half: str, language: str = "pt_BR") -> str:
    """`dez e meia da noite`; without a half of the day, hours after noon by the clock of 24."""
    if not half:
        return _spell_clock(hour, minute, language)
    hour = hour % 12 + (12 if half == "pm" else 0)
    if minute == 0 and hour in {0, 12}:
        return "meio-dia" if hour else "meia-noite"
    part = "madrugada" if hour < 6 else "manhã" if hour < 12 else "tarde" if hour < 19 else "noite"
    return f"{_spell_clock((hour - 1) % 12 + 1, minute, language)} da {part}"


def _spell_clock(hour: int, minute: int, language: str) -> str:
    said = spell_cardinal(hour, F, language=language)
    if not minute:
        return f"{said} horas" if hour > 12 or hour == 0 else said
    said = said if hour else f"{said} hora"
    return f"{said} e {'meia' if minute == 30 and 0 < hour <= 12 else spell_cardinal(minute, language=language)}"


def spell_date(day: int, month: int, year: int | None, language: str = "pt_BR") -> str:
    """`cinco de dezembro de dois mil e vinte e quatro`; in Brazil the first of a month is `primeiro`."""
    first = "primeiro" if day == 1 and language == "pt_BR" else spell_cardinal(day, language=language)
    named = f"{first} de {MONTHS[month - 1]}"
    return f"{named} de {spell_cardinal(year, language=language)}" if year else named


def spell_fraction(numerator: int, denominator: int, gender: Gender | None = None) -> str:
    """`meio`, `meia`, `três quartos`."""
    if denominator == 2:
        return ("meia" if gender is F else "meio") if numerator == 1 else f"{spell_cardinal(numerator)} meios"
    if denominator > 10:
        return f"{spell_cardinal(numerator)} {spell_cardinal(denominator)} avos"
    name = "terço" if denominator == 3 else spell_ordinal(denominator)
    return f"um {name}" if numerator == 1 else f"{spell_cardinal(numerator)} {name}s"


def agree_titles(text: str) -> str:
    """`dona Maria` where the abbreviation was read as `dom`, `à uma`, `às duas` before hours; noon and midnight take `ao` and `à`."""
    text = re.sub(r"\bdom (?=[A-ZÁÉÍÓÚÂÊÔ]\w*a\b)", "dona ", text)
    text = re.sub(
        r"\b([Ss]egunda|[Tt]erceira|[Qq]uarta|[Qq]uinta|[Ss]exta)[ -]feira\b",
        lambda match: {"terceira": "terça", "Terceira": "Terça"}.get(match[1], match[1]) + "-feira",
        text,
    )
    text = re.sub(r"\b([Àà]) um\b", r"\1 uma", text)
    text = re.sub(
        r"\b([Àà]s|[Dd]as) (dois|vinte e dois|vinte e um)\b(?! de)",
        lambda match: f"{match[1]} {match[2].replace('dois', 'duas').replace('e um', 'e uma')}",
        text,
    )
    text = re.sub(r"\bàs meio-dia\b", "ao meio-dia", re.sub(r"\bAs meio-dia\b|\bÀs meio-dia\b", "Ao meio-dia", text))
    return re.sub(r"\b([Àà])s meia-noite\b", r"\1 meia-noite", text)


def agree_european(text: str) -> str:
    """As in Brazil, with the accents of Portugal."""
    return agree_titles(text).replace("quilômetro", "quilómetro")


def build_forms(language: str = "pt") -> SpokenForms:
    """Portuguese of Brazil; of Portugal and Africa where its tag says so: sixteen to nineteen, milliards and cents differ."""
    words = "pt" if language in EUROPEAN_TAGS else "pt_BR"  # of num2words
    cardinal = partial(spell_cardinal, language=words)
    return SpokenForms(
        language="pt",
        cardinal=cardinal,
        ordinal=spell_ordinal,
        year=cardinal,
        decimal=partial(spell_decimal, language=words),
        money=partial(spell_money, language=words),
        time=partial(spell_time, language=words),
        date=partial(spell_date, language=words),
        fraction=spell_fraction,
        regnal=partial(spell_ruler, kings=KINGS, queens=QUEENS, cardinal=cardinal, ordinal=spell_ordinal),
        century=lambda number: spell_ordinal(number) if number <= 10 else cardinal(number),
        telephone=partial(spell_digits, cardinal=spell_cardinal, plus="mais"),
        gender_of=NounEndings(FEMININE, MASCULINE_IN_A, NO_NOUNS).find_gender,
        decimal_mark=",",
        minus="menos",
        percent="por cento",
        months=MONTHS,
        century_words=list_words("século séculos"),
        regnal_names=KINGS | QUEENS | CHAPTERS,
        roman_nouns=ROMAN_NOUNS,
        plural_ending="s",
        ordinal_marks={"º": M, "°": M, "o": M, "ª": F, "a": F},
        magnitudes=MAGNITUDES,
        short_magnitudes=EUROPEAN_SHORT_MAGNITUDES if words == "pt" else SHORT_MAGNITUDES,
        duration_link="e",
        magnitude_link="de",
        currencies=EUROPEAN_CURRENCIES if words == "pt" else CURRENCIES,
        units=UNITS,
        per="por",
        abbreviations=ABBREVIATIONS,
        letters=LETTERS,
        symbols=SYMBOLS,
        range_words="a",
        tidy=agree_european if words == "pt" else agree_titles,
    )
