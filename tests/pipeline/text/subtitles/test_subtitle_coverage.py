"""Coverage of a film by a subtitle: full dialogue is told from signs, other cuts and sparse films."""

import time

import pytest

from pipeline.text.subtitles.subtitle_coverage import is_dense, measure_coverage
from pipeline.text.subtitles.subtitle_writer import SpeakerCue, format_srt, format_vtt
from pipeline.values.timeline import Cue, Span


def spread(number: int, duration: float, *, each: float = 2.0, text: str = "Yes, I do.") -> tuple[Cue, ...]:
    """`number` cues spread evenly over `duration` seconds."""
    step = duration / number
    return tuple(Cue(Span(n * step, n * step + min(each, step)), text) for n in range(number))


def test_a_full_subtitle_is_usable_and_forced_ones_are_not() -> None:
    film = 5_400.0
    assert is_dense(spread(900, film), film)
    assert is_dense(spread(300, film, each=3.0), film)  # a quiet film
    assert not is_dense(spread(40, film), film)  # forced: signs and foreign speech
    assert not is_dense((), film)


def test_a_subtitle_of_another_cut_or_of_numbers_is_not_usable() -> None:
    assert not is_dense(spread(900, 5_400.0), 2_700.0)
    assert not is_dense(spread(300, 1_000.0), 5_400.0)  # stops early
    assert not is_dense(spread(900, 5_400.0, text="1 2 3"), 5_400.0)


def test_a_short_clip_needs_few_cues() -> None:
    assert is_dense((Cue(Span(0.5, 5.0), "And so, my fellow Americans:"), Cue(Span(5.2, 10.8), "ask not …")), 11.0)


def test_a_sparse_subtitle_is_full_where_it_covers_what_is_said() -> None:
    cues = (Cue(Span(20.0, 23.0), "The sea is very quiet tonight."), Cue(Span(60.0, 63.5), "Tomorrow I will reach the shore."))
    assert measure_coverage(cues, (Span(20.1, 22.0), Span(60.2, 62.5)), 80.0).is_full
    assert not measure_coverage(cues, (Span(20.1, 22.0), Span(30.0, 40.0), Span(60.2, 62.5)), 80.0).is_full


def test_signs_beside_the_speech_are_not_full_however_many() -> None:
    speech = tuple(Span(10.0 * n, 10.0 * n + 6.0) for n in range(60))
    signs = tuple(Cue(Span(span.end + 0.5, span.end + 3.5), "Hotel") for span in speech)
    assert is_dense(signs, 600.0)
    assert not measure_coverage(signs, speech, 600.0).is_full


@pytest.mark.parametrize("kept", [slice(0, 300), slice(300, 600), slice(0, 420), slice(180, 600)])
def test_a_subtitle_of_one_of_two_discs_is_not_full_though_it_is_dense(kept: slice) -> None:
    cues = spread(600, 5_400.0, each=5.0)
    speech = tuple(cue.span for cue in cues)
    part = measure_coverage(cues[kept], speech, 5_400.0)
    assert part.lacks_part and not part.is_full
    assert measure_coverage(cues, speech, 5_400.0).is_full


def test_a_subtitle_without_a_songs_lyrics_or_of_every_second_line_is_full() -> None:
    cues = spread(600, 5_400.0, each=5.0)
    speech = tuple(cue.span for cue in cues)
    assert measure_coverage((*cues[:200], *cues[240:]), speech, 5_400.0).is_full
    assert measure_coverage(cues[::2], speech, 5_400.0).is_full


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["Good evening.", "x" * 100, "a b " * 25, "\u0301" * 100], ids=["line", "word", "words", "marks"]
)
def test_20_000_cues_are_judged_and_written_in_time_in_proportion(text: str) -> None:
    cues = spread(20_000, 9_000.0, text=text)
    began = time.thread_time()
    is_dense(cues, 9_000.0)
    assert format_srt(cues)
    assert format_vtt(map(SpeakerCue, cues))
    assert time.thread_time() - began < 30.0  # many times what they take; what is quadratic takes minutes
