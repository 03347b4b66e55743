"""The dialogue track: chosen by language, title, dispositions and channels; nonsense is refused in a sentence."""

from dataclasses import replace

import pytest
from track_titles_seen import AUDIO_TITLES

from pipeline.errors import FilmError, TrackRefused
from pipeline.text.track_choice import (
    MAX_CHANNELS,
    MAX_DIALOGUE_START_S,
    MAX_SAMPLE_RATE_HZ,
    choose_dialogue_track,
    find_track_language,
)
from pipeline.text.track_kinds import AudioKind
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


def audio(title: str, language: str | None = "en", channels: int = 2, *flags: str) -> Track:
    return replace(STEREO, title=title, language=language, channels=channels, dispositions=flags)


EXTRAS = (audio("Director's Commentary"), audio("Audiodescripción"), audio("M&E", "en", 6), audio("Isolated Score", "en", 6))


@pytest.mark.parametrize(("title", "kind"), AUDIO_TITLES)
def test_a_track_of_dialogue_is_chosen_by_its_title_among_a_discs_extras_and_no_other_is(title: str, kind: AudioKind) -> None:
    """However the extras lie: first, the default, or with more channels."""
    named = audio(title, "en", 8, "default")
    if kind is AudioKind.DIALOGUE:
        bare = replace(named, channels=2, dispositions=())
        for place in range(len(EXTRAS) + 1):
            extras = [replace(each, dispositions=("default",), channels=8) for each in EXTRAS]
            assert choose(*extras[:place], bare, *extras[place:]) == place + 1
    else:
        assert choose(named, audio("English"), *EXTRAS) == 2
        assert choose(audio(""), *EXTRAS, named) == 1


# (where it is seen, the language asked for, the tracks, the place of the right one)
FILMS = [
    ("a disc by MakeMKV", None, [audio("Surround 5.1", "en", 6, "default"), audio("Stereo", "en"), audio("Stereo", "fr")], 1),
    ("a disc whose commentaries have titles only", "en", [audio("Stereo"), audio("Commentary with cast & crew")], 1),
    ("a disc whose commentary comes first", "en", [audio("Director's Commentary"), audio("Surround 5.1", "en", 6)], 2),
    ("a remux with core and lossless sound", None, [audio("DTS-HD MA 7.1", "en", 8, "default"), audio("AC3 5.1", "en", 6)], 1),
    ("a stream with the description flagged alone", None, [audio("", "en", 6, "visual_impaired", "default"), audio("", "en")], 2),
    ("a stream with its description in the title", None, [audio("English [Descriptive Audio]"), audio("English")], 2),
    ("a Spanish double", "en", [audio("Castellano", "es", 6, "default"), audio("Inglés", "en", 6)], 2),
    ("a Spanish double, the dub asked for", "es", [audio("Inglés", "en", 6, "default"), audio("Castellano", "es", 2)], 2),
    ("a Spanish disc", "es", [audio("Comentarios del director", "es", 2, "default"), audio("Español", "es", 2)], 2),
    ("a Latin American stream", "es", [audio("Español (Audiodescripción)", "es-419"), audio("Español (Latinoamérica)", "es-419")], 2),
    ("a French release", "en", [audio("VFF", "fr", 6, "default"), audio("VO", "en", 6, "original")], 2),
    ("French television", "fr", [audio("Audiodescription pour malvoyants", "fr", 2), audio("Français", "fr", 2)], 2),
    ("Rai", "it", [audio("Italiano", "it"), audio("Italiano - per non vedenti", "it", 6)], 1),
    ("German television", "de", [audio("Hörfilmfassung", "de", 2, "default"), audio("Stereo", "de")], 2),
    ("a German disc", "de", [audio("Audiokommentar", "de", 6), audio("Isolierter Score", "de", 6), audio("Deutsch", "de")], 3),
    ("a Portuguese stream", "pt", [audio("Português (audiodescrição)", "pt-BR", 6), audio("Português", "pt-BR")], 2),
    ("Catalan television", "ca", [audio("Audiodescripció", "ca", 2, "default"), audio("Català", "ca")], 2),
    ("a Polish release", "en", [audio("Lektor PL", "pl", 2, "default"), audio("Audiodeskrypcja", "pl"), audio("English", "en", 6)], 3),
    ("a Russian release", "en", [audio("Дубляж", "ru", 6, "default"), audio("Комментарии режиссёра", "en"), audio("Оригинал", "en")], 3),
    ("a Japanese disc", "ja", [audio("オーディオコメンタリー", "ja", 2, "default"), audio("日本語", "ja", 6), audio("音声ガイド", "ja")], 2),
    ("a Chinese release", "zh", [audio("导演评论", "zh", 2), audio("国语", "zh", 2)], 2),
    ("a Dutch stream", "nl", [audio("Audiobeschrijving", "nl", 6, "default"), audio("Nederlands", "nl")], 2),
    ("an anime double", None, [audio("English Dub", "en", 2, "default", "dub"), audio("Japanese", "ja", 2, "original")], 2),
    ("a musical", None, [audio("Sing-Along", "en", 6, "default"), audio("English 2.0", "en")], 2),
    ("a French release without flags", None, [audio("VFF", "fr", 6, "default"), audio("VO", "en")], 2),
    ("a French release without languages", None, [audio("VFF", None, 6, "default"), audio("VO", None)], 2),
    ("a Russian release without flags", None, [audio("DUB", "ru", 6, "default"), audio("MVO", "ru"), audio("VO", "ru"), audio("", "en")], 4),
    ("a Russian release with the original named", None, [audio("Дубляж", "ru", 6, "default"), audio("Оригинал", "en")], 2),
    ("a Polish release without flags", None, [audio("Lektor PL", "pl", 2, "default"), audio("Oryginał", "en")], 2),
    ("a Korean double", None, [audio("한국어 더빙", "ko", 6, "default"), audio("English", "en")], 2),
    ("a Chinese double", None, [audio("国语配音", "zh", 6, "default"), audio("英语原声", "en")], 2),
    ("a Hong Kong film", "yue", [audio("国语", "zh", 6, "default"), audio("粤语", "zh")], 2),
    ("a film with its dub flagged alone", None, [audio("", "es", 6, "default", "dub"), audio("", "en")], 2),
    ("an old film with two mixes", None, [audio("Remastered 5.1", "en", 6, "default"), audio("Original Mono", "en", 1)], 1),
    ("titles in place of languages", "en", [audio("Español", None, 6, "default"), audio("Inglés", None)], 2),
    ("a Spanish tag and none", "en", [audio("", "es", 6, "default"), audio("", None)], 2),
    ("two Spanish dubs, that of Spain asked for", "es-ES", [audio("Latino", "es", 6, "default"), audio("Castellano", "es")], 2),
    ("two Spanish dubs, that of Mexico asked for", "es-MX", [audio("", "es-ES", 6, "default"), audio("", "es-419")], 2),
    ("two French dubs, that of Quebec asked for", "fr-CA", [audio("VFF", "fr", 6, "default"), audio("VFQ", "fr")], 2),
    ("two French dubs, none asked for", "fr", [audio("VFQ", "fr", 6, "default"), audio("VFF", "fr")], 1),
    ("a broadcaster's master", None, [audio("Music and Effects", "en", 8, "default"), audio("Full Mix", "en", 6)], 2),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "language", "tracks", "place"), FILMS, ids=[film[0] for film in FILMS])
def test_the_dialogue_is_chosen_among_the_tracks_of_films_as_they_are(
    seen: str, language: str | None, tracks: list[Track], place: int
) -> None:
    assert choose(*tracks, language=language) == place, seen


@pytest.mark.parametrize("title", ["Remastered", "Mono", "DTS-ES", "HE-AAC", "Dub, R5", "Music and Effects", "Legacy"])
def test_a_word_that_is_no_language_in_a_title_names_none(title: str) -> None:
    assert find_track_language(audio(title, None)) is None
    assert find_track_language(audio(title, "en")) == "en"


def test_the_tables_have_forty_titles_and_twelve_languages() -> None:
    assert len(AUDIO_TITLES) >= 40
    assert len({track.language for _, _, tracks, _ in FILMS for track in tracks}) >= 12


def test_a_person_chooses_any_audio_track_by_its_number_and_a_wrong_one_is_refused_with_the_list() -> None:
    commentary, mute = audio("Commentary"), replace(audio("Broken"), channels=0)
    tracks = (PICTURE, *(replace(track, index=n) for n, track in enumerate((STEREO, commentary, mute), 1)))
    assert choose_dialogue_track("film.mkv", tracks, "en", number=2).title == "Commentary"
    with pytest.raises(
        TrackRefused, match=r'has no audio track 4; choose one of: 1 English, 2 channels; 2 "Commentary", English'
    ):
        choose_dialogue_track("film.mkv", tracks, None, number=4)
    with pytest.raises(TrackRefused, match="audio track 3 of film.mkv cannot be dubbed: it claims 0 channels"):
        choose_dialogue_track("film.mkv", tracks, None, number=3)
