"""Spoken forms of English. Sources: The Chicago Manual of Style (numbers, dates, times); Merriam-Webster (units, abbreviations)."""

import re

from num2words import num2words

from pipeline.text.spoken_forms.forms import Currency, Gender, Noun, SpokenForms, list_words

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DENOMINATORS = {2: Noun("half", "halves"), 4: Noun("quarter", "quarters")}
DECADES = {"20": "twenties", "30": "thirties", "40": "forties", "50": "fifties", "60": "sixties", "70": "seventies", "80": "eighties", "90": "nineties", "10": "tens", "00": "two thousands"}  # fmt: skip
CENT, PENNY = Noun("cent", "cents"), Noun("penny", "pence")
DOLLAR, EURO, POUND, YEN = Noun("dollar", "dollars"), Noun("euro", "euros"), Noun("pound", "pounds"), Noun("yen", "yen")
REGNAL_NAMES = frozenset({
    "Albert", "Alexander", "Alfonso", "Benedict", "Catherine", "Charles", "Clement", "Constantine", "Edward", "Elizabeth", "Ferdinand", "Francis",
    "Frederick", "George", "Gregory", "Henry", "Innocent", "Isabella", "James", "John", "Joseph", "Julius", "King", "Leo", "Leopold", "Louis", "Mary",
    "Napoleon", "Nicholas", "Otto", "Paul", "Peter", "Philip", "Pius", "Pope", "Queen", "Ramses", "Richard", "Robert", "Victoria", "Wilhelm", "William",
})  # fmt: skip
ENDINGS_OF_ATTRIBUTE = (
    "of|in|to|for|from|on|at|by|and|or|a|an|the|per|each|more|less|than|as|is|was|if|when|every|apiece|back|worth|with|away|ago"
)
COUNT = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)"
DAY_OF_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th) of (?={'|'.join(MONTHS)})")
EMERGENCY_CALL = re.compile(r"(?i)\b((?:call|dial|phone|ring)(?:ed|ing|s)? )(911|999|112|101)(?![\w-]|[.,]\d)")
CHAPTERS = list_words("act chapter scene volume part book episode phase title section war rocky rambo type level stage mark")
HEIGHT = re.compile(r"(?<![\w.,])(\d)['’](\d{1,2})(?:[\"”]|['’]{2})?(?![\w'’])")
LINES = re.compile(r"\b(1080|720|480|2160|1440)([pi])\b")
LETTERS = {letter: letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def spell_cardinal(number: int, _gender: Gender | None = None) -> str:
    """American: without "and", without commas."""
    return re.sub(r",| and\b", "", str(num2words(number, lang="en")))


def spell_ordinal(number: int, _gender: Gender | None = None) -> str:
    """Twenty-first."""
    return re.sub(r",| and\b", "", str(num2words(number, lang="en", to="ordinal")))


def spell_year(number: int) -> str:
    """In pairs; 2000 to 2009 in thousands."""
    first, second = divmod(number, 100)
    if number % 1000 == 0 or 2000 <= number <= 2009:
        return spell_cardinal(number)
    if second == 0:
        return f"{spell_cardinal(first)} hundred"
    return f"{spell_cardinal(first)} {'oh ' if second < 10 else ''}{spell_cardinal(second)}"


def spell_decimal(whole: int, digits: str) -> str:
    """Digit by digit after the point."""
    return f"{spell_cardinal(whole)} point {' '.join(spell_cardinal(int(digit)) for digit in digits)}"


def spell_money(units: int, cents: int, currency: Currency) -> str:
    """Five dollars and fifty cents."""
    parts = [f"{spell_cardinal(units)} {currency.unit.after(units)}"] if units or not cents else []
    if cents and currency.cent:
        parts.append(f"{spell_cardinal(cents)} {currency.cent.after(cents)}")
    return " and ".join(parts)


def spell_time(hour: int, minute: int, half: str) -> str:
    """Ten thirty p.m."""
    named = {"am": " a m", "pm": " p m", "": ""}[half]
    if not half and hour in {0, 12} and not minute:
        return "midnight" if hour == 0 else "noon"
    hours = spell_cardinal(hour if hour <= 12 and hour else abs(hour - 12))
    if not minute:
        return f"{hours}{named}" if half else f"{hours} o'clock"
    return f"{hours} {'oh ' if minute < 10 else ''}{spell_cardinal(minute)}{named}"


def spell_date(day: int, month: int, year: int | None) -> str:
    """December fifth, twenty twenty-four."""
    return f"{MONTHS[month - 1]} {spell_ordinal(day)}" + (f", {spell_year(year)}" if year else "")


def spell_day_first(day: int, month: int, year: int | None) -> str:
    """British: the fifth of December, twenty twenty-four."""
    return f"the {spell_ordinal(day)} of {MONTHS[month - 1]}" + (f", {spell_year(year)}" if year else "")


def spell_fraction(numerator: int, denominator: int, _gender: Gender | None = None) -> str:
    """Three quarters."""
    if (numerator, denominator) == (1, 2):
        return "half a"
    named = DENOMINATORS.get(denominator) or Noun(spell_ordinal(denominator), f"{spell_ordinal(denominator)}s")
    return f"{'a' if denominator == 4 else 'one'} {named.one}" if numerator == 1 else f"{spell_cardinal(numerator)} {named.many}"


def spell_decade(century: str | None, decade: str) -> str:
    """Nineteen nineties, the sixties."""
    if not century or (century, decade) == ("20", "00"):
        return DECADES[decade]
    return f"{spell_cardinal(int(century))} {'hundreds' if decade == '00' else DECADES[decade]}"


def spell_telephone(text: str) -> str:
    """Digit by digit, a pause between groups."""
    groups = re.findall(r"\d+", text)
    spelled = ", ".join(" ".join(spell_cardinal(int(digit)) for digit in group) for group in groups)
    return f"plus {spelled}" if text.startswith("+") else spelled


CURRENCIES = {
    "$": Currency(DOLLAR, CENT), "US$": Currency(DOLLAR, CENT), "USD": Currency(DOLLAR, CENT), "€": Currency(EURO, CENT),
    "EUR": Currency(EURO, CENT), "£": Currency(POUND, PENNY), "GBP": Currency(POUND, PENNY), "¥": Currency(YEN),
    "JPY": Currency(YEN), "₹": Currency(Noun("rupee", "rupees")), "R$": Currency(Noun("real", "reais"), Noun("centavo", "centavos")), "CHF": Currency(Noun("Swiss franc", "Swiss francs")),
    "¢": Currency(CENT),
}  # fmt: skip
UNITS = {
    "km": Noun("kilometer", "kilometers"), "m": Noun("meter", "meters"), "cm": Noun("centimeter", "centimeters"),
    "mm": Noun("millimeter", "millimeters"), "kg": Noun("kilogram", "kilograms"), "g": Noun("gram", "grams"),
    "mg": Noun("milligram", "milligrams"), "l": Noun("liter", "liters"), "L": Noun("liter", "liters"),
    "ml": Noun("milliliter", "milliliters"), "ft": Noun("foot", "feet"), "in.": Noun("inch", "inches"),
    "mi": Noun("mile", "miles"), "lb": Noun("pound", "pounds"), "lbs": Noun("pound", "pounds"), "oz": Noun("ounce", "ounces"),
    "mph": Noun("mile per hour", "miles per hour"), "kph": Noun("kilometer per hour", "kilometers per hour"),
    "h": Noun("hour", "hours"), "min": Noun("minute", "minutes"), "s": Noun("second", "seconds"),
    "°C": Noun("degree Celsius", "degrees Celsius"), "°F": Noun("degree Fahrenheit", "degrees Fahrenheit"),
    "°": Noun("degree", "degrees"), "GB": Noun("gigabyte", "gigabytes"), "MB": Noun("megabyte", "megabytes"),
    "Hz": Noun("hertz", "hertz"), "MHz": Noun("megahertz", "megahertz"), "kW": Noun("kilowatt", "kilowatts"),
    "W": Noun("watt", "watts"), "V": Noun("volt", "volts"), "m²": Noun("square meter", "square meters"),
    "m2": Noun("square meter", "square meters"), "m³": Noun("cubic meter", "cubic meters"), "m3": Noun("cubic meter", "cubic meters"),
    "km²": Noun("square kilometer", "square kilometers"), "ha": Noun("hectare", "hectares"),
}  # fmt: skip
ABBREVIATIONS = {
    "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz", "Dr.": "Doctor", "Prof.": "Professor", "St.": "Saint", "Jr.": "Junior",
    "Sr.": "Senior", "Lt.": "Lieutenant", "Sgt.": "Sergeant", "Capt.": "Captain", "Col.": "Colonel", "Gen.": "General",
    "Rev.": "Reverend", "vs.": "versus", "etc.": "et cetera", "e.g.": "for example", "i.e.": "that is",
    "approx.": "approximately", "Ave.": "Avenue", "Blvd.": "Boulevard", "dept.": "department",
}  # fmt: skip
SINGULARS = {
    noun.many: noun.one for noun in (DOLLAR, EURO, POUND, *UNITS.values()) if noun.many != noun.one and " " not in noun.many
}
ATTRIBUTE = re.compile(
    rf"(\b[Aa]n? {COUNT}(?:[ -](?!{'|'.join(SINGULARS)})[a-z]+){{0,6}} )({'|'.join(SINGULARS)})(?= (?!(?:{ENDINGS_OF_ATTRIBUTE})\b)[a-z])"
)
SYMBOLS = {
    "&": "and", "+": "plus", "=": "equals", "@": "at", "×": "times", "÷": "divided by", "%": "percent", ".": "dot",
    "/": "slash", "-": "dash", "_": "underscore", "www": "W W W", "and": "and a", "#": "number", "№": "number", "°": "degrees",
    ":": "colon", "§": "section", "https": "", "http": "",
}  # fmt: skip


def spell_regnal(number: int, name: str) -> str:
    """`the Fourteenth` of kings and popes; of wars, films and the like the number alone: World War Two."""
    return f"the {spell_ordinal(number).capitalize()}" if name in REGNAL_NAMES else spell_cardinal(number).capitalize()


def prepare_text(text: str) -> str:
    """Fixed expressions: 9/11, `call 911`; `the 4th of July` keeps its order."""
    text = re.sub(r"(?<![\w/.,])9/11(?![\w/]|[.,]\d)", "nine eleven", text)
    text = EMERGENCY_CALL.sub(lambda match: match[1] + " ".join(spell_cardinal(int(digit)) for digit in match[2]), text)
    text = HEIGHT.sub(lambda match: f"{spell_cardinal(int(match[1]))} foot {spell_cardinal(int(match[2]))}", text)
    text = LINES.sub(lambda match: f"{spell_cardinal(int(match[1][:-2]))} {spell_cardinal(int(match[1][-2:]))} {match[2]}", text)
    text = re.sub(r"(?<![\w.])\.(?=\d)", "point ", text)
    text = re.sub(r"(?<![\w.-])10-4(?![\w-])", "ten four", re.sub(r"(?<!\w)4[x×]4\b", "four by four", text))
    return DAY_OF_MONTH.sub(lambda match: f"{spell_ordinal(int(match[1]))} of ", text)


def tidy_text(text: str) -> str:
    """`two and a half`; a unit before a noun is singular: a twenty dollar bill."""
    text = text.replace("and a half a", "and a half")
    text = re.sub(
        r"\b(quarters|thirds|eighths) (?=(?:cup|mile|pound|inch|pint|teaspoon|tablespoon|liter|gallon)\b)", r"\1 of a ", text
    )
    text = re.sub(r"\bhalf a (?=(?:hour|ounce|inch|acre)\b)", "half an ", text)
    text = re.sub(rf"\band a (?=(?:a|{COUNT}) )", "and ", text)
    text = re.sub(r"\bhalf a(?=\W*$|[.,;:!?)])", "one half", text)
    text = re.sub(
        r"\bhalf a(?= (?:full|empty|past|off|done|asleep|of|the|this|that|my|your|his|her|our|their|an?)\b)", "half", text
    )
    text = re.sub(rf"\b([Tt]he) the (?=\S+\sof\s(?:{'|'.join(MONTHS)})\b)", r"\1 ", text)
    return ATTRIBUTE.sub(lambda match: match[1] + SINGULARS[match[2]], text)


def build_forms(language: str = "en") -> SpokenForms:
    """American English; elsewhere days come first."""
    return SpokenForms(
        language="en",
        cardinal=spell_cardinal,
        ordinal=spell_ordinal,
        year=spell_year,
        decimal=spell_decimal,
        money=spell_money,
        time=spell_time,
        date=spell_date if language in {"en", "en-US"} else spell_day_first,
        fraction=spell_fraction,
        regnal=spell_regnal,
        century=spell_cardinal,
        telephone=spell_telephone,
        gender_of=lambda _noun: None,
        decimal_mark=".",
        minus="minus",
        percent="percent",
        months=MONTHS,
        century_words=frozenset(),
        regnal_names=REGNAL_NAMES | CHAPTERS,
        ordinal_marks=dict.fromkeys(("st", "nd", "rd", "th"), Gender.MASCULINE),
        magnitudes=frozenset({"thousand", "million", "billion", "trillion"}),
        short_magnitudes={"m": ("million", "million"), "bn": ("billion", "billion")},
        currencies=CURRENCIES,
        units=UNITS,
        per="per",
        abbreviations=ABBREVIATIONS,
        letters=LETTERS,
        symbols=SYMBOLS,
        is_half_first=True,
        range_words="to",
        month_first=language in {"en", "en-US"},
        decades=spell_decade,
        prepare=prepare_text,
        tidy=tidy_text,
    )
