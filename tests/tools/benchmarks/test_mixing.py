"""Mixing and muxing against ffmpeg alone."""

from tools.benchmarks.mixing import EVERY, LINE, create_placements, measure_mixing


def test_lines_lie_apart_and_inside_the_film(tmp_path):
    placements = create_placements(tmp_path, 0.5)
    assert [placement.start for placement in placements] == [1.0, 5.0, 9.0, 13.0, 17.0, 21.0, 25.0]
    assert EVERY > LINE


def test_a_short_film_is_mixed_and_muxed(tmp_path):
    mixing, muxing = measure_mixing(tmp_path, 0.2)
    assert mixing.name.startswith("mixing 0.2 min") and muxing.ratio > 0
    assert (tmp_path / "dub.mkv").stat().st_size > (tmp_path / "baseline.mka").stat().st_size
