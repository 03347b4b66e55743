"""Vocalizations: laughter, sighs, hums and cries without words, which a dub leaves to the original's own voice.

"Mm-hm." and "Haha!" sound alike in every language, and a synthesizer reads them as words. Left out of the list, because they are
words of a language: "wow", "hey", "ouch", "eh", "huh?", "yeah".
"""

import re
import unicodedata

MAX_CHARACTERS = 60  # of a line that is a vocalization alone
VOCALIZATION = re.compile(
    r"(?:m+|h+m+|m+h+m*|mm+-?h+m+|a+h+|a{2,}|o+h+|o{3,}|u+h+|u+h-?(?:h?u+h)+|u+m+|e+r+m+"  # hums, and what fills a pause
    r"|(?:ha+){2,}h?|(?:he){2,}h?|(?:hi){2,}h?|(?:ho){2,}h?|(?:ja){2,}|(?:je){2,}|(?:ah|eh)(?:ah|eh)+|k{3,}|(?:rs){2,}|ha+h?|heh"  # laughter
    r"|a+r+g+h+|u+g+h+|g+r{2,}|p+h+e+w+|w+h+e+w+|s+h{2,}|p+s+t+|b+r{2,}|t+s+k+)"  # sighs, growls, hushes
)


def is_vocalization(text: str) -> bool:
    """True if a text holds nothing but laughter, sighs, hums and cries: `Mm-hm.`, `Ha ha ha!`, `Oh…`."""
    if len(text) > MAX_CHARACTERS:
        return False
    folded = unicodedata.normalize("NFKC", text).casefold()
    sounds = re.findall(r"\w+(?:-\w+)*", folded)
    return bool(sounds) and all(_is_sound(sound) for sound in sounds)


def _is_sound(sound: str) -> bool:
    """True for one sound, also where it is written with hyphens: `ha-ha-ha`, `mm-hm`."""
    return bool(VOCALIZATION.fullmatch(sound)) or all(VOCALIZATION.fullmatch(part) for part in sound.split("-"))
