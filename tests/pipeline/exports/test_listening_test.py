"""Pairs of clips for listening tests: the choice, the sides, the loudness, the manifest."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from pipeline.audio.loudness import LoudnessMeter
from pipeline.errors import NotFound
from pipeline.exports import listening_test
from pipeline.exports.listening_test import Pair, System, choose_pairs, format_row, match_levels, write_manifest
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Span

RATE = 48_000
ROW = LineRow(1, "es", "S1", 10.0, 12.0, 12.5, "said", "dicho", "translation", 10.5, 2.0, 1.0, 1.0, "takes/1.wav")
ROWS = tuple(replace(ROW, number=n, start=10.0 * n, end=10.0 * n + 2.0, dub_start=10.0 * n + 0.5) for n in range(1, 21))


def tone(amplitude: float, seconds: float = 2.0) -> np.ndarray:
    wave = amplitude * np.sin(np.arange(round(seconds * RATE)) * 2 * np.pi * 997 / RATE)
    return wave.astype(np.float32)[:, None]


def measure(wave: np.ndarray) -> float:
    meter = LoudnessMeter([1.0] * wave.shape[1], RATE)
    meter.add(wave)
    return meter.compute_loudness()


def test_a_seed_gives_the_same_lines_order_and_sides_again() -> None:
    first, again, other = (choose_pairs(ROWS, None, count=10, seed=seed) for seed in (7, 7, 8))
    assert first == again != other
    assert [pair.id for pair in first] == list(range(1, 11)) and len({pair.line for pair in first}) == 10
    assert [pair.line for pair in first] != sorted(pair.line for pair in first), "the order is drawn"
    assert {pair.is_swapped for pair in first} == {True, False}


def test_a_clip_holds_the_line_in_both_versions_with_a_margin() -> None:
    (pair,) = choose_pairs([ROW], [replace(ROW, dub_start=9.0, dub_seconds=4.0)], count=5, seed=1)
    assert pair.span == Span(9.0 - 0.25, 13.0 + 0.25)
    assert choose_pairs([ROW], None, count=5, seed=1)[0].span == Span(10.0 - 0.25, 12.5 + 0.25)


def test_lines_that_are_not_in_both_versions_are_left_out() -> None:
    kept_original, elsewhere, long = replace(ROW, audio=""), replace(ROW, start=50.0, end=52.0), replace(ROW, end=60.0)
    for rows, others in (([kept_original], None), ([ROW], [elsewhere]), ([ROW], []), ([long], None)):
        with pytest.raises(NotFound, match="no line is dubbed in both"):
            choose_pairs(rows, others, count=5, seed=1)


def test_both_clips_get_the_same_loudness() -> None:
    quiet, loud = match_levels(tone(0.02), tone(0.3), RATE)
    assert measure(quiet.wave) == pytest.approx(-23.0, abs=0.05) and measure(loud.wave) == pytest.approx(-23.0, abs=0.05)
    assert quiet.gain - loud.gain == pytest.approx(20 * np.log10(0.3 / 0.02), abs=0.05)


def test_a_peak_lowers_both_clips_alike() -> None:
    click = tone(0.02)
    click[1000] = 1.0
    first, second = match_levels(click, tone(0.05), RATE)
    assert np.abs(first.wave).max() == pytest.approx(10 ** (-1 / 20), rel=1e-3)
    assert measure(second.wave) < -24.0


def test_silence_is_not_raised() -> None:
    silent, heard = match_levels(np.zeros((RATE, 2), np.float32), tone(0.1), RATE)
    assert silent.gain == 0.0 and not silent.wave.any() and measure(heard.wave) == pytest.approx(-23.0, abs=0.05)


def test_the_manifest_tells_which_side_is_which() -> None:
    systems = (System("task-7-es", "es"), System("original", "en"))
    clips = match_levels(tone(0.02), tone(0.3), RATE)
    pairs = [Pair(1, 4, "S1", Span(9.75, 12.75), is_swapped=False), Pair(2, 5, "", Span(1.0, 2.0), is_swapped=True)]
    text = write_manifest([format_row(pair, systems, clips, 7) for pair in pairs]).decode()
    first, second = csv.DictReader(io.StringIO(text))
    assert list(first) == list(listening_test.COLUMNS)
    assert (first["file_a"], first["system_a"], first["language_a"], first["system_b"]) == (
        "0001_A.wav", "task-7-es", "es", "original",
    )  # fmt: skip
    assert (second["system_a"], second["language_a"], second["system_b"], second["speaker"]) == (
        "original",
        "en",
        "task-7-es",
        "",
    )
    assert (first["line"], first["seconds"], first["seed"]) == ("4", "3.0", "7")
    assert float(first["gain_a_db"]) > float(first["gain_b_db"]) and first["gain_a_db"] == second["gain_b_db"]
