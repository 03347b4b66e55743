"""Text of a script's cells: cleaned as it is imported, and normalized for comparison."""

import unicodedata

from pipeline.control_characters import CONTROL_CHARACTERS

ARROW, ARROW_SIGN = "-->", "→"  # the first separates times in subtitle files, and cannot stand in a cue


def clean_cell(text: str) -> str:
    """The text in one line: without control characters, white space as single spaces, Unicode form NFC."""
    return unicodedata.normalize("NFC", " ".join(CONTROL_CHARACTERS.sub(" ", text).split()))


def normalize_cell(text: str) -> str:
    """Key by which two texts are the same cell, whichever file format they went through."""
    return clean_cell(text.replace(ARROW, ARROW_SIGN))
