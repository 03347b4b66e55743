"""Text made fit for a rule-based translator, and its answer made fit to be read: case, stops, the Spanish ¿ and ¡."""

import re

END = re.compile(r"""([.!?…]+)(?=[\s"'»”)]|$)""")  # of a sentence; the stop in 3.5 is none
ASKING = "qué|quiénes|quién|cuáles|cuál|cuándo|cuántos|cuántas|cuánto|cuánta|cómo|adónde|dónde|por qué"
LEAD = re.compile(  # what stands before the question itself: `He said:`, dashes and quotes, `Hello, `
    rf"""(?:.*[:;]\s*)?[\s"'«“(—–-]*(?:[^,]*,\s+(?=(?:{ASKING})\b))?""",
    re.IGNORECASE,
)
APART = (  # contractions that the English analyser does not know, or reads as a possessive
    (re.compile(r"\b(what|who|where|when|how|why|that|there|here)'s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\b(i|you|we|they)'ve\b", re.IGNORECASE), r"\1 have"),
    (re.compile(r"\bi\b(?=$|[\s',.!?])"), "I"),
)


UNCLOSED = re.compile(r"([¿¡])([^¿¡?!.…]+)(\.(?!\.)|$)")  # an opening mark whose sentence ends without its closing one
CLOSING = {"¿": "?", "¡": "!"}
UNSPOKEN = str.maketrans(dict.fromkeys("\\{}[]<>^~*@|`♪", " "))  # apertium's own format; some combinations hang it even escaped


def normalize_source(text: str, language: str) -> str:
    """One line that the analyser knows: no format characters, no shouting, straight apostrophes, English `I` in capitals."""
    text = " ".join(text.replace("’", "'").replace("‘", "'").translate(UNSPOKEN).split())
    if _shouted(text):
        text = _capitalised(text.lower())
    if language == "en":
        for pattern, words in APART:
            text = pattern.sub(words, text)
    return text + "." if text[-1:].isalnum() else text  # a clause without an end is analysed as if it went on


def restore_target(text: str, original: str, language: str) -> str:
    """The translation with the original's case, without the marks and the double spaces that the engine leaves."""
    text = re.sub(r"(?<!\w)[*@#](?=\w)", "", text) if not re.search(r"#\w", original) else re.sub(r"[*@]", "", text)
    text = re.sub(r"\s+([,.;:!?…])", r"\1", " ".join(text.split()))
    if original.translate(UNSPOKEN).rstrip()[-1:].isalnum():
        text = text.removesuffix(".")
    if _shouted(original):
        text = text.upper()
    elif first_letter(original).isupper():
        text = _capitalised(text)
    return open_spanish_marks(text) if language.partition("-")[0] == "es" else text


def first_letter(text: str) -> str:
    """The first letter, or nothing."""
    return next((character for character in text if character.isalpha()), "")


def _shouted(text: str) -> bool:
    return text.isupper() and len(re.findall(r"[^\W\d_]{2,}", text)) >= 2


def _capitalised(text: str) -> str:
    """First letters of sentences in capitals."""
    return re.sub(r"(^[^\w]*|[.!?…]\s+[^\w\s]*)([^\W\d_])", lambda match: match[1] + match[2].upper(), text)


def open_spanish_marks(text: str) -> str:
    """`¿` and `¡` before each question and exclamation: readers, and some voices, need them."""
    parts = END.split(text)  # sentence, its end, sentence, its end, …, rest
    sentences = [_opened(sentence, end) for sentence, end in zip(parts[::2], parts[1::2], strict=False)]
    return "".join(sentences) + parts[-1]


def close_spanish_marks(text: str) -> str:
    """`?` and `!` at the end of each sentence that `¿` or `¡` opens."""
    return UNCLOSED.sub(lambda found: f"{found[1]}{found[2]}{CLOSING[found[1]]}", text)


def _opened(sentence: str, end: str) -> str:
    mark = "¿" if "?" in end else "¡" if "!" in end else ""
    if not mark or not first_letter(sentence) or "¿" in sentence or "¡" in sentence:
        return sentence + end
    lead = LEAD.match(sentence)
    start = lead.end() if lead else 0
    return sentence[:start] + mark + sentence[start:] + end
