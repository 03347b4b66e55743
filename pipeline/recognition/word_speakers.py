"""Speaker of each recognised word: the one in whose turn most of it lies, with changes of speaker moved to ends of sentences.

Word times and turn edges are exact to a few tenths of a second, so that the last word of a sentence may lie in the next turn.
"""

from collections.abc import Sequence

from pipeline.recognition.turn_index import TurnIndex
from pipeline.values.timeline import Word

MAX_MOVED_WORDS = 2  # that a change of speaker moves by
MAX_MOVE_S = 0.6  # seconds of speech that it moves by
MIN_PAUSE_S = 0.3  # seconds of silence at which a change needs no end of a sentence

SENTENCE_ENDS = tuple(".!?…。！？")
CLOSING_MARKS = "\"'”’»)]"


def is_sentence_end(text: str) -> bool:
    """True for a text or word that ends a sentence."""
    return text.rstrip(CLOSING_MARKS).endswith(SENTENCE_ENDS)


def assign_speakers(words: Sequence[Word], voices: TurnIndex) -> tuple[str | None, ...]:
    """The speaker of each word; None where no turn is near. `words`: in order of time."""
    speakers = [voices.find_speaker(word.span) for word in words]
    for at in range(1, len(words)):
        if speakers[at] == speakers[at - 1] or _is_boundary(words, at):
            continue
        if (moved := _find_boundary(words, speakers, at)) is not None:
            owner = speakers[at - 1] if moved > at else speakers[at]
            for number in range(min(at, moved), max(at, moved)):
                speakers[number] = owner
    return tuple(speakers)


def _is_boundary(words: Sequence[Word], at: int) -> bool:
    """True if a sentence or a pause ends right before word `at`."""
    return is_sentence_end(words[at - 1].text) or words[at].span.start - words[at - 1].span.end >= MIN_PAUSE_S


def _find_boundary(words: Sequence[Word], speakers: Sequence[str | None], at: int) -> int | None:
    """The nearest end of a sentence to which the change of speaker before word `at` can move; None where there is none.

    A turn keeps at least one of its words.
    """
    reach = (step for distance in range(1, MAX_MOVED_WORDS + 1) for step in (-distance, distance))
    for moved in (at + step for step in reach):
        if not 0 < moved < len(words) or not is_sentence_end(words[moved - 1].text):
            continue
        first, last = min(at, moved), max(at, moved) - 1
        owner = speakers[at] if moved > at else speakers[at - 1]  # loses these words
        rest = moved if moved > at else moved - 1  # keeps this one
        seconds = words[last].span.end - words[first].span.start
        if seconds <= MAX_MOVE_S and all(speakers[number] == owner for number in (*range(first, last + 1), rest)):
            return moved
    return None
