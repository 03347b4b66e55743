"""Tens of Belgian and Swiss French: septante and nonante. Source: Académie française, "Dictionnaire" (septante, nonante)."""

import re

from num2words import num2words

TENS_TAGS = frozenset({"fr-BE", "fr-CH", "fr-CD"})


def _name_by_tens() -> dict[str, str]:
    """Words of France for 70 to 79 and 90 to 99, cardinals and ordinals, to those of Belgium and Switzerland."""
    names = {}
    for kind in ("cardinal", "ordinal"):
        for ten, name in ((70, "septante"), (90, "nonante")):
            for ones in range(10):
                words = str(num2words(ten + ones, lang="fr", to=kind))
                last = str(num2words(ones, lang="fr", to=kind)) if ones else ""
                last = "unième" if last == "premier" else last
                whole = name if kind == "cardinal" else name.removesuffix("e") + "ième"
                names[words] = whole if not ones else f"{name} et {last}" if ones == 1 else f"{name}-{last}"
    return names


BY_TENS = _name_by_tens()
SEVENTY_OR_NINETY = re.compile(rf"\b(?:{'|'.join(sorted(BY_TENS, key=len, reverse=True))})\b")


def count_by_tens(words: str) -> str:
    """`septante`, `nonante`: seventy and ninety of Belgium and Switzerland; eighty stays quatre-vingts."""
    return SEVENTY_OR_NINETY.sub(lambda match: BY_TENS[match[0]], words)
