"""Markup of subtitle texts: tags, override blocks, entities and invisible characters, removed."""

import html
import re

from pipeline.control_characters import remove_invisible_characters

TAG = re.compile(r"<[^<>]{0,200}>|\{[^{}]{0,2000}\}")
SPEAKER_CHANGE = re.compile(r"^[^\S\n]*>{2,3}[^\S\n]*", re.MULTILINE)  # ">>" of live captions


def strip_markup(text: str) -> str:
    """Rows of text without markup and blank rows; a speaker change of live captions becomes a dialogue dash."""
    text = TAG.sub("", remove_invisible_characters(html.unescape(TAG.sub("", text))))  # twice: entities may spell tags
    text = SPEAKER_CHANGE.sub("- ", text)
    return "\n".join(" ".join(row.split()) for row in text.splitlines() if row.strip())
