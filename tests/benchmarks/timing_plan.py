"""Benchmark of the timing plan against line-by-line timing, on the films of a reference set, by Kokoro's predicted durations.

Run: ./dubarr evaluate --make-reference-set FOLDER, then: python -m tests.benchmarks.timing_plan FOLDER [LANGUAGE …]
Prints one table: rates, onset errors, fill and speech overlap of each film by both rules. Nothing is synthesized.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np

from evaluation.line_by_line_timing import press_lines
from evaluation.rttm import read_rttm
from pipeline.engines.synthesizer_kokoro import KokoroSynthesizer
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.text.subtitles.subtitle_reader import read_subtitle_file
from pipeline.timing.timing_plan import LineTiming, LineToPlan, Wording, plan_lines
from pipeline.values.timeline import Cue, Span, Speaker, Turn, Voice

USUAL_LENGTHS = (0.85, 1.2)  # natural duration over the source's: a translation of usual length
COLUMNS = (
    "film",
    "rule",
    "lines",
    "rate p1",
    "p5",
    "p50",
    "p95",
    "p99",
    "std",
    "in .85-1.25",
    "onset p95",
    "fill usual",
    "overlap",
)


def list_lines(folder: Path, name: str, language: str, synthesizer: KokoroSynthesizer) -> Iterator[LineToPlan]:
    """The lines of a film with its human translation, as its cast voices speak them."""
    turns = read_rttm(folder / f"{name}.rttm")
    source, target = (read_subtitle_file(folder / f"{name}.{each}.srt").cues for each in ("en", language))
    voices = cast_voices(turns, language, synthesizer)
    for cue, translated in zip(source, target, strict=True):
        speaker = find_speaker(cue, turns)
        seconds = synthesizer.seconds(verbalize(translated.text, language), voices[speaker], language=language)
        assert seconds is not None
        yield LineToPlan(cue.span, speaker, (Wording(seconds),))


def cast_voices(turns: Sequence[Turn], language: str, synthesizer: KokoroSynthesizer) -> Mapping[str, Voice]:
    """Label → voice, of alternating registers."""
    labels = sorted({turn.speaker for turn in turns})
    speakers = [Speaker(label, 60.0, 110.0 if n % 2 else 210.0) for n, label in enumerate(labels)]
    return {voice.speaker: voice for voice in synthesizer.cast(speakers, language=language)}


def find_speaker(cue: Cue, turns: Sequence[Turn]) -> str:
    """The speaker who speaks most of a cue."""
    return max(turns, key=lambda turn: cue.span.overlap(turn.span)).speaker


def describe_plan(lines: Sequence[LineToPlan], plan: Sequence[LineTiming]) -> list[str]:
    """The figures of a plan, as the table shows them."""
    rates = np.array([timing.rate for timing in plan])
    onsets = np.abs([timing.start - line.span.start for line, timing in zip(lines, plan, strict=True)])
    natural = np.array([line.wordings[0].speech_s / line.span.duration for line in lines])
    usual = (natural >= USUAL_LENGTHS[0]) & (natural <= USUAL_LENGTHS[1])
    fill = np.array([min(1.0, timing.seconds / line.span.duration) for line, timing in zip(lines, plan, strict=True)])
    shared = sum(
        max(0.0, min(timing.end, line.span.end) - max(timing.start, line.span.start))
        for line, timing in zip(lines, plan, strict=True)
    )
    union = sum(line.span.duration for line in lines) + sum(timing.seconds for timing in plan) - shared
    percentiles = [f"{value:.2f}" for value in np.percentile(rates, (1, 5, 50, 95, 99))]
    within = float(np.mean((rates >= 0.85) & (rates <= 1.25)))
    figures = (float(np.std(rates)), within, float(np.percentile(onsets, 95)), float(fill[usual].mean()), shared / union)
    return [str(len(lines)), *percentiles, *(f"{figure:.3f}" for figure in figures)]


def main(folder: Path, languages: Sequence[str]) -> None:
    """Print the table."""
    synthesizer = KokoroSynthesizer()
    names = sorted(path.stem for path in folder.glob("*.rttm"))
    print(*COLUMNS, sep="\t")
    for language in languages:
        for name in names:
            lines = list(list_lines(folder, name, language, synthesizer))
            duration = lines[-1].span.end + 5.0
            for rule, plan in (("line by line", press_lines(lines)), ("plan", plan_lines(lines, duration))):
                print(f"{name} {language}", rule, *describe_plan(lines, plan), sep="\t")
    many = list(islice(repeat_lines(lines, duration), 10_000))
    begun = time.process_time()
    plan_lines(many, many[-1].span.end + 5.0)
    print(f"10,000 lines: {time.process_time() - begun:.2f} CPU-s")


def repeat_lines(lines: Sequence[LineToPlan], duration: float) -> Iterator[LineToPlan]:
    """The lines of a film of `duration` seconds over and over, one showing after the other."""
    for showing in count():
        for line in lines:
            span = Span(line.span.start + showing * duration, line.span.end + showing * duration)
            yield replace(line, span=span)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["es", "pt"])
