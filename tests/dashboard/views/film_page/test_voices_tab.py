from dataclasses import replace

from dashboard.urls import FilmRoute
from dashboard.view_models import FilmModel
from dashboard.views.film_page.dub_tab import draw_dub_tab
from dashboard.views.film_page.voices_tab import draw_voices_tab
from pipeline.values.edits import Cast, CastMember
from tests.support.dashboard import DONE, line_row

ADA = CastMember("SPEAKER_00", "Ada", 40.0, 110.0, "low", 3, None, {"es": "m3"}, {}, None)
BOB = CastMember("SPEAKER_01", None, 20.0, None, None, 2, "SPEAKER_00", {"es": "f2"}, {"es": "m1"}, None)
SHOWN = FilmModel(
    DONE, "es", lines=tuple(line_row(n, "es") for n in range(1, 9)), cast=Cast((ADA, BOB), {"es": ("m1", "m3", "f2")})
)


def cards(shown=SHOWN):
    return draw_voices_tab(shown).lists["voices"]


def test_a_card_tells_how_a_speaker_sounds():
    card = cards()["1"]
    for part in ("Ada", "4 lines", "40 s of speech", "low voice", "110 Hz", 'value="Ada"'):
        assert part in card


def test_a_speaker_without_a_name_is_called_by_number():
    assert "Speaker 2" in cards()["2"] and 'placeholder="Speaker 2"' in cards()["2"]


def test_merges_and_chosen_voices_are_selected_and_the_cast_one_is_told():
    one, two = cards()["1"], cards()["2"]
    assert 'value="" selected>Automatic: m3' in one and 'value="" selected>None' in one
    assert 'value="m1" selected' in two and 'value="SPEAKER_00" selected>Ada' in two


def test_nobody_can_be_merged_with_themselves():
    assert 'value="SPEAKER_00"' not in cards()["1"]


def test_a_language_whose_voices_are_not_known_yet_offers_none():
    assert "Voice in Spanish" in cards()["1"] and "Voice in Catalan" not in cards()["1"]


def test_the_longest_dubbed_line_is_there_to_hear():
    lines = (*SHOWN.lines[:4], replace(SHOWN.lines[5], number=77, dub_seconds=5.0))
    assert 'data-hear="take" data-line="77" data-language="es"' in cards(replace(SHOWN, lines=lines))["1"]


def test_before_the_film_was_heard_a_sentence_says_so():
    assert "No speakers yet" in cards(FilmModel(DONE, "es"))["none"]


def test_merged_speakers_are_counted_once_here_and_on_the_dubs_page():
    lines = tuple(replace(line, speaker=f"SPEAKER_0{n % 2}") for n, line in enumerate(SHOWN.lines))
    shown = replace(SHOWN, lines=lines)
    assert draw_voices_tab(shown).regions["how"] == "1 speaker, 1 merged into them"
    details = draw_dub_tab(shown, FilmRoute(task=DONE.id)).regions
    assert "<dt>Speakers</dt><dd>1</dd>" in details["about"] and "8 lines by 1 speaker" in details["timeline"]
