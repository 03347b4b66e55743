"""Words beside pauses are cut back to detected speech."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.whisper.word_times import MAX_OVERHANG_S, clip_to_span, clip_to_speech
from pipeline.values.timeline import Span, Word


def word(start: float, end: float, text: str = "word") -> Word:
    return Word(Span(start, end), text)


def spans(words: tuple[Word, ...]) -> list[Span]:
    return [each.span for each in words]


def test_a_word_is_not_stretched_into_the_pause_beside_it():
    speech = (Span(1.0, 2.0), Span(5.0, 6.0))
    assert spans(clip_to_speech([word(1.2, 4.0), word(4.0, 5.5)], speech)) == [
        Span(1.2, 2.0 + MAX_OVERHANG_S),
        Span(5.0 - MAX_OVERHANG_S, 5.5),
    ]


def test_a_word_over_two_stretches_of_speech_stays_in_the_longer_part():
    assert spans(clip_to_speech([word(1.8, 5.9)], (Span(1.0, 2.0), Span(5.0, 6.0)))) == [Span(5.0 - MAX_OVERHANG_S, 5.9)]


def test_a_word_outside_all_speech_stays_where_it_is():
    words = (word(3.0, 3.5), word(8.0, 8.5))
    assert clip_to_speech(words, (Span(1.0, 2.0), Span(5.0, 6.0))) == words
    assert clip_to_speech(words, ()) == words


def test_words_of_a_neighbour_are_left_out():
    assert spans(clip_to_span([word(0.5, 0.9), word(0.9, 1.4), word(1.4, 2.0)], Span(1.0, 3.0))) == [
        Span(1.0, 1.4),
        Span(1.4, 2.0),
    ]


times = st.lists(st.floats(0.01, 2.0), min_size=2, max_size=40)


@given(times, times)
def test_clipping_only_shortens_and_keeps_the_order(word_steps, speech_steps):
    def laid(steps: list[float]) -> list[Span]:
        at, found = 0.0, []
        for gap, length in zip(steps[::2], steps[1::2], strict=False):
            found.append(Span(at + gap, at + gap + length))
            at = found[-1].end
        return found

    words = [Word(span, "word") for span in laid(word_steps)]
    cut = clip_to_speech(words, laid(speech_steps))
    assert len(cut) == len(words)
    assert all(old.span.start <= new.span.start < new.span.end <= old.span.end for old, new in zip(words, cut, strict=True))
    assert all(one.span.end <= other.span.start for one, other in pairwise(cut))
