"""Notes on a dub and engines of second choice, as the dashboard tells them."""

import json
from dataclasses import replace

import pytest

from dashboard.urls import FilmRoute, FilmTab
from dashboard.view_models import FilmModel
from dashboard.views.film_list.add_film import draw_add_form
from dashboard.views.film_page.dub_tab import draw_dub_tab
from dashboard.views.film_page.report_tab import draw_report_tab
from tests.support.dashboard import DONE, LANGUAGES, REPORT, line_row

NOTES = [
    {"text": "<b>left</b> out", "severity": "warning", "lines": [3, 4]},
    {"text": "Catalan (ca) is spoken by espeak", "severity": "info", "lines": []},
]


def shown(notes: list) -> FilmModel:
    text = json.dumps(json.loads(REPORT) | {"notes": notes})
    return FilmModel(DONE, "es", lines=(line_row(1, "es"),), reports={"es": text})


@pytest.mark.parametrize(
    ("part", "draw", "region"), [(FilmTab.DUB, draw_dub_tab, "about"), (FilmTab.REPORT, draw_report_tab, "notes")]
)
def test_a_person_sees_the_notes_of_a_dub_with_words_for_their_severity(part, draw, region):
    html = draw(shown(NOTES), FilmRoute(7, part)).regions[region]
    link = '<a href="?task=7&amp;language=es#script-{0}" data-go>{0}</a>'
    lines = ", ".join(link.format(number) for number in (3, 4))
    assert f'<li data-severity="warning"><b>Warning:</b> &lt;b&gt;left&lt;/b&gt; out (2 lines: {lines})</li>' in html
    assert "<b>Note:</b> Catalan (ca) is spoken by espeak</li>" in html
    assert '<span class="warnings">1 warning</span>' in html


@pytest.mark.parametrize(
    ("part", "draw", "region"), [(FilmTab.DUB, draw_dub_tab, "about"), (FilmTab.REPORT, draw_report_tab, "notes")]
)
def test_without_notes_or_report_there_is_no_list(part, draw, region):
    for film in (shown([]), replace(shown([]), reports={"es": REPORT}), replace(shown([]), reports={})):
        assert "Notes on this dub" not in draw(film, FilmRoute(7, part)).regions[region]


def test_a_language_that_the_preferred_synthesizer_cannot_speak_says_who_does():
    html = draw_add_form(replace(LANGUAGES, second_choices={"ca": "espeak"}))
    assert 'value="ca"> Catalan <span class="soft"' in html and "· espeak</span>" in html
    assert html.count("· espeak") == 1
