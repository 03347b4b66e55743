"""Notes on a dub and engines of second choice, as the dashboard tells them."""

import json
from dataclasses import replace

import pytest

from dashboard.urls import Film, Part
from dashboard.view_models import FilmShown
from dashboard.views.film_list.add_film import adding
from dashboard.views.film_page.dub_tab import dub
from dashboard.views.film_page.report_tab import report
from tests.support.dashboard import DONE, LANGUAGES, REPORT, line_row

NOTES = [
    {"text": "<b>left</b> out", "severity": "warning", "lines": [3, 4]},
    {"text": "Catalan (ca) is spoken by espeak", "severity": "info", "lines": []},
]


def shown(notes: list) -> FilmShown:
    text = json.dumps(json.loads(REPORT) | {"notes": notes})
    return FilmShown(DONE, "es", lines=(line_row(1, "es"),), reports={"es": text})


@pytest.mark.parametrize(("part", "draw", "region"), [(Part.DUB, dub, "about"), (Part.REPORT, report, "notes")])
def test_a_person_sees_the_notes_of_a_dub_with_words_for_their_severity(part, draw, region):
    html = draw(shown(NOTES), Film(7, part)).regions[region]
    assert '<li data-severity="warning"><b>Warning:</b> &lt;b&gt;left&lt;/b&gt; out (2 lines: 3, 4)</li>' in html
    assert "<b>Note:</b> Catalan (ca) is spoken by espeak</li>" in html


@pytest.mark.parametrize(("part", "draw", "region"), [(Part.DUB, dub, "about"), (Part.REPORT, report, "notes")])
def test_without_notes_or_report_there_is_no_list(part, draw, region):
    for film in (shown([]), replace(shown([]), reports={"es": REPORT}), replace(shown([]), reports={})):
        assert "Notes on this dub" not in draw(film, Film(7, part)).regions[region]


def test_a_language_that_the_preferred_synthesizer_cannot_speak_says_who_does():
    html = adding(replace(LANGUAGES, second_choices={"ca": "espeak"}))
    assert 'value="ca"> Catalan <span class="soft"' in html and "· espeak</span>" in html
    assert html.count("· espeak") == 1
