r"""Control characters in untrusted texts (file names, titles, errors), escaped wherever such a text is shown or written.

Names stay as they are in the store and on disk; on a terminal, in a log, a page or an export an escape sequence, a line
break or a bidirectional override in them would act instead of being shown.
"""

import re

# C0 and C1 controls, line and paragraph separators, bidirectional embeddings, overrides and isolates, and lone surrogates,
# which stand for bytes of a file name that are no UTF-8. Left alone: joiners and marks, which scripts need.
CONTROL_CHARACTERS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
SHORT_ESCAPES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
INVISIBLE_CHARACTERS = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ud800-\udfff]"
)


def escape_control_characters(text: str, *, keep: str = "") -> str:
    r"""The text in one visible line: ESC as `\x1b`, a line break as `\n`, U+202E as `\u202e`. `keep`: characters that stay.

    Idempotent.
    """
    return CONTROL_CHARACTERS.sub(lambda match: match[0] if match[0] in keep else _escape_character(match[0]), text)


def _escape_character(character: str) -> str:
    return SHORT_ESCAPES.get(character) or (rf"\x{ord(character):02x}" if ord(character) < 0x100 else rf"\u{ord(character):04x}")


def remove_invisible_characters(text: str) -> str:
    """The text without control and other invisible characters, line breaks and tabs aside: for speech and subtitles."""
    return INVISIBLE_CHARACTERS.sub("", text)


def has_lone_surrogates(text: str) -> bool:
    """True for a text that cannot be written as UTF-8: a file's name holds bytes that are none."""
    return any("\ud800" <= character <= "\udfff" for character in text)
