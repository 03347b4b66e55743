"""The report as one HTML document: complete, escaped, and without anything from elsewhere."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from dashboard.views.report_page.document import draw_report_document
from tests.support.dashboard import DONE, REPORT
from tests.support.dub_reports import DUB, LINES, make_lines, make_report

HOSTILE = """<script>alert(1)</script>"'&{x}%s\u202e"""


class Elements(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def ids(page: str) -> list[str | None]:
    return [attributes["id"] for _, attributes in Elements(page).found if "id" in attributes]


def test_every_line_has_an_anchor_and_every_warning_links_to_its_lines():
    page = draw_report_document(DUB)
    anchors = ids(page)
    assert [f"line-{line.number}" for line in LINES] == [each for each in anchors if each and each.startswith("line-")]
    assert len(anchors) == len(set(anchors))
    links = {attributes["href"] for tag, attributes in Elements(page).found if tag == "a"}
    assert "#line-7" in links and all(link and link[1:] in anchors for link in links)


def test_measures_are_shown_with_their_sources():
    page = draw_report_document(DUB)
    for said in (
        "Speech overlap",
        "Brannon",
        "Onset error",
        "Holes",
        "Voice similarity",
        "Background",
        "Round-trip",
        "per hour of film",
    ):
        assert said in page


def test_figures_have_data():
    page = draw_report_document(DUB)
    plots = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(plots) == 4 and all(plot.count('class="mark') >= 2 for plot in plots)
    dubbed = sum(line.dub_seconds > 0.0 for line in LINES)
    assert plots[0].count("<circle") == dubbed
    assert sum(int(n) for n in re.findall(r": (\d+) lines?</title>", plots[1])) == dubbed
    numbers = [float(n) for n in re.findall(r'(?:x|y|cx|cy|width|height)="(-?[\d.]+)"', "".join(plots))]
    assert numbers and all(-1.0 <= n <= 600.0 for n in numbers)


def test_nothing_is_loaded_and_nothing_runs():
    page = draw_report_document(DUB)
    tags = Elements(page).found
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & {tag for tag, _ in tags}
    assert not [
        name for _, attributes in tags for name in attributes if name.startswith("on") or name in {"src", "srcset", "style"}
    ]
    assert "http://" not in page and "https://" not in page and "url(" not in page and "@import" not in page
    assert "default-src &#39;none&#39;" in page


def test_foreign_text_is_escaped_wherever_it_stands():
    lines = [replace(line, source_text=HOSTILE, text=HOSTILE, speaker=HOSTILE, language='es"><b>') for line in LINES]
    report = make_report(LINES) | {"notes": [{"text": HOSTILE, "severity": "warning", "lines": [1]}]}
    for each in report["lines"]:
        each.update(heard=HOSTILE, round_trip_wer=0.5)
    task = replace(DONE, path=DONE.path.with_name(HOSTILE.replace("/", "")))
    page = draw_report_document(replace(DUB, task=task, report=report, lines=tuple(lines), names={HOSTILE: HOSTILE}))
    assert not {"script", "b"} & {tag for tag, attributes in Elements(page).found if tag != "b" or attributes}
    assert "\u202e" not in page and "{x}" in page


@pytest.mark.parametrize("report", [json.loads(REPORT), json.loads(REPORT) | {"notes": [], "lines": []}])
def test_a_report_of_an_older_version_is_shown(report):
    page = draw_report_document(replace(DUB, report=report, runs=()))
    assert "Speech coverage" in page and "No warnings" in page and 'id="line-1"' in page
    assert "Fill</dt>" not in page and "per hour of film" not in page


def test_a_dub_without_lines_has_no_plots():
    page = draw_report_document(replace(DUB, lines=(), report=json.loads(REPORT)))
    assert "<svg" not in page


def test_three_thousand_lines_make_one_page_of_a_few_megabytes():
    lines = make_lines(3_000)
    assert len(draw_report_document(replace(DUB, lines=tuple(lines), report=make_report(lines)))) < 4_000_000
