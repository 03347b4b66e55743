import time
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.recognition.turn_index import TurnIndex
from pipeline.stages.segment import MAX_SEGMENT_CHARACTERS, MAX_SEGMENT_S, segment_cues, segment_words
from pipeline.values.timeline import Cue, Diarization, Span, Turn, Word


def who(*turns):
    return Diarization(tuple(Turn(Span(start, end), speaker) for start, end, speaker in turns), ())


def words(text, start, *, each=0.4):
    return tuple(Word(Span(start + n * each, start + (n + 1) * each), word) for n, word in enumerate(text.split()))


def cue(start, end, text):
    return Cue(Span(start, end), text)


def shown(segments):
    return [(round(s.span.start, 2), round(s.span.end, 2), s.text, s.speaker) for s in segments]


ONE = who((0.0, 60.0, "S1"))


class TestWords:
    def test_a_run_of_words_is_a_sentence(self):
        assert shown(segment_words(words("close the door", 1.0), ONE)) == [(1.0, 2.2, "Close the door.", "S1")]

    def test_the_comma_at_which_a_pause_cuts_a_sentence_becomes_a_full_stop(self):
        heard = words("But this morning,", 0.0) + words("now: we wait,", 3.0)
        assert [s.text for s in segment_words(heard, ONE)] == ["But this morning.", "Now: we wait."]
        assert [s.text for s in segment_words(words(",", 0.0), ONE)] == [",."]

    def test_a_sentence_has_the_confidence_of_its_words(self):
        heard = words("close the door", 1.0)
        heard = tuple(replace(word, confidence=each) for word, each in zip(heard, (0.9, 0.4, None), strict=True))
        assert [s.confidence for s in segment_words(heard, ONE)] == [0.6]  # their geometric mean; an unknown one does not count
        assert [s.confidence for s in segment_words(words("close", 1.0), ONE)] == [None]

    def test_a_pause_ends_a_sentence_and_a_breath_does_not(self):
        heard = words("close it", 0.0) + words("now", 1.2) + words("please", 2.2)
        assert [s.text for s in segment_words(heard, ONE)] == ["Close it now.", "Please."]

    def test_another_speaker_begins_another_segment(self):
        heard = words("are you there yes", 0.0)
        assert shown(segment_words(heard, who((0.0, 1.2, "S1"), (1.2, 2.0, "S2")))) == [
            (0.0, 1.2, "Are you there.", "S1"),
            (1.2, 1.6, "Yes.", "S2"),
        ]

    def test_a_recognisers_own_full_stops_are_kept(self):
        assert [s.text for s in segment_words(words("Who? Nobody knows", 0.0), ONE)] == ["Who?", "Nobody knows."]

    def test_a_long_run_is_cut_at_its_longest_pause(self):
        heard = words("a " * 15, 0.0) + words("b " * 15, 6.3)
        found = segment_words(heard, ONE)
        assert [len(s.text.split()) for s in found] == [15, 15]

    def test_a_long_run_without_pauses_is_halved(self):
        found = segment_words(words("a " * 30, 0.0), ONE)
        assert [len(s.text.split()) for s in found] == [15, 15]

    def test_numbers_count_from_one_in_order_of_time(self):
        heard = words("late", 9.0) + words("early", 1.0)
        assert [(s.number, s.text) for s in segment_words(heard, ONE)] == [(1, "Early."), (2, "Late.")]

    def test_words_that_no_turn_covers_go_to_whoever_is_near(self):
        diarization = who((0.0, 1.0, "S1"), (20.0, 21.0, "S2"))
        heard = words("near", 2.0) + words("nobody", 10.0) + words("soon", 19.0)
        assert [s.speaker for s in segment_words(heard, diarization)] == ["S1", None, "S2"]

    def test_no_words_make_no_segments(self):
        assert segment_words((), ONE) == ()

    @given(
        st.lists(st.tuples(st.floats(0.0, 2.0), st.floats(0.05, 1.5)), max_size=60), st.lists(st.floats(0.5, 5.0), max_size=20)
    )
    def test_every_word_is_said_once_and_no_speaker_overlaps_themselves(self, steps, lengths):
        heard, at = [], 0.0
        for n, (gap, seconds) in enumerate(steps):
            heard.append(Word(Span(at + gap, at + gap + seconds), f"w{n}"))
            at = heard[-1].span.end
        turns, at = [], 0.0
        for n, length in enumerate(lengths):
            turns.append((at, at + length, "AB"[n % 2]))
            at += length
        found = segment_words(tuple(heard), who(*turns))
        assert " ".join(s.text for s in found).replace(".", "").lower().split() == [word.text for word in heard]
        assert all(s.span.duration <= MAX_SEGMENT_S + 1e-6 for s in found)
        assert_apart(found)


class TestCues:
    def test_a_cue_is_tightened_to_the_speech_under_it(self):
        found = segment_cues((cue(1.0, 4.0, "Nobody told me."),), who((1.5, 3.0, "S1")))
        assert shown(found) == [(1.5, 3.0, "Nobody told me.", "S1")]

    def test_a_neighbours_words_do_not_move_a_cue(self):
        found = segment_cues((cue(1.0, 4.0, "Nobody told me."),), who((0.0, 1.2, "S2"), (1.5, 3.0, "S1")))
        assert shown(found) == [(1.5, 3.0, "Nobody told me.", "S1")]

    def test_a_cue_over_no_speech_keeps_its_span(self):
        found = segment_cues((cue(1.0, 4.0, "Nobody told me."),), who((30.0, 31.0, "S1")))
        assert shown(found) == [(1.0, 4.0, "Nobody told me.", None)]

    def test_speech_too_short_for_the_words_is_not_believed(self):
        text = "A whole sentence that takes some three seconds to say."
        assert shown(segment_cues((cue(1.0, 4.0, text),), who((1.5, 1.9, "S1")))) == [(1.0, 4.0, text, "S1")]

    @pytest.mark.parametrize("dash", ["-", "- ", "– ", "—"])
    def test_dashes_name_two_speakers(self, dash):
        spoken = cue(0.0, 4.0, f"{dash}Where were you\nlast night?\n{dash}At home.")
        found = segment_cues((spoken,), who((0.0, 2.6, "S1"), (2.8, 3.8, "S2")))
        assert shown(found) == [(0.0, 2.6, "Where were you last night?", "S1"), (2.8, 3.8, "At home.", "S2")]

    def test_dashes_without_a_heard_change_split_by_length(self):
        found = segment_cues((cue(0.0, 4.0, "- Twelve chars.\n- Twelve chars."),), who((0.0, 4.0, "S1")))
        assert [s.text for s in found] == ["Twelve chars.", "Twelve chars."]
        assert found[0].span.end == pytest.approx(2.0) == found[1].span.start

    def test_two_dashes_are_cut_at_the_heard_change_wherever_it_is(self):
        spoken = cue(0.0, 4.0, "- Did anybody see him leave the house last night?\n- No.")
        found = segment_cues((spoken,), who((0.0, 2.2, "S1"), (2.4, 3.8, "S2")))
        assert [s.speaker for s in found] == ["S1", "S2"]

    def test_a_neighbours_breath_at_the_edge_is_not_the_change_between_dashes(self):
        spoken = cue(0.0, 4.0, "- Where were you?\n- I was at home.")
        found = segment_cues((spoken,), who((0.0, 0.2, "S3"), (0.2, 2.0, "S1"), (2.1, 4.0, "S2")))
        assert [s.speaker for s in found] == ["S1", "S2"]

    def test_dialogue_lines_of_one_heard_voice_stay_two(self):
        found = segment_cues((cue(0.0, 4.0, "- Where were you\n- at home"),), ONE)
        assert [s.text for s in found] == ["Where were you", "at home"]

    def test_the_lines_of_a_cue_are_one_text(self):
        assert segment_cues((cue(0.0, 3.0, "Nobody\ntold me."),), ONE)[0].text == "Nobody told me."

    def test_a_sentence_over_two_cues_becomes_one_segment(self):
        found = segment_cues((cue(0.0, 2.0, "When the storm is over,"), cue(2.1, 4.0, "we leave.")), ONE)
        assert shown(found) == [(0.0, 4.0, "When the storm is over, we leave.", "S1")]

    def test_dots_that_only_say_it_goes_on_are_dropped(self):
        found = segment_cues((cue(0.0, 2.0, "I thought..."), cue(2.1, 4.0, "...you knew.")), ONE)
        assert [s.text for s in found] == ["I thought you knew."]

    @pytest.mark.parametrize(
        ("first", "second"),
        [("It is over.", "We leave."), ("Who knows...", "We leave."), ("Is it over?", "we leave."), ("Look:", "a boat.")],
    )
    def test_two_sentences_stay_two(self, first, second):
        assert len(segment_cues((cue(0.0, 2.0, first), cue(2.1, 4.0, second)), ONE)) == 2

    def test_neither_another_speaker_nor_a_pause_nor_ten_seconds_are_joined(self):
        half = cue(0.0, 2.0, "When the storm is over")
        assert len(segment_cues((half, cue(2.1, 4.0, "we leave.")), who((0.0, 2.0, "S1"), (2.1, 4.0, "S2")))) == 2
        assert len(segment_cues((half, cue(3.5, 4.5, "we leave.")), ONE)) == 2
        assert len(segment_cues((half, cue(2.1, 11.0, "we leave.")), ONE)) == 2

    def test_cues_of_one_speaker_that_overlap_are_set_apart(self):
        found = segment_cues((cue(0.0, 3.0, "It is over."), cue(2.0, 5.0, "We leave.")), ONE)
        assert shown(found) == [(0.0, 3.0, "It is over.", "S1"), (3.0, 5.0, "We leave.", "S1")]

    def test_a_cue_inside_another_joins_it(self):
        found = segment_cues((cue(0.0, 3.0, "It is over."), cue(1.0, 2.0, "Yes.")), ONE)
        assert shown(found) == [(0.0, 3.0, "It is over. Yes.", "S1")]

    def test_two_speakers_may_overlap(self):
        diarization = who((0.0, 2.9, "S1"), (2.9, 5.0, "S2"))
        found = segment_cues((cue(0.0, 3.0, "It is over."), cue(2.0, 5.0, "We leave.")), diarization)
        assert [s.speaker for s in found] == ["S1", "S2"]
        assert found[1].span.start == 2.9

    def test_a_cue_of_dashes_alone_says_nothing(self):
        assert segment_cues((cue(0.0, 1.0, "-\n -"), cue(2.0, 3.0, "")), ONE) == ()

    @given(
        st.lists(
            st.tuples(
                st.floats(0.0, 50.0), st.floats(0.05, 8.0), st.sampled_from(["- A.\n- B.", "Some words", "more.", "-x\n-y\n-z"])
            )
        ),
        st.lists(st.floats(0.2, 5.0), max_size=20),
    )
    def test_any_cues_give_segments_that_are_apart_and_keep_every_word(self, starts, lengths):
        turns, at = [], 0.0
        for n, length in enumerate(lengths):
            turns.append((at, at + length, "AB"[n % 2]))
            at += length * 1.2
        cues = tuple(cue(start, start + seconds, text) for start, seconds, text in starts)
        found = segment_cues(cues, who(*turns))
        said = sorted(" ".join(s.text for s in found).split())
        assert said == sorted(word for c in cues for word in c.text.replace("-", " ").split())
        assert [s.number for s in found] == list(range(1, len(found) + 1))
        assert_apart(found)


def assert_apart(segments):
    """No two segments of one speaker overlap."""
    for speaker in {s.speaker for s in segments}:
        own = [s.span for s in segments if s.speaker == speaker]
        assert all(one.end <= other.start for one, other in pairwise(own))


class TestManyCues:
    """20,000 cues against 3,000 turns; what is quadratic takes minutes for them."""

    TURNS = who(*((3.0 * n, 3.0 * n + 2.5, "AB"[n % 2]) for n in range(3_000)))
    SECONDS = 9_000.0
    CPU_LIMIT_S = 15.0  # many times what they take

    @pytest.mark.slow
    @pytest.mark.parametrize(
        "cues",
        [
            tuple(cue(0.45 * n, 0.45 * n + 0.4, f"Good evening {n}.") for n in range(20_000)),
            tuple(cue(9_001.0 + n, 9_002.0 + n, f"Good evening {n}.") for n in range(20_000)),
            tuple(cue(1.0, 2.0, f"word {n}") for n in range(20_000)),
            tuple(cue(1.0 + 1e-5 * n, 2.0, f"Word {n}.") for n in range(20_000)),
            tuple(cue(0.4 * n, 0.4 * n + 60.0, f"word {n}") for n in range(20_000)),
            tuple(cue(4.0 * n, 4.0 * n + 2.0, "." * 1_900 + "x") for n in range(2_000)),
            tuple(cue(4.0 * n, 4.0 * n + 60.0, "- a\n" * 40) for n in range(2_000)),
        ],
        ids=["in-turn", "after-all-turns", "at-the-same-time", "of-one-speaker", "overlapping", "dots", "dashes"],
    )
    def test_they_cost_time_in_proportion_to_their_number(self, cues):
        began = time.thread_time()
        assert segment_cues(cues, self.TURNS)
        assert time.thread_time() - began < self.CPU_LIMIT_S

    def test_what_one_speaker_says_at_the_same_time_is_bounded_and_told(self, caplog):
        cues = tuple(cue(1.0, 2.0, f"Word number {n}.") for n in range(1_000))
        (segment,) = segment_cues(cues, ONE)
        assert len(segment.text) <= MAX_SEGMENT_CHARACTERS
        left_out = 1_000 - segment.text.count("Word")
        assert f"segment: {left_out} texts were left out: over 2000 characters at the same time" in caplog.text

    @given(
        st.lists(st.tuples(st.floats(0, 60), st.floats(0.1, 20), st.sampled_from("AB")), max_size=12),
        st.tuples(st.floats(0, 70), st.floats(0.1, 10)),
    )
    def test_turns_are_found_as_by_looking_at_each(self, turns, asked):
        turns = sorted((Turn(Span(start, start + length), speaker) for start, length, speaker in turns), key=lambda t: t.span)
        span = Span(asked[0], sum(asked))
        inside = [(shared, turn.speaker) for turn in turns if (shared := turn.span.intersection(span))]
        assert [(turn.span, turn.speaker) for turn in TurnIndex(turns).find_turns(span)] == inside
