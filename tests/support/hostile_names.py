"""File names that act where they are written raw: on a terminal, in a log, a page or an export."""

FORGED = "2026-01-01 00:00:00 ERROR forged"

HOSTILE_NAMES = {
    "title": "film\x1b]0;x\x07.mkv",  # sets the terminal's title
    "colour": "film\x1b[31m.mkv",
    "colour by C1": "film\x9b31m.mkv",
    "newline": f"film\n{FORGED}.mkv",
    "carriage return": f"film\r{FORGED}.mkv",
    "next line": f"film\x85{FORGED}.mkv",
    "line separator": f"film\u2028{FORGED}.mkv",
    "paragraph separator": f"film\u2029{FORGED}.mkv",
    "override": "film\u202evkm.exe.mkv",
    "isolate": "film\u2067vkm.exe\u2069.mkv",
    "undecodable": "film\udcff.mkv",
    "backspaces": "film\b\b\b\bmusic.mkv",
}

ACTIVE = frozenset("\x00\x07\x08\x1b\r\n\x7f\x85\x9b\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\udcff")


def is_harmless(text: str) -> bool:
    """True for a text in which nothing acts, the line break at its end aside."""
    return not ACTIVE & set(text.removesuffix("\n"))
