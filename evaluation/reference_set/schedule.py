"""Schedule of a generated film: the scripts that it plays, the time and level of each line, drawn from a seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from evaluation.reference_set.scripts import Script, ScriptLine
from evaluation.reference_set.takes import SourceTake
from pipeline.values.timeline import Cue, Span, Turn

LEAD_S, END_S = 1.5, 2.5  # s of music before the first line of a reel and after its last
MIN_LEVEL_DB, MAX_LEVEL_DB = -4.0, 3.0  # of a line against the others
# Gaps between lines, s: share of the lines, shortest, longest. A negative one is two speakers at once.
GAPS = ((0.12, -0.2, 0.0), (0.58, 0.1, 0.6), (0.22, 0.6, 1.5), (0.08, 1.5, 3.0))
SAME_SPEAKER_GAP_S = 0.35  # at least, between two lines of one speaker


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line in a film. `start`: seconds from the film's start; `gain_db`: of its level."""

    line: ScriptLine
    take: SourceTake
    start: float
    gain_db: float

    @property
    def span(self) -> Span:
        """Span of the line in the film, its pauses included."""
        return Span(self.start, self.start + self.take.seconds)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The spans in which it is spoken, without its pauses."""
        return tuple(Turn(Span(self.start + span.start, self.start + span.end), self.line.speaker) for span in self.take.speech)

    def cue(self, language: str) -> Cue:
        """The line as a subtitle in the film's language or a translation."""
        return Cue(self.span, self.line.translations.get(language, self.line.text))


@dataclass(frozen=True, slots=True)
class Reel:
    """One passage through a script. `start`: seconds from the film's start; `tempo`: of its music, 1.0 as composed."""

    script: Script
    lines: tuple[PlacedLine, ...]
    start: float
    seconds: float
    tempo: float


def schedule_reel(script: Script, takes: Sequence[SourceTake], *, start: float, seed: Sequence[int]) -> Reel:
    """Place all lines of a script one after the other. The same seed gives the same times."""
    random = np.random.default_rng(list(seed))
    placed: list[PlacedLine] = []
    for line, take in zip(script.lines, takes, strict=True):
        gap = _draw_gap(random)
        if placed and placed[-1].line.speaker == line.speaker:
            gap = max(gap, SAME_SPEAKER_GAP_S)
        begins = round(placed[-1].span.end + gap if placed else start + LEAD_S, 3)  # subtitles tell milliseconds
        placed.append(PlacedLine(line, take, begins, float(random.uniform(MIN_LEVEL_DB, MAX_LEVEL_DB))))
    seconds = float(np.ceil(max(each.span.end for each in placed) + END_S - start))
    return Reel(script, tuple(placed), start, seconds, tempo=float(random.uniform(0.88, 1.12)))


def schedule_long_film(
    scripts: Sequence[Script], takes: Mapping[str, Sequence[SourceTake]], *, seconds: float, seed: int
) -> Iterator[Reel]:
    """The scripts one after the other, with other gaps and levels each time, until the film is `seconds` long at least."""
    start = 0.0
    for number, script in enumerate(cycle(scripts)):
        if start >= seconds:
            return
        reel = schedule_reel(script, takes[script.name], start=start, seed=(seed, number))
        yield reel
        start += reel.seconds


def _draw_gap(random: np.random.Generator) -> float:
    share, lowest, highest = zip(*GAPS, strict=True)
    kind = int(random.choice(len(GAPS), p=share))
    return float(random.uniform(lowest[kind], highest[kind]))
