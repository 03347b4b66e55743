"""Truecasing: lines in capitals lower-cased for a model trained on ordinary text, and the original's case restored."""

import re

from pipeline.engines.apertium.text_normalization import find_first_letter


def lower_shouting(text: str, language: str, *, is_shouted: bool) -> str:
    """A shouted sentence in ordinary case: its first letter a capital, English `I` too. Others stay as they are."""
    if not is_shouted:
        return text
    text = text.lower()
    if language == "en":
        text = re.sub(r"\bi\b(?=$|[\s',.!?])", "I", text)
    return capitalize(text)


def restore_case(text: str, original: str, *, is_shouted: bool) -> str:
    """A translation in the original's case: shouted, or its first letter a capital or not."""
    if is_shouted:
        return text.upper()
    if find_first_letter(original).isupper():
        return capitalize(text)
    return re.sub(r"^([^\w]*)([^\W\d_])(?=[^\W\d_]*[\s,.;:!?…]|$)", lambda match: match[1] + match[2].lower(), text)


def capitalize(text: str) -> str:
    """The first letter of the text in capitals."""
    return re.sub(r"^([^\w]*)([^\W\d_])", lambda match: match[1] + match[2].upper(), text)
