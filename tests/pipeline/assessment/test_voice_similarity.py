import numpy as np
import pytest

from pipeline.assessment.voice_similarity import compare_voices, summarize_voices
from pipeline.values.dub_report import LineReport

LINE = LineReport(1, "es", "A", 0.0, 2.0, 2.5, 0.0, 2.0, 1.0, 1.0, 0.0, 0.0, 1.0)


def test_a_take_of_another_voice_stands_out():
    a, b = [1.0, 0.0], [0.0, 1.0]
    found = compare_voices(np.array([a, a, a, a, b, b, b, b], np.float32), list("AAAABBBA"))
    assert found[0].own > 0.9 > 0.4 > found[0].nearest
    assert found[-1].own == pytest.approx(0.0) and found[-1].nearest == pytest.approx(1.0)


def test_one_voice_has_no_other_and_few_takes_tell_nothing():
    same = np.ones((5, 4), np.float32) / 2
    assert compare_voices(same, list("AAABB"))[0].nearest is None
    assert compare_voices(same, list("AAABB"))[4] is None


def test_without_a_measured_line_there_is_no_summary():
    assert summarize_voices([LINE]) is None
