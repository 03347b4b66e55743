"""Kinds of tracks by titles seen on discs, in streams and on subtitle sites, in some twenty languages."""

import pytest
from track_titles_seen import AUDIO_TITLES, SUBTITLE_TITLES

from pipeline.text.track_kinds import AudioKind as Audio
from pipeline.text.track_kinds import Origin, classify_audio, classify_origin, classify_subtitle
from pipeline.text.track_kinds import SubtitleKind as Subtitle


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


def test_a_forced_flag_on_a_track_that_is_named_full_does_not_make_it_forced() -> None:
    """Release groups set it so that players show the track at once."""
    assert classify_subtitle("English (Full)", ("forced",)) is Subtitle.FULL
    assert classify_subtitle("English", ("forced",)) is Subtitle.FORCED
    assert classify_subtitle("Forced (Full Disc)", ("forced",)) is Subtitle.FORCED


@pytest.mark.parametrize(
    ("title", "language", "flags", "origin"),
    [
        ("VO", "en", (), Origin.ORIGINAL),
        ("VO", "ru", (), Origin.DUB),
        ("Оригинал", "en", (), Origin.ORIGINAL),
        ("Original Mono", "en", (), Origin.NOT_TOLD),
        ("Дубляж", "ru", ("original",), Origin.DUB),
        ("", "en", ("original", "dub"), Origin.ORIGINAL),
        ("", "es", ("dub",), Origin.DUB),
        ("Dublin Mix", "en", (), Origin.NOT_TOLD),
    ],
)
def test_an_original_and_a_dub_are_told_by_titles_then_by_flags(
    title: str, language: str, flags: tuple[str, ...], origin: Origin
) -> None:
    assert classify_origin(title, language, flags) is origin
