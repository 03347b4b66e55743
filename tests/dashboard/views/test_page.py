import re

from dashboard.feed import Board
from dashboard.views.page import page
from tests.support.dashboard import DONE, NOON, READY


def test_the_page_is_complete_before_any_script_runs():
    html = page(Board(NOON, tasks=(DONE,), total=1, health=READY, log=("hello",)), title="Dubarr")
    for part in (
        "voyage.mkv",
        "Worker <b>READY</b>",
        "<div>hello</div>",
        'action="/upload"',
        'name="target_langs"',
        'name="source_lang"',
    ):
        assert part in html


def test_the_page_names_no_other_host():
    assert not re.search(r"""(?:https?:)?//[a-z]""", page(Board(NOON, tasks=(DONE,), health=READY), title="Dubarr"))


def test_an_empty_library_invites_and_an_unknown_one_does_not():
    assert "No films yet" in page(Board(NOON, health=READY), title="x")
    assert "No films yet" not in page(Board(NOON), title="x")


def test_every_field_has_a_label():
    html = page(Board(NOON), title="x")
    unlabelled = re.sub(r"<label.*?</label>", "", html, flags=re.DOTALL)
    assert "<input" in html and "<input" not in unlabelled


def test_a_title_is_text():
    assert "&lt;b&gt;" in page(Board(NOON), title="<b>")
