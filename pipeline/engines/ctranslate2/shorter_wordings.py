"""Shorter wordings of a line, from several translations of each of its sentences."""

from collections.abc import Sequence
from itertools import product

from pipeline.engines.ctranslate2.translation_model import Hypothesis

MAX_PROBABILITY_LOSS = (
    6.0  # nats by which a sentence may be less probable than the best: beyond it words of the meaning are missing
)
MIN_KEPT_SHARE = 0.4  # of the best translation's length: a shorter one has lost its meaning
MAX_COMBINATIONS = 4096


def choose_wordings(sentences: Sequence[Sequence[Hypothesis]], present: str, shares: Sequence[float]) -> tuple[str, ...]:
    """For each share of the present text the most probable wording that is short enough, else the shortest one; the longest first.

    `sentences`: translations of each, the best first. Only wordings that are shorter than the present text.
    """
    choices = [_list_useful(found) for found in sentences]
    if not choices or not all(choices):
        return ()
    while _count(choices) > MAX_COMBINATIONS:
        longest = max(range(len(choices)), key=lambda n: len(choices[n]))
        choices[longest] = choices[longest][:-1]
    combined = [(" ".join(each.text for each in parts), sum(each.score for each in parts)) for parts in product(*choices)]
    shorter = sorted((way for way in combined if len(way[0]) < len(present)), key=lambda way: -way[1])
    if not shorter:
        return ()
    shortest = min(shorter, key=lambda way: len(way[0]))
    found = {next((text for text, _ in shorter if len(text) <= share * len(present)), shortest[0]): None for share in shares}
    return tuple(sorted(found, key=len, reverse=True))


def _list_useful(found: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Translations that another does not beat in both length and probability, and that keep the meaning; the most probable first."""
    complete = [each for each in found if each.is_complete and each.text]
    if not complete:
        return []
    best = max(complete, key=lambda each: each.score)
    useful: list[Hypothesis] = []
    for each in sorted(complete, key=lambda each: -each.score):
        is_near = best.score - each.score <= MAX_PROBABILITY_LOSS and len(each.text) >= MIN_KEPT_SHARE * len(best.text)
        if is_near and all(len(each.text) < len(other.text) for other in useful):
            useful.append(each)
    return useful


def _count(choices: Sequence[Sequence[object]]) -> int:
    total = 1
    for each in choices:
        total *= len(each)
    return total
