"""Letter-to-sound rules of English: a rough pronunciation of a word that no dictionary has, in CMU phones."""

import unicodedata

# Spelling → phones, the longest spelling first. Rough, for alignment: times need the sounds' order, not their exact quality.
SOUNDS: dict[str, str] = {
    "tion": "SH AH N", "sion": "ZH AH N", "ough": "AO", "augh": "AO", "eigh": "EY", "igh": "AY", "tch": "CH", "dge": "JH",
    "sch": "SH", "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W", "gh": "G", "ck": "K", "ng": "NG", "qu": "K W",
    "kn": "N", "wr": "R", "ee": "IY", "ea": "IY", "ie": "IY", "ei": "EY", "ai": "EY", "ay": "EY", "ey": "IY", "oo": "UW",
    "ou": "AW", "ow": "OW", "oa": "OW", "oi": "OY", "oy": "OY", "au": "AO", "aw": "AO", "eu": "UW", "ew": "UW", "ue": "UW",
    "ar": "AA R", "er": "ER", "ir": "ER", "or": "AO R", "ur": "ER", "ce": "S EH", "ci": "S IH", "cy": "S IY",
    "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH", "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L",
    "m": "M", "n": "N", "o": "AA", "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W", "x": "K S",
    "y": "IY", "z": "Z",
}  # fmt: skip
LONGEST_SPELLING = max(map(len, SOUNDS))


def guess_phones(word: str) -> str:
    """Guess the phones of a word by its spelling, separated by spaces; "" if it has no Latin letter."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", word.lower()) if "a" <= letter <= "z")
    phones: list[str] = []
    at = 0
    while at < len(plain):
        spelling = next(plain[at : at + length] for length in range(LONGEST_SPELLING, 0, -1) if plain[at : at + length] in SOUNDS)
        is_silent_e = spelling == "e" and 2 < at == len(plain) - 1
        is_double = at > 0 and len(spelling) == 1 and plain[at - 1] == spelling
        if not is_silent_e and not is_double:
            phones.append(SOUNDS[spelling])
        at += len(spelling)
    return " ".join(phones)
