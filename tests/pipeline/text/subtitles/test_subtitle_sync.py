"""Subtitle synchronization: offsets and frame rates are found, another film's subtitle is denied, a good one is left alone."""

import random

import pytest

from pipeline.text.subtitles.subtitle_sync import FRAME_RATE_RATIOS, Match, SubtitleSync, align_to_speech, align_to_words
from pipeline.values.timeline import Cue, Span, Word

LINES = (
    "Good morning. The train leaves at noon.",
    "I know. My suitcase is already packed.",
    "Did you call your brother last night?",
    "Yes. He will wait for us at the station.",
    "Then everything is ready for the trip.",
)
PLACES = ((1.0, 4.2), (5.0, 8.2), (9.5, 12.2), (13.0, 16.2), (17.0, 20.0))
SHORT = tuple(Cue(Span(*place), text) for place, text in zip(PLACES, LINES, strict=True))


def make_dialogue(seed: int, duration: float) -> tuple[Cue, ...]:
    """Cues of 1 to 4.5 s in conversations with pauses between them."""
    draw, cues, now = random.Random(seed), [], 3.0
    while now < duration - 6.0:
        length = draw.uniform(1.0, 4.5)
        cues.append(Cue(Span(now, now + length), f"line {len(cues)}"))
        now += length + (draw.uniform(0.1, 0.6) if draw.random() < 0.6 else draw.expovariate(1 / 8))
    return tuple(cues)


def hear(cues: tuple[Cue, ...], seed: int) -> tuple[Span, ...]:
    """The speech of cues as a detector finds it: a tenth missed, edges off, some speech that no cue has."""
    draw = random.Random(seed)
    spans = []
    for cue in cues:
        if draw.random() > 0.1:
            start = max(0.0, cue.span.start + draw.gauss(0.0, 0.1))
            spans.append(Span(start, max(start + 0.2, cue.span.end - abs(draw.gauss(0.3, 0.4)))))
        if draw.random() < 0.12:
            at = draw.uniform(0.0, cues[-1].span.end)
            spans.append(Span(at, at + draw.uniform(0.3, 3.0)))
    return tuple(sorted(spans))


def move(cues: tuple[Cue, ...], offset: float, ratio: float = 1.0) -> tuple[Cue, ...]:
    """The subtitle whose synchronization is this offset and ratio."""
    places = ((cue, (cue.span.start - offset) / ratio, (cue.span.end - offset) / ratio) for cue in cues)
    return tuple(Cue(Span(start, end), cue.text) for cue, start, end in places if start >= 0.0)


def say(cues: tuple[Cue, ...]) -> tuple[Word, ...]:
    """The words of cues as a recogniser gives them: in lower case, without marks."""
    words = []
    for cue in cues:
        texts = cue.text.split()
        step = cue.span.duration / len(texts)
        for n, text in enumerate(texts):
            start = cue.span.start + n * step
            words.append(Word(Span(start, start + step), text.lower().strip(".?,")))
    return tuple(words)


@pytest.mark.parametrize("offset", [-40.0, -12.3, -2.5, -0.9, 0.9, 2.5, 17.7, 40.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_constant_offset_is_found_by_voice_activity(offset: float, seed: int) -> None:
    film = make_dialogue(seed, 1_300.0)
    sync = align_to_speech(move(film, offset), hear(film, seed), 1_300.0)
    assert sync.match is Match.SHIFTED
    assert sync.ratio == 1.0
    assert sync.offset_s == pytest.approx(offset, abs=0.15)


@pytest.mark.parametrize("ratio", FRAME_RATE_RATIOS[1:5])
@pytest.mark.parametrize("seed", [4, 5, 6])
def test_another_frame_rate_is_found_with_its_offset(ratio: float, seed: int) -> None:
    film = make_dialogue(seed, 2_500.0)
    sync = align_to_speech(move(film, 3.0, ratio), hear(film, seed), 2_500.0)
    assert sync.match is Match.SHIFTED
    moved = sync.apply_to(move(film, 3.0, ratio))
    off = [abs(cue.span.start - place.span.start) for cue, place in zip(moved, film[-len(moved) :], strict=True)]
    assert max(off) < 0.15


@pytest.mark.parametrize("duration", [75.0, 300.0, 1_300.0])
@pytest.mark.parametrize("seed", range(5))
def test_a_subtitle_in_sync_is_left_alone(duration: float, seed: int) -> None:
    film = make_dialogue(seed, duration)
    assert align_to_speech(film, hear(film, seed), duration).match is Match.IN_SYNC
    slightly = move(film, 0.25)
    assert align_to_speech(slightly, hear(film, seed), duration).match is Match.IN_SYNC


@pytest.mark.parametrize("duration", [300.0, 1_300.0, 5_400.0])
@pytest.mark.parametrize("seed", range(5))
def test_another_film_s_subtitle_is_denied(duration: float, seed: int) -> None:
    film, other = make_dialogue(seed, duration), make_dialogue(seed + 50, duration)
    assert align_to_speech(other, hear(film, seed), duration).match is Match.OTHER_FILM


def test_voice_activity_alone_neither_shifts_nor_denies_a_handful_of_cues() -> None:
    late = move(SHORT, -2.5)
    assert align_to_speech(late, tuple(cue.span for cue in SHORT), 22.0).match is Match.UNKNOWN
    other = (Cue(Span(2.0, 2.5), "x"), Cue(Span(4.4, 4.9), "y"), Cue(Span(8.5, 9.3), "z"))
    assert align_to_speech(other, tuple(cue.span for cue in SHORT), 22.0).match is Match.UNKNOWN
    assert align_to_speech(SHORT, tuple(cue.span for cue in SHORT), 22.0).match is Match.IN_SYNC
    assert align_to_speech(SHORT, (), 22.0).match is Match.UNKNOWN


@pytest.mark.parametrize("offset", [-2.5, 0.0, 2.5])
def test_words_decide_for_a_short_film(offset: float) -> None:
    sync = align_to_words(move(SHORT, offset), say(SHORT))
    assert sync.match is (Match.SHIFTED if offset else Match.IN_SYNC)
    assert sync.offset_s == pytest.approx(offset, abs=0.15)


def test_words_of_another_text_deny_the_subtitle() -> None:
    other = (
        "Printing in the only sense with which we are at present concerned differs from most",
        "if not from all the arts and crafts represented in the exhibition",
        "although the Chinese took impressions from wood blocks engraved in relief for centuries",
    )
    heard = say(tuple(Cue(Span(5.0 * n, 5.0 * n + 4.5), text) for n, text in enumerate(other)))
    assert align_to_words(SHORT, heard).match is Match.OTHER_FILM


def test_too_few_words_say_nothing_against_a_subtitle() -> None:
    assert align_to_words(SHORT, say((Cue(Span(0.0, 2.0), "nothing of that kind"),))).match is Match.UNKNOWN
    assert align_to_words(SHORT, ()).match is Match.UNKNOWN


def test_cues_before_the_film_s_start_are_left_out() -> None:
    moved = SubtitleSync(Match.SHIFTED, 1.0, -4.0).apply_to(SHORT)
    assert [cue.span.start for cue in moved] == [0.0, 1.0, 5.5, 9.0, 13.0]
    assert len(SubtitleSync(Match.SHIFTED, 1.0, -4.5).apply_to(SHORT)) == 4


def delay(cues: tuple[Cue, ...], breaks: tuple[tuple[float, float], ...]) -> tuple[Cue, ...]:
    """The subtitle of a broadcast: after each (time in the film, length) of an advertisement it is later."""
    lags = [(cue, sum(length for at, length in breaks if cue.span.start > at)) for cue in cues]
    return tuple(Cue(Span(cue.span.start + lag, cue.span.end + lag), cue.text) for cue, lag in lags)


@pytest.mark.parametrize(
    "breaks", [((1_350.0, 12.0),), ((800.0, 25.0), (1_600.0, 35.0)), ((2_200.0, 5.0),), ((300.0, 8.0),)], ids=str
)
@pytest.mark.parametrize("offset", [0.0, -20.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_subtitle_of_another_cut_is_neither_shifted_as_a_whole_nor_taken_for_in_sync(
    breaks: tuple[tuple[float, float], ...], offset: float, seed: int
) -> None:
    film = make_dialogue(seed, 2_700.0)
    sync = align_to_speech(move(delay(film, breaks), offset), hear(film, seed), 2_700.0)
    assert sync.match in {Match.OTHER_CUT, Match.UNKNOWN}


@pytest.mark.parametrize("seed", range(4))
def test_a_right_subtitle_of_a_film_without_pauses_is_not_denied(seed: int) -> None:
    """Merged cues and others' edges leave voice activity nothing to compare."""
    draw, cues, now = random.Random(seed), [], 3.0
    while now < 1_300.0:
        length = draw.uniform(1.0, 4.5)
        cues.append(Cue(Span(now, now + length + 0.4), "line"))
        now += length + draw.uniform(0.05, 0.5)
    spoken = tuple(Cue(Span(cue.span.start, cue.span.end - 0.4), cue.text) for cue in cues)
    for offset in (0.0, 15.0):
        subtitle = move(tuple(cues), offset)
        assert align_to_speech(subtitle, hear(spoken, seed), 1_310.0).match not in {Match.OTHER_FILM, Match.OTHER_CUT}


def test_half_of_a_right_subtitle_is_in_sync() -> None:
    for seed in range(4):
        film = make_dialogue(seed, 2_700.0)
        half = tuple(cue for cue in film if cue.span.start < 1_350.0)
        assert align_to_speech(half, hear(film, seed), 2_700.0).match is Match.IN_SYNC


def test_words_of_two_cuts_do_not_shift_the_whole() -> None:
    film = tuple(Cue(Span(6.0 * n, 6.0 * n + 4.0), f"paragraph{n} follows chapter{n} here") for n in range(30))
    assert align_to_words(move(film, -4.0), say(film)).match is Match.SHIFTED
    assert align_to_words(delay(film, ((110.0, 9.0),)), say(film)).match is Match.OTHER_CUT


@pytest.mark.parametrize("offset", [-1.0, 1.0, 3.0])
def test_a_few_long_cues_that_are_off_are_not_taken_for_in_sync(offset: float) -> None:
    """They overlap the speech all the same; the words decide."""
    places = ((20.0, 27.2), (66.0, 71.5), (140.0, 148.3), (305.0, 309.8))
    film = tuple(Cue(Span(*place), "line") for place in places)
    speech = tuple(cue.span for cue in film)
    assert align_to_speech(film, speech, 600.0).match is Match.IN_SYNC
    assert align_to_speech(move(film, offset), speech, 600.0).match is Match.UNKNOWN
