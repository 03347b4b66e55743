"""Agreement around produced words: contractions and articles change only where normalization put words, never in plain text."""

from collections.abc import Callable

KEPT_SPACE = "\u2004"  # between two words of the source: only the class of all white space matches it
MAX_REPLACED = 12  # words of the source that one expression replaces: +34 600 12 34 56


def agree_with_neighbours(before: str, after: str, tidy: Callable[[str], str]) -> str:
    """Apply `tidy` to the text `after` normalization of `before`.

    Two neighbouring words that both come from the source are joined by another kind of space, so a pattern with a plain space
    needs a produced word on one side of it.
    """
    words = after.split()
    is_produced = _find_produced(before.split(), words)
    joined = "".join(
        (("" if not n else " " if is_produced[n - 1] or is_produced[n] else KEPT_SPACE) + word) for n, word in enumerate(words)
    )
    return tidy(joined).replace(KEPT_SPACE, " ")


def _find_produced(source: list[str], words: list[str]) -> list[bool]:
    """For every word, whether normalization produced it. A word of the source that is met again is confirmed by the one after it."""
    produced, position = [], 0
    for n, word in enumerate(words):
        following = words[n + 1 : n + 2]
        reach = range(position, min(position + MAX_REPLACED, len(source)))
        found = next(
            (at for at in reach if source[at] == word and (at == position or source[at + 1 : at + 2] == following)), None
        )
        if found is None:  # the word after it may be produced itself: take it if only figures were passed over
            found = next((at for at in reach if source[at] == word and _are_replaced(source[position:at])), None)
        produced.append(found is None)
        position = position if found is None else found + 1
    return produced


def _are_replaced(words: list[str]) -> bool:
    """True where every word is a figure or a sign."""
    return bool(words) and all(any(map(str.isdigit, word)) or not any(map(str.isalpha, word)) for word in words)
