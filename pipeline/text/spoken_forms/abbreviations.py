"""Abbreviations in full, and initials by the names of their letters."""

import re

from pipeline.text.spoken_forms.forms import SpokenForms

INITIALS = re.compile(r"(?<![\w.])((?:[^\W\d_]\.[ \u00a0]?){2,8})(?!\w\.)|(?<![\w.])([^\W\d_])\.(?=[ \u00a0][^\W\d_]{2,})")


def expand_abbreviations(text: str, forms: SpokenForms) -> str:
    """`Dr.` → Doctor. An abbreviation that ends a sentence leaves it its full stop."""
    if not forms.abbreviations:
        return text
    names = "|".join(sorted(map(re.escape, forms.abbreviations), key=len, reverse=True))

    def expand(match: re.Match[str]) -> str:
        rest = match.string[match.end() :]
        is_end = match[0].endswith(".") and not rest.strip()
        return forms.abbreviations[match[0]] + ("." if is_end else "")

    return re.sub(rf"(?<![\w.])(?:{names})(?!\w)", expand, text)


def spell_initials(text: str, forms: SpokenForms) -> str:
    """`J. F. Kennedy`, `U.S.A.`: the names of the letters."""
    if not forms.letters:
        return text

    def spell(match: re.Match[str]) -> str:
        letters = re.findall(r"[^\W\d_]", match[0])
        if not all(letter.isupper() for letter in letters):
            return match[0]
        rest = match.string[match.end() :]
        names = " ".join(forms.letters.get(letter, letter) for letter in letters)
        return names + ("." if not rest.strip() and match[1] else "") + (" " if match[0].endswith((" ", "\u00a0")) else "")

    return INITIALS.sub(spell, text)
