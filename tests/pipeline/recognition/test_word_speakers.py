import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recognition.turn_index import TurnIndex
from pipeline.recognition.word_speakers import assign_speakers, is_sentence_end
from pipeline.values.timeline import Span, Turn, Word


def words(text, start=0.0, *, each=0.25):
    return tuple(Word(Span(start + n * each, start + (n + 1) * each), word) for n, word in enumerate(text.split()))


def speakers(said, *turns):
    return "".join(assign_speakers(said, TurnIndex([Turn(Span(start, end), speaker) for start, end, speaker in turns])))


def test_a_word_is_given_to_the_speaker_in_whose_turn_most_of_it_lies():
    assert speakers(words("are you there yes", each=0.4), (0.0, 1.3, "A"), (1.3, 2.0, "B")) == "AAAB"


def test_the_last_word_of_a_sentence_does_not_open_the_neighbours_line():
    assert speakers(words("where are you now? I am here."), (0.0, 0.8, "A"), (0.8, 3.0, "B")) == "AAAABBB"


def test_the_first_word_of_a_sentence_does_not_close_the_neighbours_line():
    assert speakers(words("I let myself in. Grace, you are early."), (0.0, 1.2, "A"), (1.2, 3.0, "B")) == "AAAABBBB"


def test_a_change_in_a_pause_stays_where_it_is():
    said = words("wait. No", 0.0) + words("we go home", 1.0)
    assert speakers(said, (0.0, 0.6, "A"), (0.9, 3.0, "B")) == "AABBB"


def test_a_change_stays_where_no_sentence_ends_nearby():
    assert speakers(words("one two three four five six seven eight"), (0.0, 1.0, "A"), (1.0, 3.0, "B")) == "AAAABBBB"


def test_a_turn_of_one_word_keeps_it():
    assert speakers(words("come here. Why is it late?"), (0.0, 0.5, "A"), (0.5, 0.75, "B"), (0.75, 3.0, "A")) == "AABAAA"


@pytest.mark.parametrize(("text", "ends"), [("end.", True), ('end."', True), ("end", False), ("end,", False), ("什么？", True)])
def test_a_sentence_ends_in_a_full_stop_also_within_quotes(text, ends):
    assert is_sentence_end(text) is ends


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b.", "c,"]), st.floats(0.05, 0.6)), max_size=30),
    st.lists(st.tuples(st.floats(0.1, 2.0), st.sampled_from("AB")), min_size=1, max_size=10),
)
def test_every_word_has_a_speaker_and_no_turn_with_words_loses_all_of_them(said, lengths):
    heard, turns, at = [], [], 0.0
    for text, seconds in said:
        heard.append(Word(Span(at, at + seconds), text))
        at += seconds
    begins = 0.0
    for seconds, speaker in lengths:
        turns.append(Turn(Span(begins, begins + seconds), speaker))
        begins += seconds
    index = TurnIndex(turns)
    found = assign_speakers(heard, index)
    assert len(found) == len(heard)
    assert {index.find_speaker(word.span) for word in heard} == set(found)
