"""The dialogue track: chosen by language, title, dispositions and channels; nonsense is refused in a sentence."""

from dataclasses import replace

import pytest

from pipeline.errors import FilmError
from pipeline.text.track_choice import MAX_CHANNELS, MAX_DIALOGUE_START_S, MAX_SAMPLE_RATE_HZ, choose_dialogue_track
from pipeline.text.track_titles import format_dub_title
from pipeline.values.media import Track, TrackKind

PICTURE = Track(index=0, kind=TrackKind.VIDEO, codec="h264")
STEREO = Track(index=1, kind=TrackKind.AUDIO, codec="aac", language="en", channels=2, sample_rate=48_000)


def choose(*tracks: Track, language: str | None = None) -> int:
    numbered = tuple(replace(track, index=number) for number, track in enumerate(tracks, 1))
    return choose_dialogue_track("film.mkv", (PICTURE, *numbered), language).index


def test_the_first_of_equal_tracks_is_the_dialogue() -> None:
    assert choose(STEREO, STEREO) == 1


def test_more_channels_win_up_to_six() -> None:
    assert choose(STEREO, replace(STEREO, channels=6)) == 2
    assert choose(replace(STEREO, channels=6), replace(STEREO, channels=8)) == 1


def test_the_default_wins_over_more_channels_and_a_commentary_never_wins() -> None:
    assert choose(replace(STEREO, channels=6), replace(STEREO, dispositions=("default",))) == 2
    assert choose(replace(STEREO, dispositions=("default", "comment")), STEREO) == 2
    assert choose(replace(STEREO, dispositions=("default",), title="Director's Commentary"), STEREO) == 2


def test_the_language_asked_for_wins_over_the_default_whatever_its_country() -> None:
    french = replace(STEREO, language="fr-CA")
    assert choose(replace(STEREO, dispositions=("default",)), french, language="fr") == 2
    assert choose(replace(STEREO, dispositions=("default",)), french, language="ja") == 1


def test_a_dub_is_the_dialogue_only_where_there_is_nothing_else() -> None:
    dub = replace(STEREO, title=format_dub_title("es"), language="es", dispositions=("default",))
    assert choose(dub, STEREO, language="es") == 2
    assert choose(dub) == 1


@pytest.mark.parametrize(
    "claim",
    [
        {"channels": MAX_CHANNELS + 1},
        {"sample_rate": MAX_SAMPLE_RATE_HZ + 1},
        {"start": MAX_DIALOGUE_START_S + 1},
    ],
)
def test_a_track_that_claims_nonsense_is_passed_over_and_refused_where_it_is_alone(claim: dict[str, float]) -> None:
    absurd = replace(STEREO, dispositions=("default",), **claim)
    assert choose(absurd, STEREO) == 2
    with pytest.raises(FilmError, match=r"film\.mkv has no audio track that can be dubbed: its first one claims"):
        choose(absurd)


def test_sound_without_a_picture_and_a_picture_without_sound_are_refused() -> None:
    with pytest.raises(FilmError, match="has no picture"):
        choose_dialogue_track("song.mkv", (replace(PICTURE, cover=True), STEREO), None)
    with pytest.raises(FilmError, match="has no audio track"):
        choose_dialogue_track("mute.mkv", (PICTURE,), None)
