"""Kinds of tracks by titles seen on discs, in streams and on subtitle sites, in twelve languages."""

import pytest
from track_titles_seen import AUDIO_TITLES, SUBTITLE_TITLES

from pipeline.text.track_kinds import AudioKind as Audio
from pipeline.text.track_kinds import SubtitleKind as Subtitle
from pipeline.text.track_kinds import classify_audio, classify_subtitle


@pytest.mark.parametrize(("title", "kind"), AUDIO_TITLES)
def test_audio_titles(title: str, kind: Audio) -> None:
    assert classify_audio(title) is kind


@pytest.mark.parametrize(("title", "kind"), SUBTITLE_TITLES)
def test_subtitle_titles(title: str, kind: Subtitle) -> None:
    assert classify_subtitle(title) is kind


def test_dispositions_outweigh_titles() -> None:
    assert classify_audio("English", ["default", "visual_impaired"]) is Audio.DESCRIPTION
    assert classify_audio("English", ["comment"]) is Audio.COMMENTARY
    assert classify_subtitle("English", ["forced"]) is Subtitle.FORCED
    assert classify_subtitle("English", ["hearing_impaired"]) is Subtitle.HEARING_IMPAIRED
