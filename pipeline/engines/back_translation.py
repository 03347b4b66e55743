"""The choice between two translations of a line by translating them back: what comes back nearer to the original says more of it.

Words that a small language model made up, left out or took for others come back as something else; so do a literal
translator's. The measure is chrF, the F-score of character n-grams, which needs no tokenizer and no reference.
"""

from collections import Counter
from collections.abc import Sequence

ORDER, BETA = 6, 2.0  # of the n-grams; how much more recall counts than precision: as chrF is commonly computed
MARGIN = 8.0  # chrF by which the second must come back nearer: the first reads better where both say the same


def choose_second(
    originals: Sequence[str], first: Sequence[str], second: Sequence[str], *, margin: float = MARGIN
) -> tuple[bool, ...]:
    """For each line whether the second translation is to be taken. `first`, `second`: translated back."""
    return tuple(
        measure_chrf(there, original) > measure_chrf(here, original) + margin
        for original, here, there in zip(originals, first, second, strict=True)
    )


def measure_chrf(text: str, reference: str) -> float:
    """The chrF of a text against one reference, 0 to 100: mean over the n-gram lengths that both have."""
    scores = []
    for n in range(1, ORDER + 1):
        mine, theirs = _ngrams(text, n), _ngrams(reference, n)
        total_mine, total_theirs = mine.total(), theirs.total()
        if not total_mine or not total_theirs:
            continue
        common = (mine & theirs).total()
        precision, recall = common / total_mine, common / total_theirs
        weight = BETA**2
        scores.append((1 + weight) * precision * recall / (weight * precision + recall) if common else 0.0)
    return 100.0 * sum(scores) / len(scores) if scores else 0.0


def _ngrams(text: str, n: int) -> Counter[str]:
    letters = "".join(text.casefold().split())
    return Counter(letters[at : at + n] for at in range(len(letters) - n + 1))
