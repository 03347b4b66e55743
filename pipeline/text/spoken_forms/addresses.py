"""Web and e-mail addresses, hashtags, handles, symbols and emoji, said in words or, for emoji, not at all."""

import re

from pipeline.text.spoken_forms.forms import SpokenForms

TOP_LEVEL = "com|org|net|edu|gov|info|tv|io|co|us|uk|es|fr|it|pt|br|cat|de|mx|ar|eu|ca|ch|be"
URL = re.compile(
    rf"\b(?:https?://)?((?:www\.)?(?:[a-z0-9](?:[a-z0-9-]{{0,40}}[a-z0-9])?\.){{1,4}}(?:{TOP_LEVEL})\b(?:/[\w.#?=&%~-]*)*)", re.IGNORECASE
)  # fmt: skip
EMAIL = re.compile(r"\b[\w.+-]{1,64}@(?:[\w-]{1,40}\.){1,4}[a-z]{2,10}\b", re.IGNORECASE)
HASHTAG = re.compile(r"(?<![\w&])#(\w*[^\W\d]\w*)")
HANDLE = re.compile(r"(?<!\w)@(\w{2,30})")
CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[^\W\d_])(?=\d)|_+")
EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u26ff\u2700-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff\ufe00-\ufe0f\u200d\u20e3\U000e0020-\U000e007f]"
)  # pictographs, dingbats, arrows, their modifiers and joiners
VOWEL = re.compile(r"[aeiouyà-ÿ]", re.IGNORECASE)
MAX_CONSONANTS = 5
UNSPOKEN = frozenset("?~,;()")  # within addresses
SILENT = frozenset("/_\\")  # outside of addresses
SYMBOL = re.compile(r"[&+=@%×÷±§©®™№#°<>|~^*_\\/]")


def remove_emoji(text: str, _forms: SpokenForms | None = None) -> str:
    """Text without pictographs: nobody says them."""
    return EMOJI.sub(" ", text) if not text.isascii() else text


def spell_addresses(text: str, forms: SpokenForms) -> str:
    """E-mail and web addresses part by part; hashtags and handles as words."""
    text = EMAIL.sub(lambda match: _spell_address(match[0], forms), text)
    text = URL.sub(lambda match: _spell_address(match[1].rstrip(".?/"), forms) + _closing(match[1]), text)
    text = HASHTAG.sub(lambda match: f"{forms.hashtag} {CAMEL.sub(' ', match[1])}", text)
    return HANDLE.sub(lambda match: f"{forms.symbols.get('@', '')} {CAMEL.sub(' ', match[1])}", text)


def _closing(address: str) -> str:
    """The full stop or question mark of the sentence, which an address swallows."""
    return address[len(address.rstrip(".?")) :][:1]


def _spell_address(address: str, forms: SpokenForms) -> str:
    parts = [part for part in re.findall(r"[^\W\d_]+|\d+|[^\w\s]|_", address) if part not in UNSPOKEN]
    spoken = (forms.symbols.get(part.lower()) if not part.isalpha() or part.lower() == "www" else None for part in parts)
    return " ".join(word or _spell_consonants(part, forms) for part, word in zip(parts, spoken, strict=True))


def _spell_consonants(part: str, forms: SpokenForms) -> str:
    """`tv`, `br`, `bbc`: the names of the letters where no vowel lets them be read as a word."""
    if not forms.letters or not part.isalpha() or len(part) > MAX_CONSONANTS or VOWEL.search(part):
        return part
    return " ".join(forms.letters.get(letter, letter) for letter in part.upper())


def spell_symbols(text: str, forms: SpokenForms) -> str:
    """Symbols outside of addresses and sums: said where the language has a word for them, else taken out."""
    return SYMBOL.sub(lambda match: f" {'' if match[0] in SILENT else forms.symbols.get(match[0], '')} ", text)
