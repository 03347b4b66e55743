from hypothesis import given
from hypothesis import strategies as st

from pipeline.recognition.word_merging import Found, merge_words
from pipeline.values.timeline import Span, Turn, Word


def word(start, end, text="word", confidence=0.9):
    return Word(Span(start, end), text, confidence)


def turns(*given):
    return tuple(Turn(Span(start, end), speaker) for start, end, speaker in given)


def texts(words):
    return [each.text for each in words]


TURNS = turns((0.0, 2.0, "A"), (2.0, 4.0, "B"), (4.0, 6.0, "A"))
OUTER = (word(0.0, 1.8, "Here."), word(4.2, 5.8, "There."))


def test_found_words_come_in_order():
    found = (Found(Span(2.0, 4.0), (word(2.2, 2.8, "Not"), word(3.0, 3.5, "yet."))),)
    assert texts(merge_words(OUTER, found, TURNS)) == ["Here.", "Not", "yet.", "There."]


def test_words_of_low_confidence_are_noise():
    found = (Found(Span(2.0, 4.0), (word(2.2, 2.8, "Thank", 0.2), word(3.0, 3.5, "you.", 0.3))),)
    assert merge_words(OUTER, found, TURNS) == OUTER


def test_fewer_words_than_before_change_nothing():
    first = (word(0.0, 0.5, "Come"), word(0.5, 1.0, "over"), word(1.0, 1.5, "here."))
    assert merge_words(first, (Found(Span(0.0, 2.0), (word(0.1, 0.5, "Come."),)),), TURNS) == first


def test_a_fuller_sentence_replaces_its_part():
    found = (Found(Span(0.0, 2.0), (word(0.0, 0.5, "Come"), word(0.6, 1.8, "here."))),)
    assert texts(merge_words(OUTER, found, TURNS)) == ["Come", "here.", "There."]


def test_a_word_on_the_edge_is_not_there_twice():
    found = (Found(Span(2.0, 4.0), (word(2.0, 2.2, "here"), word(2.4, 3.5, "Yes."))),)
    assert texts(merge_words(OUTER, found, TURNS)) == ["Here.", "Yes.", "There."]


def test_stray_words_go_to_the_rest_of_their_sentence():
    known = turns((0.0, 2.0, "A"), (2.0, 3.0, "B"), (4.0, 6.0, "C"))
    first = (word(0.0, 1.0, "Goats."), word(2.0, 2.4, "Where"), word(2.4, 2.8, "are"), word(4.5, 5.0, "we?"))
    merged = merge_words(first, (Found(Span(2.0, 3.0), (word(2.1, 2.9, "Boat?"),)),), known)
    assert texts(merged) == ["Goats.", "Boat?", "Where", "are", "we?"]
    assert merged[2].span.start >= 4.0 and merged[3].span.end <= merged[4].span.start


def test_stray_words_share_the_time_of_the_next_where_there_is_no_other():
    known = turns((0.0, 2.0, "A"), (2.0, 3.0, "B"), (4.0, 6.0, "C"))
    first = (word(2.0, 2.4, "You"), word(4.0, 5.0, "are."))
    merged = merge_words(first, (Found(Span(2.0, 3.0), (word(2.1, 2.9, "Never!"),)),), known)
    assert [(each.text, each.span) for each in merged[1:]] == [("You", Span(4.0, 4.5)), ("are.", Span(4.5, 5.0))]


def test_a_beginning_that_was_said_there_stays():
    known = turns((0.0, 1.0, "A"), (1.0, 3.0, "B"))
    first = (word(0.0, 0.3, "But"), word(1.1, 2.0, "no."))
    assert texts(merge_words(first, (Found(Span(0.0, 1.0), (word(0.1, 0.5, "But"),)),), known)) == ["But", "no."]


@given(
    st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(0.1, 3.0), st.sampled_from("AB"), st.booleans()), min_size=1, max_size=4),
    st.data(),
)
def test_merged_words_are_in_order_none_twice_and_none_outside_the_turns(steps, data):
    known, first, found, at = [], [], [], 0.0
    for gap, seconds, speaker, again in steps:
        span = Span(at + gap, at + gap + seconds)
        at = span.end
        known.append(Turn(span, speaker))
        for target in [first, found] if again else [first]:
            count = data.draw(st.integers(0, 2))
            step = seconds / max(1, count)
            said = tuple(
                word(
                    span.start + n * step,
                    span.start + (n + 0.9) * step,
                    f"{'f' if target is first else 's'}{len(known)}x{n}" + data.draw(st.sampled_from(["", "."])),
                    data.draw(st.floats(0.1, 1.0)),
                )
                for n in range(count)
            )
            if target is first:
                first += said
            else:
                found.append(Found(span, said))
    merged = merge_words(first, found, known)
    assert [each.span.start for each in merged] == sorted(each.span.start for each in merged)
    assert len(texts(merged)) == len(set(texts(merged)))
    for each in merged:
        assert any(t.span.start - 1e-9 <= each.span.start and each.span.end <= t.span.end + 1e-9 for t in known)
    silent = [each.span for each in found if not each.words]
    kept = [one.text for one in first if any(one.span.overlap(span) for span in silent) and one.text.endswith(".")]
    assert set(kept) <= set(texts(merged))
