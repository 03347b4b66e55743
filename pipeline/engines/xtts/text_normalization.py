"""Text normalization for neural text to speech: only words, and the punctuation that shapes prosody.

Neural voices fail where espeak does not: after dashes they lose the rest of a sentence, at long runs of one letter or
digit they do not end, and a stop that touches the last word is read out ("punto") in several languages.
"""

import re
import unicodedata

from pipeline.engines.xtts import hindi_numbers

STOPS = ".!?。！？؟।"
SCRIPT_STOPS = {"zh": "。", "ja": "。", "hi": " ।"}  # the full stop where it is not the Latin one
MAX_NUMBER_DIGITS = 12  # a longer number is read digit by digit: libraries that spell numbers hang, or refuse

QUOTES = str.maketrans(dict.fromkeys('"“”„‟«»‹›「」『』', " ") | {"‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'"})
MARKUP = re.compile(r"<[^<>]{0,80}>|\{\\[^{}]{0,80}\}")  # tags, and ASS commands such as {\an8}
ELLIPSIS = re.compile(r"\s*(?:\.\s?){2,}")
DASH = re.compile(r"\s+[-‐‑‒–—―−]+\s+|\s*[–—―]+\s*|(?<!\w)[-‐‑‒–—―−]+(?=[^\W\d])|\s*--+\s*")
CLAUSE_MARK = re.compile(r"\s*[;:]+(?=\s|$)")
REPEATED_STOP = re.compile(r"([!?.。！？؟।])[!?.。！？؟।]+")
USELESS_COMMA = re.compile(r"(?:\s*,)+(?=\s*[,.!?])|(?<=[.!?])(?:\s*,)+(?!\d)")
DRAWN_OUT = re.compile(r"([^\W\d_])\1{3,}")  # Nooooo
NUMBER = re.compile(r"\d[\d.,]*")
SPOKEN_SYMBOLS = frozenset("%$£€°&@'")  # the library has words for them in every language, or a place
PUNCTUATION = frozenset(",.!?¿¡-:、，。！？؛،؟।·" + "".join(SPOKEN_SYMBOLS))
SPACED_EURO = re.compile(r"(?<=\d)\s+(?=€)|(?<=€)\s+(?=\d)")  # euros are read only where they touch a number
LONE_EURO = re.compile(r"(?<!\d)€(?!\d)")
ORDINAL_DOT = re.compile(r"(?<=\d)\.(?=\s|$)")
TOUCHING_STOP = re.compile(r"(?<=[^\W\d_]{5})\.(?=\s|$)|(?<=[^\s.])\.$")  # 5 letters: no abbreviation is so long


def normalize_text(text: str, language: str) -> str:
    """Normalize a text to words and stops. `language`: the plain tag, such as `pt`. Empty if nothing can be spoken."""
    text = MARKUP.sub(" ", unicodedata.normalize("NFC", text)).replace("…", "...")
    text = " ".join(unicodedata.normalize("NFKC", text.translate(QUOTES)).split())
    text = ELLIPSIS.sub(lambda match: "." if match.end() == len(text.rstrip()) else ", ", text)
    text = CLAUSE_MARK.sub(",", DASH.sub(", ", text))
    text = "".join(letter if _is_spoken(letter) else " " for letter in text)
    text = DRAWN_OUT.sub(r"\1\1\1", REPEATED_STOP.sub(r"\1", text))
    text = LONE_EURO.sub(" ", SPACED_EURO.sub("", text))
    text = NUMBER.sub(lambda match: _normalize_number(match[0], language), text)
    text = re.sub(r"\s+([,!?])", r"\1", USELESS_COMMA.sub("", " ".join(text.split()))).strip(" ,-:")
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")  # Python's lower() is not Turkish
    if language == "cs":
        text = ORDINAL_DOT.sub("", text)  # `1.` is an ordinal there, which the library cannot say
    return text if any(letter.isalnum() for letter in text) else ""


def end_with_stop(text: str, language: str) -> str:
    """End a part of a text with a stop that does not touch the last word."""
    text = text.strip().rstrip(",、،-: ")  # after a comma at the end the model pauses, and then babbles
    if text[-1:] not in STOPS:
        text += SCRIPT_STOPS.get(language, " .")
    return text if language in SCRIPT_STOPS else TOUCHING_STOP.sub(" .", text)


def _is_spoken(letter: str) -> bool:
    return letter in PUNCTUATION or unicodedata.category(letter)[0] in "LMN" or letter.isspace()


def _normalize_number(number: str, language: str) -> str:
    """A number in ASCII digits; in words if the library has none for the language; digit by digit if it is too long."""
    number = "".join(str(unicodedata.digit(letter)) if letter.isdigit() else letter for letter in number)
    plain = number.rstrip(".,")
    stop = number[len(plain) :]
    if sum(letter.isdigit() for letter in plain) > MAX_NUMBER_DIGITS:
        digits = (
            hindi_numbers.spell_digits(plain) if language == "hi" else " ".join(letter for letter in plain if letter.isdigit())
        )
        return digits + stop
    return (_spell_in_hindi(plain) if language == "hi" else plain) + stop


def _spell_in_hindi(number: str) -> str:
    whole, *rest = number.replace(",", "").split(".")
    return f" {hindi_numbers.DECIMAL_POINT_WORD} ".join(
        [hindi_numbers.spell_number(int(whole)), *(hindi_numbers.spell_digits(part) for part in rest)]
    )
