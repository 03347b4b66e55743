"""Pairs of clips for listening tests: chosen and ordered by a seed, at the same loudness, with a manifest.

The side (A or B) of a clip is drawn for each pair, so that listeners cannot learn which one is the dub.
"""

import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audio.loudness import SILENCE_LUFS, LoudnessMeter
from pipeline.errors import NotFound
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Span

Wave = NDArray[np.float32]  # (samples, channels)

TARGET_LUFS = -23.0  # EBU R128
MAX_PEAK = 10.0 ** (-1.0 / 20.0)  # -1 dBFS, of either clip
MARGIN_S = 0.25  # of film before and after a line
MAX_CLIP_S = 30.0
COLUMNS = (
    "id", "file_a", "file_b", "system_a", "system_b", "line", "speaker", "language_a", "language_b",
    "start_s", "seconds", "gain_a_db", "gain_b_db", "seed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class System:
    """A side of the comparison: the film itself, or a dub. `name`: of safe characters, as in the manifest."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A line in two versions, cut at the same times. `id`: from 1, in the order of the test. `is_swapped`: the second system is A."""

    id: int
    line: int
    speaker: str
    span: Span
    is_swapped: bool

    @property
    def names(self) -> tuple[str, str]:
        """File names of A and B."""
        return f"{self.id:04}_A.wav", f"{self.id:04}_B.wav"


@dataclass(frozen=True, slots=True)
class LevelledClip:
    """A clip with its gain (dB)."""

    wave: Wave
    gain: float


def choose_pairs(rows: Sequence[LineRow], others: Sequence[LineRow] | None, *, count: int, seed: int) -> tuple[Pair, ...]:
    """At most `count` pairs of the dubbed lines, drawn and ordered by a seed. `others`: the lines of a second dub; None: the film itself
    is compared. NotFound where no line can be compared.
    """
    spans = dict(_list_spans(rows, others))
    by_number = {row.number: row for row in rows}
    usable = [number for number, span in sorted(spans.items()) if span.duration <= MAX_CLIP_S]
    if not usable:
        raise NotFound("no line is dubbed in both versions; choose tasks of the same film that are DONE")
    generator = random.Random(seed)  # noqa: S311 -- reproducible, not secret
    drawn = generator.sample(usable, min(count, len(usable)))
    return tuple(
        Pair(position, number, by_number[number].speaker or "", spans[number], generator.random() < 0.5)
        for position, number in enumerate(drawn, start=1)
    )


def _list_spans(rows: Sequence[LineRow], others: Sequence[LineRow] | None) -> Iterable[tuple[int, Span]]:
    """Number and time of each line that is dubbed in all versions: from the first of its beginnings to the last of its ends."""
    second = {row.number: row for row in others or ()}
    for row in rows:
        versions = [row] if others is None else [row, second[row.number]] if row.number in second else []
        if not versions or not all(each.audio for each in versions):
            continue
        if not all(Span(row.start, row.end).overlap(Span(each.start, each.end)) for each in versions):
            continue  # another line under the same number
        start = min(min(each.start, each.dub_start) for each in versions)
        end = max(max(each.end, each.dub_start + each.dub_seconds) for each in versions)
        yield row.number, Span(max(0.0, start - MARGIN_S), end + MARGIN_S)


def match_levels(first: Wave, second: Wave, rate: int) -> tuple[LevelledClip, LevelledClip]:
    """Both clips at `TARGET_LUFS`; where one would then peak over -1 dBFS, both are lowered alike. Silence stays as it is."""
    waves = (first, second)
    gains = [_compute_gain(wave, rate) for wave in waves]
    peaks = [float(np.abs(wave).max(initial=0.0)) * 10.0 ** (gain / 20.0) for wave, gain in zip(waves, gains, strict=True)]
    lowered = min(0.0, 20.0 * float(np.log10(MAX_PEAK / max(*peaks, 1e-9))))
    one, other = (
        LevelledClip((wave * 10.0 ** ((gain + lowered) / 20.0)).astype(np.float32), gain + lowered)
        for wave, gain in zip(waves, gains, strict=True)
    )
    return one, other


def _compute_gain(wave: Wave, rate: int) -> float:
    """DB to `TARGET_LUFS`; 0 for silence."""
    meter = LoudnessMeter([1.0] * wave.shape[1], rate)
    meter.add(wave)
    loudness = meter.compute_loudness()
    return 0.0 if loudness <= SILENCE_LUFS else TARGET_LUFS - loudness


def format_row(
    pair: Pair, systems: tuple[System, System], clips: tuple[LevelledClip, LevelledClip], seed: int
) -> dict[str, object]:
    """The manifest's row of a pair. `systems`, `clips`: before they are swapped."""
    (a, b), (clip_a, clip_b) = (systems, clips) if not pair.is_swapped else (systems[::-1], clips[::-1])
    values = (
        pair.id, *pair.names, a.name, b.name, pair.line, pair.speaker, a.language, b.language, round(pair.span.start, 3),
        round(pair.span.duration, 3), round(clip_a.gain, 2), round(clip_b.gain, 2), seed,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def write_manifest(rows: Iterable[dict[str, object]]) -> bytes:
    """The manifest as CSV, a row a pair, in the order of the test."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def encode_wave(wave: Wave, rate: int) -> bytes:
    """A clip as a WAV file, 16 bits."""
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, wave, rate, subtype="PCM_16", format="WAV")
    return target.getvalue()


def decode_clip(content: bytes) -> tuple[Wave, int]:
    """Samples and rate of an audio file."""
    import soundfile

    wave, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    return wave, int(rate)
