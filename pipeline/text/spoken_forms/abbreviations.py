"""Abbreviations in full, and initials by the names of their letters."""

import re
from functools import lru_cache

from pipeline.text.spoken_forms.forms import SpokenForms, list_words

INITIALS = re.compile(r"(?<![\w.])((?:[^\W\d_]\.[ \u00a0]?){2,8})(?!\w\.)|(?<![\w.])([^\W\d_])\.(?=[ \u00a0][^\W\d_]{2,})")
NEXT_MARK = re.compile(r"[\s\"'»”’)\]]{0,8}(\Z|.)", re.DOTALL)
LAST_WORD = re.compile(r"([^\W\d_]+)[ \u00a0]\Z")
LAST_WORD_REACH = 20  # characters
# Words before a letter that is no initial, in the six languages: "vitamin C. Then", "plan B. Run".
LETTERED = list_words(
    "vitamin vitamins vitamina vitaminas vitamine vitamines plan plano piano pla hepatitis hepatite épatite epatite "
    "hépatite group grupo groupe gruppo grup type tipo tipus letter letra lettera lettre lletra option opción opzione "
    "opção opció block bloque bloc blocco bloco class clase classe"
)


@lru_cache(maxsize=16)
def _compile_names(names: frozenset[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])(?:{'|'.join(sorted(map(re.escape, names), key=len, reverse=True))})(?!\w)")


def expand_abbreviations(text: str, forms: SpokenForms) -> str:
    """`Dr.` → Doctor. An abbreviation that ends a sentence leaves it its full stop."""
    if not forms.abbreviations:
        return text

    def expand(match: re.Match[str]) -> str:
        following = _find_following(match)
        if len(match[0]) == 2 and match[0].endswith(".") and (not following.isupper() or _is_lettered(match)):
            return match[0]  # "D. Pedro", not "Vitamina D."
        can_end = match[0].startswith("etc") or match[0].endswith(("C.", "U.", "UU."))
        is_end = match[0].endswith(".") and (not following or (can_end and following.isupper()))
        return forms.abbreviations[match[0]] + ("." if is_end else "")

    return _compile_names(frozenset(forms.abbreviations)).sub(expand, text)


def spell_initials(text: str, forms: SpokenForms) -> str:
    """`J. F. Kennedy`, `U.S.A.`: the names of the letters."""
    if not forms.letters:
        return text

    def spell(match: re.Match[str]) -> str:
        letters = re.findall(r"[^\W\d_]", match[0])
        if not all(letter.isupper() for letter in letters) or (match[2] and _is_lettered(match)):
            return match[0]
        names = " ".join(forms.letters.get(letter, letter) for letter in letters)
        is_end = match[1] and not _find_following(match)
        return names + ("." if is_end else "") + (" " if match[0].endswith((" ", "\u00a0")) else "")

    return INITIALS.sub(spell, text)


def _find_following(match: re.Match[str]) -> str:
    """The first character after a match and closing quotes, "" at the end."""
    following = NEXT_MARK.match(match.string, match.end())
    return following[1] if following else ""


def _is_lettered(match: re.Match[str]) -> bool:
    """True for the pronoun `I` and after a word that a letter of its own belongs to, as in `vitamin C`."""
    before = LAST_WORD.search(match.string[max(0, match.start() - LAST_WORD_REACH) : match.start()])
    return before is not None and (before[1].casefold() in LETTERED or match[0] == "I.")
