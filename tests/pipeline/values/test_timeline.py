import pytest

from pipeline.values.timeline import Register, Span, Speaker, merge_spans


@pytest.mark.parametrize(
    ("pitch", "formants", "register"),
    [
        (None, 1000.0, None),
        (110.0, None, Register.LOW),
        (210.0, None, Register.HIGH),
        (250.0, 970.0, Register.LOW),  # a man who shouts: JFK
        (250.0, 1170.0, Register.HIGH),
        (170.0, 1180.0, Register.HIGH),  # a woman with a low voice: flite's slt
        (102.0, 1067.0, Register.LOW),
    ],
)
def test_a_voices_register_is_told_by_pitch_and_vocal_tract(pitch, formants, register):
    assert Speaker("S1", 10.0, pitch, formants).register is register


@pytest.mark.parametrize(("start", "end"), [(1.0, 1.0), (2.0, 1.0), (-0.1, 1.0), (float("nan"), 1.0)])
def test_a_span_is_never_empty_nor_negative(start, end):
    with pytest.raises(ValueError, match="a span needs"):
        Span(start, end)


def test_the_union_bridges_gaps_up_to_the_given_one():
    spans = [Span(3.0, 4.0), Span(0.0, 1.0), Span(1.25, 2.0)]
    assert merge_spans(spans, gap=0.25) == (Span(0.0, 2.0), Span(3.0, 4.0))
    assert merge_spans(spans) == (Span(0.0, 1.0), Span(1.25, 2.0), Span(3.0, 4.0))


def test_spans_that_touch_share_nothing():
    assert Span(0.0, 1.0).intersection(Span(1.0, 2.0)) is None
    assert Span(0.0, 1.0).overlap(Span(1.0, 2.0)) == 0.0
