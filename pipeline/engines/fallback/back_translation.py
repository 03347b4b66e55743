"""Back-translation score: of two translations of a line, the one that comes back nearer to the original is chosen.

Words that a small language model invented, left out or confused come back as other words; so do those of a literal
translator. Nearness is the mean of chrF, the F-score of character n-grams, and of the F-score of words; only words count,
case-folded, and English contractions are expanded.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

CHRF_ORDER, CHRF_BETA = 6, 2.0  # longest n-gram; weight of recall over precision: the common settings of chrF
MIN_LEAD = 5.0  # of 100, by which the second must be nearer: the first reads better where both say the same
CONTRACTIONS = (  # "it has" is read as "it is" on both sides, which does no harm
    ("won't", "will not"), ("can't", "can not"), ("cannot", "can not"), ("let's", "let us"), ("n't", " not"), ("'re", " are"),
    ("'ll", " will"), ("'ve", " have"), ("'m", " am"), ("'d", " would"), ("'s", " is"),
)  # fmt: skip

FIRST_PERSONS = {
    "sg": frozenset({"i", "me", "my", "mine", "myself"}),
    "pl": frozenset({"we", "us", "our", "ours", "ourselves"}),
}


def choose_second(
    originals: Sequence[str], first: Sequence[str], second: Sequence[str], *, margin: float = MIN_LEAD
) -> tuple[bool, ...]:
    """For each line True if the second translation is to be taken. `first`, `second`: translated back.

    The second is taken where it comes back nearer by more than `margin`, or where it alone kept the first person.
    """
    return tuple(
        measure_nearness(there, original) > measure_nearness(here, original) + margin
        or (find_first_persons(here) != find_first_persons(original) == find_first_persons(there))
        for original, here, there in zip(originals, first, second, strict=True)
    )


def find_first_persons(text: str) -> frozenset[str]:
    """Numbers of the first-person pronouns in an English text: "sg", "pl", both, or none.

    The second and the third person are not distinguished: Spanish says `usted`, `él` and `ella` by the same verbs.
    """
    words = set(_normalize_words(text))
    return frozenset(number for number, pronouns in FIRST_PERSONS.items() if words & pronouns)


def measure_nearness(text: str, reference: str) -> float:
    """Nearness of a text to a reference in the same language, 0 to 100."""
    mine, theirs = _normalize_words(text), _normalize_words(reference)
    return (measure_chrf(" ".join(mine), " ".join(theirs)) + 100.0 * _f_score(mine, theirs, 1.0)) / 2


def measure_chrf(text: str, reference: str) -> float:
    """The chrF of a text against one reference, 0 to 100: mean over the n-gram lengths that both have."""
    pairs = ((_ngrams(text, n), _ngrams(reference, n)) for n in range(1, CHRF_ORDER + 1))
    scores = [_f_score(mine, theirs, CHRF_BETA) for mine, theirs in pairs if mine and theirs]
    return 100.0 * sum(scores) / len(scores) if scores else 0.0


def _f_score(found: Iterable[Hashable], wanted: Iterable[Hashable], beta: float) -> float:
    mine, theirs = Counter(found), Counter(wanted)
    common = (mine & theirs).total()
    if not common:
        return 0.0
    precision, recall = common / mine.total(), common / theirs.total()
    return (1 + beta**2) * precision * recall / (beta**2 * precision + recall)


def _ngrams(text: str, n: int) -> list[str]:
    letters = "".join(text.split())
    return [letters[at : at + n] for at in range(len(letters) - n + 1)]


def _normalize_words(text: str) -> list[str]:
    text = text.casefold().replace("’", "'")
    for contraction, words in CONTRACTIONS:
        text = text.replace(contraction, words)
    return re.findall(r"\w+", text)
