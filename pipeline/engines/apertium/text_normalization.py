"""Text normalization around rule-based translation: case, apostrophes and full stops of the source, case and ¿ ¡ of the target."""

import re

SENTENCE_END = re.compile(r"""([.!?…]+)(?=[\s"'»”)]|$)""")  # of a sentence; the stop in 3.5 is none
QUESTION_WORDS = "qué|quiénes|quién|cuáles|cuál|cuándo|cuántos|cuántas|cuánto|cuánta|cómo|adónde|dónde|por qué"
QUESTION_LEAD = re.compile(  # text before the question itself: `He said:`, dashes and quotes, `Hello, `
    rf"""(?:.*[:;]\s*)?[\s"'«“(—–-]*(?:[^,]*,\s+(?=(?:{QUESTION_WORDS})\b))?""",
    re.IGNORECASE,
)
CONTRACTIONS = (  # contractions that the English analyser does not know, or reads as a possessive
    (re.compile(r"\b(what|who|where|when|how|why|that|there|here)'s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\b(i|you|we|they)'ve\b", re.IGNORECASE), r"\1 have"),
    (re.compile(r"\bi\b(?=$|[\s',.!?])"), "I"),
)

WORD = re.compile(r"[^\W\d_]+")
SHOUTING_MARKS = frozenset("!?")
UNCLOSED_MARK = re.compile(r"([¿¡])([^¿¡?!.…]+)(\.(?!\.)|$)")  # an opening mark whose sentence ends without its closing one
CLOSING_MARKS = {"¿": "?", "¡": "!"}
RESERVED_TO_SPACES = str.maketrans(
    dict.fromkeys("\\{}[]<>^~*@|`♪", " ")
)  # apertium's own format; some combinations hang it even escaped


def normalize_source(text: str, language: str) -> str:
    """One line as the analyser expects it: straight apostrophes, English `I`, not all in capitals, nothing of the stream format."""
    text = " ".join(text.replace("’", "'").replace("‘", "'").translate(RESERVED_TO_SPACES).split())
    if is_shouted(text):
        text = _capitalise_sentences(text.lower())
    if language == "en":
        for pattern, words in CONTRACTIONS:
            text = pattern.sub(words, text)
    return text + "." if text[-1:].isalnum() else text  # without an end, a clause is analysed as unfinished


def restore_target(text: str, original: str, language: str) -> str:
    """The translation with the original's case and final stop, without Apertium's marks of unknown words and double spaces."""
    text = re.sub(r"(?<!\w)[*@#](?=\w)", "", text) if not re.search(r"#\w", original) else re.sub(r"[*@]", "", text)
    text = re.sub(r"\s+([,.;:!?…])", r"\1", " ".join(text.split()))
    if original.translate(RESERVED_TO_SPACES).rstrip()[-1:].isalnum():
        text = text.removesuffix(".")
    if is_shouted(original):
        text = text.upper()
    elif find_first_letter(original).isupper():
        text = _capitalise_sentences(text)
    return open_spanish_marks(text) if language.partition("-")[0] == "es" else text


def find_first_letter(text: str) -> str:
    """The first letter of a text, "" if there is none."""
    return next((character for character in text if character.isalpha()), "")


def is_shouted(text: str) -> bool:
    """True if a text is all capitals: two words, one of them of two letters or more, or one word before an exclamation or question
    mark; `FBI.` and `U.S.A.` are names.
    """
    words = WORD.findall(text) if text.isupper() else []
    return any(len(word) > 1 for word in words) and (len(words) > 1 or text.rstrip()[-1:] in SHOUTING_MARKS)


def _capitalise_sentences(text: str) -> str:
    """The text with the first letter of each sentence in capitals."""
    return re.sub(r"(^[^\w]*|[.!?…]\s+[^\w\s]*)([^\W\d_])", lambda match: match[1] + match[2].upper(), text)


def open_spanish_marks(text: str) -> str:
    """The text with `¿` and `¡` before each question and exclamation: readers, and some voices, need them."""
    parts = SENTENCE_END.split(text)  # sentence, its end, sentence, its end, …, rest
    sentences = [_open_sentence(sentence, end) for sentence, end in zip(parts[::2], parts[1::2], strict=False)]
    return "".join(sentences) + parts[-1]


def close_spanish_marks(text: str) -> str:
    """The text with `?` and `!` at the end of each sentence that `¿` or `¡` opens."""
    return UNCLOSED_MARK.sub(lambda found: f"{found[1]}{found[2]}{CLOSING_MARKS[found[1]]}", text)


def _open_sentence(sentence: str, end: str) -> str:
    mark = "¿" if "?" in end else "¡" if "!" in end else ""
    if not mark or not find_first_letter(sentence) or "¿" in sentence or "¡" in sentence:
        return sentence + end
    lead = QUESTION_LEAD.match(sentence)
    start = lead.end() if lead else 0
    return sentence[:start] + mark + sentence[start:] + end
