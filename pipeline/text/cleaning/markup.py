"""Markup of subtitle texts: tags, override blocks, entities and invisible characters, removed."""

import html
import re

from pipeline.control_characters import remove_invisible_characters

# A tag begins with a letter, a slash or a time, and is no "5 < 6 and 7 > 2".
TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,200}>|<\d[\d:.]{0,12}>|\{[^{}]{0,2000}\}")
BARE_TAG = re.compile(r"^\\an?\d{1,2}", re.MULTILINE)  # the position of an override block that lost its braces
ITALICS = re.compile(r"^([/_])([^\W_].*[^\s/_])\1$", re.MULTILINE)  # `/Hello./`, `_Hello._`
ROW_BREAK = re.compile(r"(?<=[^\s|])\|(?=[^\s|'’])")  # of MicroDVD
SPEAKER_CHANGE = re.compile(r"^[^\S\n]*>{2,3}[^\S\n]*", re.MULTILINE)  # ">>" of live captions


def strip_markup(text: str) -> str:
    """Rows of text without markup and blank rows; a speaker change of live captions becomes a dialogue dash."""
    text = TAG.sub("", remove_invisible_characters(html.unescape(TAG.sub("", text))))  # twice: entities may spell tags
    text = ITALICS.sub(r"\2", BARE_TAG.sub("", ROW_BREAK.sub("\n", text)))
    text = SPEAKER_CHANGE.sub("- ", text)
    return "\n".join(" ".join(row.split()) for row in text.splitlines() if row.strip())
