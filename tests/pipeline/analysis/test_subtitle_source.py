"""Subtitles as a source of the dialogue: the right one is chosen among those of a film, and a person's choice decides over it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from track_titles_seen import SUBTITLE_TITLES

from pipeline.analysis.subtitle_source import (
    DIALOGUE_KINDS,
    choose_subtitles,
    find_chosen_subtitle,
    list_subtitle_candidates,
    use_chosen_subtitle,
)
from pipeline.analysis.unused_subtitles import describe_unused_subtitles
from pipeline.errors import StageError, TrackRefused
from pipeline.stages.read_subtitles import Subtitles
from pipeline.text.track_kinds import SubtitleKind
from pipeline.values.media import Film, Sidecar, Source, Track, TrackKind
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Cue, Span, Turn
from pipeline.values.track_selection import TrackSelection

DURATION_S = 600.0
SOURCE = Source(Path("/films/film.mkv"), 1, 1, "d")
# Speech of a film: lines of 1 to 4 s with pauses of 1 to 9 s, which fit themselves alone.
STARTS = [7.0 * n + (n * n % 11) * 0.4 for n in range(80)]
TURNS = tuple(Turn(Span(start, start + 1.5 + n % 3), "S1") for n, start in enumerate(STARTS))


def subtitle(title: str, language: str | None = "en", *flags: str, codec: str = "subrip") -> Track:
    return Track(index=2, kind=TrackKind.SUBTITLE, codec=codec, language=language, title=title, dispositions=flags)


def film(*tracks: Track) -> Film:
    picture, sound = Track(0, TrackKind.VIDEO, "h264"), Track(1, TrackKind.AUDIO, "aac", "en", channels=2)
    return Film("matroska", DURATION_S, (picture, sound, *(replace(each, index=n) for n, each in enumerate(tracks, 2))), 1, 0)


def read(candidate_label: str, language: str, turns: Sequence[Turn] = TURNS) -> Subtitles:
    return Subtitles(language, tuple(Cue(turn.span, f"Line {n} of it") for n, turn in enumerate(turns)), candidate_label)


def choose(*tracks: Track, sparse: frozenset[int] = frozenset(), language: str = "en") -> tuple[str, list[str]]:
    """Label of the chosen subtitle in the language of the speech, and the notes. `sparse`: numbers of tracks with a few cues."""
    candidates, notes = list_subtitle_candidates(SOURCE, film(*tracks))
    texts = [
        read(
            each.label, getattr(each.subtitle, "language", "") or "en", TURNS[:6] if each.subtitle.index - 1 in sparse else TURNS
        )
        for each in candidates
        if isinstance(each.subtitle, Track)
    ]
    found, more = choose_subtitles(texts, TURNS, film(*tracks), language=language, recognize=None)
    return next(text.label for text in found if text.language == language), [note.text for note in (*notes, *more)]


OTHERS = (subtitle("Forced", "en", "forced"), subtitle("Signs & Songs"), subtitle("Director's commentary"), subtitle("SDH"))


@pytest.mark.parametrize(("title", "kind"), SUBTITLE_TITLES)
def test_a_full_subtitle_is_chosen_by_its_title_among_others_and_no_other_is(title: str, kind: SubtitleKind) -> None:
    """Wherever it lies among them, and though they have as many cues."""
    named = subtitle(title)
    if kind is SubtitleKind.FULL:
        for place in range(len(OTHERS) + 1):
            label, _ = choose(*OTHERS[:place], named, *OTHERS[place:])
            assert label == f"the subtitle track {f'{chr(34)}{title}{chr(34)}, ' if title else ''}English"
    else:
        label, notes = choose(replace(named, dispositions=("default",)), subtitle("English"))
        assert label == 'the subtitle track "English", English'
        assert (kind in DIALOGUE_KINDS) or any(title in note and kind in note for note in notes), "it is told"


# (where it is seen, language of the speech, tracks, numbers of those with a few cues, title of the right one)
FILMS = [
    ("fansubs", "en", [subtitle("Signs & Songs", "en", "default"), subtitle("Full Subtitles [Group]")], {1}, "Full Subtitles [Group]"),
    ("fansubs without titles", "en", [subtitle("", "en", "default"), subtitle("Group")], {1}, "Group"),
    ("a disc", "en", [subtitle("Forced", "en", "forced", "default"), subtitle("SDH", "en", "hearing_impaired")], {1}, "SDH"),
    ("a disc without flags", "en", [subtitle("A"), subtitle("B")], {1}, "B"),
    ("Spanish trackers", "es", [subtitle("Forzados", "es", "default"), subtitle("Completos", "es"), subtitle("Inglés")], {1}, "Completos"),
    ("a French release", "fr", [subtitle("Français forcés", "fr"), subtitle("Français complets", "fr")], {1}, "Français complets"),
    ("an Italian release", "it", [subtitle("Forzati", "it", "default"), subtitle("Italiano (completi)", "it")], {1}, "Italiano (completi)"),
    ("a Brazilian fansub", "pt-BR", [subtitle("Placas e músicas", "pt-BR"), subtitle("Português", "pt-BR")], {1}, "Português"),
    ("a Catalan fansub", "ca", [subtitle("Rètols i cançons", "ca", "default"), subtitle("Català", "ca")], {1}, "Català"),
    ("a German release", "de", [subtitle("Für Hörgeschädigte", "de", "default"), subtitle("Vollständig", "de")], set(), "Vollständig"),
    ("a Polish release", "pl", [subtitle("Wymuszone", "pl", "default"), subtitle("Polskie", "pl")], {1}, "Polskie"),
    ("a Russian release", "ru", [subtitle("Надписи", "ru", "default"), subtitle("Полные", "ru")], {1}, "Полные"),
    ("a Japanese disc", "ja", [subtitle("歌詞", "ja"), subtitle("日本語", "ja")], {1}, "日本語"),
    ("a Chinese release", "zh", [subtitle("特效字幕", "zh"), subtitle("简体中文", "zh")], {1}, "简体中文"),
    ("a Dutch stream", "nl", [subtitle("Gedwongen", "nl", "default"), subtitle("Nederlands", "nl")], {1}, "Nederlands"),
    ("discs with commentary subtitles", "en", [subtitle("Director's commentary"), subtitle("English")], set(), "English"),
    ("a disc with pictures and text", "en", [subtitle("English", codec="hdmv_pgs_subtitle"), subtitle("English SDH")], set(), "English SDH"),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "language", "tracks", "sparse", "right"), FILMS, ids=[each[0] for each in FILMS])
def test_the_full_subtitle_is_chosen_among_those_of_films_as_they_are(
    seen: str, language: str, tracks: list[Track], sparse: set[int], right: str
) -> None:
    label, _ = choose(*tracks, sparse=frozenset(sparse), language=language)
    assert label.startswith(f'the subtitle track "{right}"'), seen


def test_the_tables_have_forty_titles_and_twelve_languages() -> None:
    assert len(SUBTITLE_TITLES) >= 40
    assert len({track.language for _, _, tracks, _, _ in FILMS for track in tracks}) >= 12


class TestAPersonsChoice:
    tracks = (subtitle("English"), subtitle("English", codec="hdmv_pgs_subtitle"), subtitle("Signs & Songs", "ja"))
    source = replace(
        SOURCE, sidecars=tuple(Sidecar(Path(path), path, "es") for path in ("/films/film.es.srt", "/films/Subs/2.srt"))
    )
    offer = (
        r'choose one of: 1 "English", English; 2 "English", English; 3 "Signs & Songs", Japanese; film.es.srt; Subs/2.srt; none'
    )

    @pytest.mark.parametrize(
        ("choice", "label"),
        [
            ("3", 'the subtitle track "Signs & Songs", Japanese'),
            ("film.es.srt", "the file film.es.srt"),
            ("Subs/2.srt", "the file 2.srt"),
            ("/films/Subs/2.srt", "the file 2.srt"),
        ],
    )
    def test_is_one_of_a_number_a_name_or_a_path_whatever_its_kind(self, choice: str, label: str) -> None:
        assert find_chosen_subtitle(self.source, film(*self.tracks), TrackSelection(subtitles=choice)).label == label

    @pytest.mark.parametrize(
        ("choice", "message"),
        [
            ("0", "film.mkv has no subtitle track 0; "),
            ("4", "film.mkv has no subtitle track 4; "),
            ("2", r"subtitle track 2 of film.mkv is no text but pictures \(hdmv_pgs_subtitle\); "),
            ("film.fr.srt", "film.mkv has no subtitle file film.fr.srt; "),
        ],
    )
    def test_of_one_that_does_not_exist_is_refused_with_those_that_do(self, choice: str, message: str) -> None:
        with pytest.raises(TrackRefused, match=message + self.offer):
            list_subtitle_candidates(self.source, film(*self.tracks), TrackSelection(subtitles=choice))

    def test_of_none_leaves_no_candidate(self) -> None:
        candidates, notes = list_subtitle_candidates(self.source, film(*self.tracks), TrackSelection(subtitles="none"))
        assert candidates == notes == ()

    def use(self, text: Subtitles, kind: SubtitleKind = SubtitleKind.FULL) -> tuple[Subtitles, list[Note]]:
        used = use_chosen_subtitle(text, kind, TURNS, film(), recognize=None)
        return used, [note for note in used.notes if note.severity is Severity.WARNING]

    def test_of_a_full_subtitle_has_no_warning(self) -> None:
        text = read("the file film.en.srt", "en")
        used, warnings = self.use(text)
        assert (used.cues, warnings) == (text.cues, [])

    def test_of_signs_is_used_and_told(self) -> None:
        used, (warning,) = self.use(read("the subtitle track Signs", "en", TURNS[:6]), SubtitleKind.SIGNS)
        assert len(used.cues) == 6
        assert warning.text.startswith(
            "The subtitle track Signs was used because it was chosen, though it is named signs and songs and"
        )

    def test_of_a_subtitle_that_goes_on_after_the_film_is_used_up_to_its_end(self) -> None:
        text = read("the file a.srt", "en")
        late = Cue(Span(DURATION_S + 1, DURATION_S + 2), "The end.")
        used, warnings = self.use(replace(text, cues=(*text.cues, late)))
        assert used.cues == text.cues and any("lie after the film's end" in warning.text for warning in warnings)
        with pytest.raises(StageError, match="the file a.srt was chosen, but cannot be used: all of its cues lie after"):
            self.use(replace(text, cues=(late,)))

    def test_of_a_subtitle_that_cannot_be_read_fails_with_the_reason(self) -> None:
        with pytest.raises(StageError, match="cannot be used: it was not read; choose another"):
            self.use(Subtitles("", (), "the file a.srt", (Note("it was not read"),)))


def test_untitled_signs_are_told_by_what_they_cover_and_not_as_another_films() -> None:
    signs = Subtitles(
        "en", tuple(Cue(Span(40.0 + 170.0 * n, 42.0 + 170.0 * n), "Bakery") for n in range(3)), "the subtitle track 1"
    )
    found, notes = choose_subtitles([signs], TURNS, film(), language="en", recognize=None)
    assert not found
    (note,) = notes
    assert note.severity is Severity.INFO
    assert note.text.startswith("The subtitle track 1 was not used: it covers ")


def test_a_subtitle_that_covers_too_little_is_told_as_not_used_whatever_its_shift() -> None:
    late = tuple(Cue(Span(turn.span.start + 9.0, turn.span.end + 9.0), "Line of it") for turn in TURNS[:30])
    found, notes = choose_subtitles([Subtitles("en", late, "the file f.srt")], TURNS, film(), language="en", recognize=None)
    assert not found and ["was not used" in note.text for note in notes] == [True]


def test_pictures_are_told_by_their_tracks() -> None:
    _, notes = list_subtitle_candidates(SOURCE, film(subtitle("English"), subtitle("Spanish", "es", codec="hdmv_pgs_subtitle")))
    assert [note.text for note in notes] == [
        'Subtitle tracks that are pictures or in an unknown format were not used: "Spanish", Spanish (hdmv_pgs_subtitle)'
    ]


def test_usable_subtitles_that_no_dub_needs_are_told_with_their_languages() -> None:
    texts = [
        read("the file a.en.srt", "en"),
        read("the file b.en.srt", "en-GB"),
        read("the file fr.srt", "fr"),
        read("the file es.srt", "es"),
    ]
    spare, foreign = "Subtitles beside another of the same language", "Subtitles in languages that this dub does not need"
    notes = [note.text for note in describe_unused_subtitles(texts, ("en", "es"))]
    assert [text.split(": ")[1] for text in notes] == ["the file fr.srt (French)", "the file b.en.srt (English (United Kingdom))"]
    assert notes[0].startswith(foreign) and notes[1].startswith(spare)
    assert describe_unused_subtitles(texts[:1], ("en", "es")) == () == describe_unused_subtitles((), ("en",))
    (many,) = describe_unused_subtitles([read(f"the file {n}.srt", "fr") for n in range(13)], ("en",))
    assert many.text.count("French") == 10 and many.text.endswith(" and 3 more")


def test_a_warning_on_a_subtitle_is_told_whether_it_is_used_or_not() -> None:
    warning = Note("The file f.en.srt is named English, but its text is French", Severity.WARNING)
    cues = tuple(Cue(turn.span, "Une ligne de texte") for turn in TURNS)
    text = Subtitles("fr", cues, "the file f.en.srt", (warning, Note("only for its user")))
    _, notes = choose_subtitles([text], TURNS, film(), language="en", recognize=None)
    assert notes == (warning,)
