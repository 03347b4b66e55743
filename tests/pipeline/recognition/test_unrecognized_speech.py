from hypothesis import given
from hypothesis import strategies as st

from pipeline.recognition.turn_index import TurnIndex
from pipeline.recognition.unrecognized_speech import (
    MIN_SPEECH_S,
    describe_unrecognized_speech,
    find_stray_words,
    find_unrecognized_speech,
)
from pipeline.values.notes import Severity
from pipeline.values.timeline import Span, Turn, Word


def word(start, end, text="word"):
    return Word(Span(start, end), text)


def found(turns, *words):
    parts = find_unrecognized_speech([Turn(Span(start, end), speaker) for start, end, speaker in turns], words)
    return [(round(part.span.start, 2), round(part.span.end, 2), part.speaker) for part in parts]


def test_a_turn_without_words_is_unrecognized():
    assert found([(0.0, 2.0, "A"), (2.0, 4.0, "B")], word(0.2, 1.8)) == [(2.0, 4.0, "B")]


def test_a_breath_between_words_is_not():
    assert found([(0.0, 3.0, "A")], word(0.1, 1.0), word(2.0, 2.8)) == []


def test_a_hole_in_a_turn_is():
    assert found([(0.0, 5.0, "A")], word(0.0, 1.0), word(4.0, 5.0)) == [(1.3, 3.7, "A")]


def test_a_noise_shorter_than_a_word_is_not():
    assert found([(0.0, MIN_SPEECH_S - 0.01, "A")]) == []


def test_a_neighbours_word_covers_nothing_of_a_short_turn():
    turns = [(0.0, 1.0, "A"), (1.0, 1.8, "B"), (1.8, 3.0, "A")]
    assert found(turns, word(0.0, 1.0), word(1.8, 3.0)) == [(1.0, 1.8, "B")]


def test_the_beginning_of_a_sentence_in_the_turn_before_is_stray():
    index = TurnIndex([Turn(Span(0.0, 2.0), "A"), Turn(Span(2.0, 3.0), "B"), Turn(Span(4.0, 6.0), "C")])
    said = (
        word(0.0, 1.0, "Goats."),
        word(2.0, 2.5, "Where"),
        word(2.5, 3.0, "are"),
        word(4.2, 5.0, "we"),
        word(5.0, 6.0, "going?"),
    )
    assert find_stray_words(said, index) == {1, 2}


def test_a_whole_sentence_is_not_stray():
    index = TurnIndex([Turn(Span(0.0, 2.0), "A"), Turn(Span(2.0, 3.0), "B")])
    assert find_stray_words((word(0.0, 1.0, "Goats."), word(2.0, 2.5, "Where?")), index) == frozenset()


def test_the_warning_tells_how_much_and_when():
    (note,) = describe_unrecognized_speech([Span(41.0, 44.0), Span(72.0, 75.0), Span(125.0, 128.0)])
    assert note.severity is Severity.WARNING
    assert note.text == "3 stretches of speech (9 s) were not understood and keep the original audio: 0:41, 1:12, 2:05"
    assert describe_unrecognized_speech([]) == ()


def test_the_warning_lists_ten_times_at_most():
    (note,) = describe_unrecognized_speech([Span(60.0 * n, 60.0 * n + 1.0) for n in range(12)])
    assert note.text.endswith("8:00, 9:00 and 2 more")
    (single,) = describe_unrecognized_speech([Span(5.0, 5.7)])
    assert single.text == "1 stretch of speech (1 s) was not understood and keeps the original audio: 0:05"


@given(
    st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.05, 4.0), st.sampled_from("AB")), max_size=12),
    st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.05, 2.0)), max_size=20),
)
def test_what_is_found_is_speech_and_holds_no_word_of_its_turn(turns, words):
    known = [Turn(Span(start, start + seconds), speaker) for start, seconds, speaker in turns]
    said = [word(start, start + seconds) for start, seconds in words]
    for part in find_unrecognized_speech(known, said):
        assert part.span.duration >= MIN_SPEECH_S - 1e-9
        assert any(t.speaker == part.speaker and t.span.start <= part.span.start and part.span.end <= t.span.end for t in known)
        assert not any(each.span.overlap(part.span) for each in said)
