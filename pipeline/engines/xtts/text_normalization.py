"""Text made fit for a voice that has learnt to read: only words and the stops that shape their melody.

Neural voices stumble where espeak does not: over dashes they lose the rest of a sentence, at long runs of one letter or
digit they never end, and a stop that touches the last word is read out ("punto") in several languages.
"""

import re
import unicodedata

from pipeline.engines.xtts import hindi_numbers

STOPS = ".!?。！？؟।"
SCRIPTS = {"zh": "。", "ja": "。", "hi": " ।"}  # the full stop where it is not the Latin one
DIGITS_READ = 12  # a longer number is read digit by digit: libraries that spell numbers hang, or refuse

QUOTES = str.maketrans(dict.fromkeys('"“”„‟«»‹›「」『』', " ") | {"‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'"})
MARKUP = re.compile(r"<[^<>]{0,80}>|\{\\[^{}]{0,80}\}")  # tags, and ASS commands such as {\an8}
ELLIPSIS = re.compile(r"\s*(?:\.\s?){2,}")
DASH = re.compile(r"\s+[-‐‑‒–—―−]+\s+|\s*[–—―]+\s*|(?<!\w)[-‐‑‒–—―−]+(?=[^\W\d])|\s*--+\s*")
CLAUSE = re.compile(r"\s*[;:]+(?=\s|$)")
REPEATED_STOP = re.compile(r"([!?.。！？؟।])[!?.。！？؟।]+")
USELESS_COMMA = re.compile(r"(?:\s*,)+(?=\s*[,.!?])|(?<=[.!?])(?:\s*,)+(?!\d)")
DRAWN_OUT = re.compile(r"([^\W\d_])\1{3,}")  # Nooooo
NUMBER = re.compile(r"\d[\d.,]*")
SPOKEN_SYMBOLS = frozenset("%$£€°&@'")  # the library has words for them in every language, or a place
PUNCTUATION = frozenset(",.!?¿¡-:、，。！？؛،؟।·" + "".join(SPOKEN_SYMBOLS))
APART = re.compile(r"(?<=\d)\s+(?=€)|(?<=€)\s+(?=\d)")  # euros are read only where they touch a number
ALONE = re.compile(r"(?<!\d)€(?!\d)")
ORDINAL_DOT = re.compile(r"(?<=\d)\.(?=\s|$)")
TOUCHING_STOP = re.compile(r"(?<=[^\W\d_]{5})\.(?=\s|$)|(?<=[^\s.])\.$")  # 5 letters: no abbreviation is so long


def normalize_text(text: str, language: str) -> str:
    """Words and stops. `language`: the plain tag, such as `pt`. Empty where nothing can be spoken."""
    text = MARKUP.sub(" ", unicodedata.normalize("NFC", text)).replace("…", "...")
    text = " ".join(unicodedata.normalize("NFKC", text.translate(QUOTES)).split())
    text = ELLIPSIS.sub(lambda match: "." if match.end() == len(text.rstrip()) else ", ", text)
    text = CLAUSE.sub(",", DASH.sub(", ", text))
    text = "".join(letter if _is_spoken(letter) else " " for letter in text)
    text = DRAWN_OUT.sub(r"\1\1\1", REPEATED_STOP.sub(r"\1", text))
    text = ALONE.sub(" ", APART.sub("", text))
    text = NUMBER.sub(lambda match: _number(match[0], language), text)
    text = re.sub(r"\s+([,!?])", r"\1", USELESS_COMMA.sub("", " ".join(text.split()))).strip(" ,-:")
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")  # Python's lower() knows no Turkish
    if language == "cs":
        text = ORDINAL_DOT.sub("", text)  # `1.` is an ordinal there, which the library cannot say
    return text if any(letter.isalnum() for letter in text) else ""


def end_with_stop(text: str, language: str) -> str:
    """A part of a text as the model should see it: with a stop, which does not touch the last word."""
    text = text.strip().rstrip(",、،-: ")  # a voice holds its breath, and then babbles, after a comma
    if text[-1:] not in STOPS:
        text += SCRIPTS.get(language, " .")
    return text if language in SCRIPTS else TOUCHING_STOP.sub(" .", text)


def _is_spoken(letter: str) -> bool:
    return letter in PUNCTUATION or unicodedata.category(letter)[0] in "LMN" or letter.isspace()


def _number(number: str, language: str) -> str:
    """A number in ASCII digits, in words where the library has none, digit by digit where it is too long."""
    number = "".join(str(unicodedata.digit(letter)) if letter.isdigit() else letter for letter in number)
    plain = number.rstrip(".,")
    stop = number[len(plain) :]
    if sum(letter.isdigit() for letter in plain) > DIGITS_READ:
        digits = (
            hindi_numbers.spell_digits(plain) if language == "hi" else " ".join(letter for letter in plain if letter.isdigit())
        )
        return digits + stop
    return (_in_hindi(plain) if language == "hi" else plain) + stop


def _in_hindi(number: str) -> str:
    whole, *rest = number.replace(",", "").split(".")
    return f" {hindi_numbers.POINT} ".join(
        [hindi_numbers.spell_number(int(whole)), *(hindi_numbers.spell_digits(part) for part in rest)]
    )
