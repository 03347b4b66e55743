"""Times of words and cues from an aligner's answer."""

import pytest

from pipeline.recognition.aligned_times import IMPLAUSIBLE, NOT_FOUND, UNCERTAIN, retime_cues, retime_words
from pipeline.recognition.text_windows import TextWindow
from pipeline.values.timeline import Cue, Span, Word


def window(*texts):
    return TextWindow(tuple(texts), Span(0.0, 20.0))


def found(*timed):
    return tuple(Word(Span(start, end), text, confidence) for text, start, end, confidence in timed)


def test_a_word_keeps_its_text_and_confidence_at_its_aligned_time():
    spoken = window(Word(Span(1.0, 1.4), "Hello,", 0.7), Word(Span(1.5, 2.0), "you", None))
    results = retime_words(spoken, found(("Hello,", 1.1, 1.3, 0.9), ("you", 1.3, 1.6, 0.8)), "en")
    assert [each.text for each in results] == [Word(Span(1.1, 1.3), "Hello,", 0.7), Word(Span(1.3, 1.6), "you", None)]
    assert [each.shift for each in results] == pytest.approx([0.1, -0.2])


@pytest.mark.parametrize("answer", [(), found(("Hello,", 1.1, 1.3, 0.9))], ids=["nothing", "of another text"])
def test_words_that_were_not_aligned_keep_their_times(answer):
    spoken = window(Word(Span(1.0, 1.4), "Hello,"), Word(Span(1.5, 2.0), "you"))
    assert [(each.text, each.kept) for each in retime_words(spoken, answer, "en")] == [(word, NOT_FOUND) for word in spoken.texts]


@pytest.mark.parametrize(
    ("timed", "reason"),
    [(("b", 1.5, 1.7, 0.0), NOT_FOUND), (("b", 1.5, 1.7, 0.05), UNCERTAIN), (("b", 4.0, 4.2, 0.9), IMPLAUSIBLE)],
)
def test_a_word_without_a_credible_time_keeps_its_own_between_its_neighbours(timed, reason):
    spoken = window(Word(Span(1.0, 1.2), "a"), Word(Span(1.2, 1.8), "b"), Word(Span(1.8, 2.0), "c"))
    results = retime_words(spoken, found(("a", 1.1, 1.4, 0.9), timed, ("c", 1.9, 2.1, 0.9)), "en")
    assert [each.kept for each in results] == ["", reason, ""]
    assert results[1].text.span == Span(1.4, 1.8)


def test_a_clause_of_chinese_spans_its_characters():
    spoken = window(Word(Span(1.0, 2.0), "你好"), Word(Span(2.0, 3.0), "吗"))
    answer = found(("你", 1.2, 1.4, 0.9), ("好", 1.4, 1.7, 0.9), ("吗", 2.1, 2.4, 0.9))
    assert [each.text.span for each in retime_words(spoken, answer, "zh")] == [Span(1.2, 1.7), Span(2.1, 2.4)]


def test_a_cue_spans_its_first_to_its_last_word():
    cue = Cue(Span(1.0, 3.0), "- Hello\nyou")
    (result,) = retime_cues(window(cue), found(("-", 0.9, 1.4, 0.0), ("Hello", 1.4, 1.8, 0.9), ("you", 1.8, 2.2, 0.9)), "en")
    assert (result.text, result.kept) == (Cue(Span(1.4, 2.2), cue.text), "") and result.shift == pytest.approx(-0.8)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((), NOT_FOUND),
        (found(("Hello", 1.4, 1.8, 0.0), ("you", 1.8, 2.2, 0.9)), NOT_FOUND),
        (found(("Hello", 1.4, 1.8, 0.3), ("you", 1.8, 2.2, 0.5)), UNCERTAIN),
        (found(("Hello", 3.4, 3.8, 0.9), ("you", 3.8, 4.2, 0.9)), IMPLAUSIBLE),
        (found(("Hello", 1.4, 1.5, 0.9), ("you", 1.5, 1.6, 0.9)), IMPLAUSIBLE),
        (found(("Hello", 1.4, 1.8, 0.9), ("you", 4.3, 4.6, 0.9)), IMPLAUSIBLE),
    ],
    ids=["nothing", "first word missing", "uncertain", "beside the cue", "faster than anybody speaks", "end too late"],
)
def test_a_cue_without_a_credible_time_keeps_its_own(answer, reason):
    cue = Cue(Span(1.0, 3.0), "Hello you")
    assert [(each.text, each.kept) for each in retime_cues(window(cue), answer, "en")] == [(cue, reason)]
