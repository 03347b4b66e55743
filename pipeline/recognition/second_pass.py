"""Second pass of recognition: speech in which the first found no words is recognised again by itself, sorted by speaker.

Its stretches are joined in one short file with silence in between: a recogniser of windows costs as much for one short
stretch as for half a minute, and leaves out less where each voice stands alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.engines.speakers import audio_input
from pipeline.recognition.turn_index import TurnIndex
from pipeline.recognition.unrecognized_speech import MIN_SPEECH_S, find_stray_words, find_unrecognized_speech
from pipeline.recognition.word_merging import Found
from pipeline.recognition.word_speakers import is_sentence_end
from pipeline.runner import stage
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Span, Turn, Word

SILENCE_S = 1.6  # seconds between two stretches: recognisers that leave out pauses of over a second then know each by itself
EDGE_S = 0.1  # seconds of the film around each stretch: turns are cut close
WHOLE_TURN_S = 8.0  # seconds; longer turns are recognised again only around what is missing
FADE_SAMPLES = SPEECH_RATE_HZ // 50  # samples: a cut without a fade sounds like a consonant


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of speech in the film, and its place in the joined file. Seconds."""

    turn: Turn
    joined: Span

    @property
    def shift(self) -> float:
        """Seconds from the joined file's time to the film's."""
        return max(0.0, self.turn.span.start - EDGE_S) - self.joined.start


def choose_second_pass(turns: Sequence[Turn], words: Sequence[Word]) -> tuple[Turn, ...]:
    """The parts of turns to recognise again, by speaker: each is a turn or whole sentences of it; none overlap.

    `words`: in order of time.
    """
    stray = find_stray_words(words, TurnIndex(turns))
    firm = [word for number, word in enumerate(words) if number not in stray]
    chosen, at = list[Turn](), 0.0
    for part in find_unrecognized_speech(turns, firm):
        turn = max((turn for turn in turns if turn.speaker == part.speaker), key=lambda turn: turn.span.overlap(part.span))
        span = _extend_to_sentences(part.span, turn.span, firm)
        if span.end - max(at, span.start) >= MIN_SPEECH_S:  # of speakers at once only one: no word may be recognised twice
            chosen.append(Turn(Span(max(at, span.start), span.end), part.speaker))
            at = span.end
    return tuple(sorted(chosen, key=lambda turn: (turn.speaker, turn.span)))


def _extend_to_sentences(part: Span, turn: Span, words: Sequence[Word]) -> Span:
    """A part of a turn with the unfinished sentences around it, so that no sentence is recognised in halves; all of a short turn."""
    if turn.duration <= WHOLE_TURN_S:
        return turn
    inside = [word for word in words if word.span.overlap(turn)]
    ends = [word.span.end for word in inside if is_sentence_end(word.text) and word.span.end <= part.start]
    begins = [after.span.start for word, after in pairwise(inside) if is_sentence_end(word.text)]
    return Span(max(ends, default=turn.start), min((begin for begin in begins if begin >= part.end), default=turn.end))


def place_stretches(chosen: Sequence[Turn]) -> tuple[Stretch, ...]:
    """The place of each stretch in the joined file, with silence before and after it."""
    placed, at = list[Stretch](), SILENCE_S
    for turn in chosen:
        seconds = turn.span.end + EDGE_S - max(0.0, turn.span.start - EDGE_S)
        placed.append(Stretch(turn, Span(at, at + seconds)))
        at += seconds + SILENCE_S
    return tuple(placed)


@stage(version=1)
def collect_unrecognized(speech: Artifact, stretches: tuple[Stretch, ...], *, workdir: Path) -> Artifact:
    """The joined file of the second pass: 16 kHz mono WAV."""
    import soundfile

    path = workdir / "unrecognized.wav"
    with soundfile.SoundFile(path, "w", SPEECH_RATE_HZ, channels=1, format="WAV", subtype="PCM_16") as file:
        for stretch in stretches:
            first = round(stretch.joined.start * SPEECH_RATE_HZ)
            file.write(np.zeros(first - file.tell(), np.float32))
            wave = audio_input.read_excerpt(
                speech.path, Span(stretch.joined.start + stretch.shift, stretch.joined.end + stretch.shift)
            )
            file.write(_fade_ends(np.clip(np.nan_to_num(wave), -1.0, 1.0)))
        file.write(np.zeros(round(SILENCE_S * SPEECH_RATE_HZ), np.float32))
    return Artifact.of(path)


def _fade_ends(wave: Wave) -> Wave:
    ramp = np.linspace(0.0, 1.0, min(FADE_SAMPLES, len(wave) // 2), dtype=np.float32)
    faded = wave.copy()
    faded[: len(ramp)] *= ramp
    faded[len(wave) - len(ramp) :] *= ramp[::-1]
    return faded


def map_to_film(words: Sequence[Word], stretches: Sequence[Stretch]) -> tuple[Found, ...]:
    """The words of each stretch, in the film's time and inside it. A word over two of them belongs to the later one: recognisers
    stretch a word after a pause back into it.
    """
    inside: list[list[Word]] = [[] for _ in stretches]
    for word in words:
        reached = [number for number, each in enumerate(stretches) if each.joined.overlap(word.span) > 0.0]
        if reached and (moved := _move_into(word, stretches[reached[-1]])):
            inside[reached[-1]].append(moved)
    return tuple(Found(stretch.turn.span, tuple(each)) for stretch, each in zip(stretches, inside, strict=True))


def _move_into(word: Word, stretch: Stretch) -> Word | None:
    start, end = word.span.start + stretch.shift, word.span.end + stretch.shift
    inside = Span(max(0.0, start), end).intersection(stretch.turn.span) if end > max(0.0, start) else None
    return replace(word, span=inside) if inside else None
