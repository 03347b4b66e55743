import numpy as np
import pytest

pytest.importorskip("jiwer", reason="the notebooks' libraries are not installed")

from evaluation import metrics
from evaluation.metrics import (
    TurnErrors,
    WordErrors,
    compute_chrf,
    compute_gains,
    compute_si_sdr,
    count_turn_errors,
    count_word_errors,
    normalize_text,
    to_decibels,
)
from pipeline.values.timeline import Span, Turn


def turn(speaker, start, end):
    return Turn(Span(start, end), speaker)


def test_case_punctuation_and_the_kind_of_apostrophe_are_no_errors():
    assert count_word_errors("Good morning, Anna – it’s COLD.", "good morning anna it's cold").count == 0


def test_each_kind_of_word_error_is_counted():
    errors = count_word_errors("we walk to the lake and swim", "we walked to lake and swim my friend")
    assert (errors.words, errors.substitutions, errors.deletions, errors.insertions) == (7, 1, 1, 2)
    assert errors.rate == pytest.approx(4 / 7)


def test_hearing_nothing_is_an_error_of_every_word():
    assert count_word_errors("we walk to the lake", "") == WordErrors(5, deletions=5)


def test_errors_of_recordings_add_up_by_their_length():
    whole = WordErrors(words=1, substitutions=1) + WordErrors(words=99)
    assert whole.rate == pytest.approx(0.01)


def test_more_words_narrow_the_margin():
    assert WordErrors(400, 40).margin == pytest.approx(WordErrors(100, 10).margin / 2)


def test_a_reference_without_words_is_refused():
    with pytest.raises(ValueError, match="without words"):
        count_word_errors("– … !", "anything")


def test_plain_keeps_letters_of_any_language():
    assert normalize_text("¿Oís los PÁJAROS?  l'aigua") == "oís los pájaros l'aigua"


def test_speakers_may_have_other_names_than_in_the_reference():
    reference = [turn("Anna", 0, 2), turn("Ben", 2, 4)]
    assert count_turn_errors(reference, [turn("S2", 0, 2), turn("S1", 2, 4)]).rate == 0.0


def test_speech_given_to_one_speaker_is_confused_for_the_other():
    reference = [turn("Anna", 0, 3), turn("Ben", 3, 4)]
    assert count_turn_errors(reference, [turn("S1", 0, 4)], collar=0.0) == TurnErrors(speech=4.0, confused=1.0)


def test_missed_and_made_up_speech_are_told_apart():
    errors = count_turn_errors([turn("Anna", 0, 2)], [turn("S1", 1, 4)], collar=0.0)
    assert (errors.missed, errors.false, errors.confused) == pytest.approx((1.0, 2.0, 0.0))


def test_a_quarter_second_around_an_edge_does_not_count():
    reference = [turn("Anna", 1, 3)]
    assert count_turn_errors(reference, [turn("S1", 1.2, 3.2)]).rate == 0.0
    assert count_turn_errors(reference, [turn("S1", 1.2, 3.2)], collar=0.0).rate > 0.0


def test_hearing_nobody_misses_all():
    assert count_turn_errors([turn("Anna", 0, 2)], [], collar=0.0).rate == 1.0


def test_turns_of_one_speaker_that_overlap_count_once():
    assert count_turn_errors([turn("Anna", 0, 2), turn("Anna", 1, 3)], [turn("S1", 0, 3)], collar=0.0) == TurnErrors(speech=3.0)


def test_chrf_ranks_a_near_translation_over_a_far_one():
    reference = ["Mi abuela me dio ayer un tarro de miel."]
    near, far = (
        compute_chrf(reference, ["Mi abuela me dio un bote de miel ayer."]),
        compute_chrf(reference, ["My grandmother gave me honey."]),
    )
    assert compute_chrf(reference, reference) == pytest.approx(100.0)
    assert 100.0 > near > far


def test_chrf_wants_a_reference_for_each_line():
    with pytest.raises(ValueError, match="its own"):
        compute_chrf(["uno", "dos"], ["uno"])


def test_si_sdr_is_the_ratio_of_the_true_wave_to_all_else_at_any_level() -> None:
    generator = np.random.default_rng(1)
    music, noise = (generator.standard_normal(48_000).astype(np.float32) for _ in range(2))
    for level in (0.1, 1.0):
        assert compute_si_sdr(music, level * (music + 0.1 * noise)) == pytest.approx(20.0, abs=0.2)


def test_the_gains_of_known_signals_are_found_in_their_sum() -> None:
    generator = np.random.default_rng(2)
    speech, music = (generator.standard_normal(48_000).astype(np.float32) for _ in range(2))
    assert compute_gains(0.5 * speech + 2.0 * music, speech, music) == pytest.approx((0.5, 2.0), abs=1e-4)


def test_an_amplitude_factor_in_decibels() -> None:
    assert (to_decibels(10.0), to_decibels(-0.1), to_decibels(0.0)) == pytest.approx((20.0, -20.0, -180.0))


def test_the_jaccard_error_counts_speakers_alike_however_little_they_say() -> None:
    known = [Turn(Span(0.0, 8.0), "A"), Turn(Span(8.0, 10.0), "B")]
    assert metrics.compute_jaccard_error(known, [Turn(Span(0.0, 8.0), "x"), Turn(Span(8.0, 10.0), "y")]) == pytest.approx(0.0)
    everyone = [Turn(Span(0.0, 10.0), "x")]
    assert metrics.compute_jaccard_error(known, everyone) == pytest.approx((2.0 / 10.0 + 1.0) / 2)  # of A, and of B, who has none
    assert metrics.count_turn_errors(known, everyone, collar=0.0).rate == pytest.approx(0.2)
    with pytest.raises(ValueError, match="without turns"):
        metrics.compute_jaccard_error([], everyone)


def test_bleu_is_that_of_the_whole_corpus() -> None:
    same = ["the cat is on the mat today"]
    assert metrics.compute_bleu(same, same) == pytest.approx(100.0)
    # 7 words: 6 of 7 unigrams, 4 of 6 bigrams, 2 of 5 trigrams, 1 of 4 four-grams match, and the lengths are the same.
    expected = 100.0 * (6 / 7 * 4 / 6 * 2 / 5 * 1 / 4) ** 0.25
    assert metrics.compute_bleu(same, ["the cat sat on the mat today"]) == pytest.approx(expected, abs=0.01)
    with pytest.raises(ValueError, match="its own"):
        metrics.compute_bleu(same, [])
