"""The review of a dub in a real browser: by keyboard alone to its end, kept on the server, and its report's way to the lines."""

import json
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from pipeline.assessment.report_risks import estimate_risks
from pipeline.values.script import ReviewProgress
from tests.support.browsing import needs_chromium
from tests.support.dashboard import line_row
from tests.support.dub_reports import make_report
from tests.support.watched_film import dubbed_film

pytestmark = [pytest.mark.browser, needs_chromium]
SIGNS = {2: {"round_trip_wer": 0.9, "intelligibility": "bad", "heard": "otra cosa"}, 4: {"confidence": 0.4}}


@pytest.fixture
def task(service, site):
    """A dub of five lines, of which the second is not understood and the fourth badly recognised."""
    task = dubbed_film(service, site, seconds=12)
    service.store.tasks.requeue(task.id)
    claim = service.store.leases.claim_next_task("w", 60.0)
    rows = [line_row(number, "es", rate=1.0, stretch=1.0) for number in range(1, 6)]
    report = make_report(rows) | {"is_recognized": True, "notes": []}
    report["lines"] = [line | {"confidence": 0.9} | SIGNS.get(line["number"], {}) for line in report["lines"]]
    risks = estimate_risks(report)
    rows = [replace(row, risk=risks[row.number].risk, reasons=risks[row.number].reasons) for row in rows]
    service.store.lines.replace_lines(claim[1], "es", rows)
    service.store.lines.put_report(claim[1], "es", json.dumps(report))
    service.store.leases.finish(claim[1], task.output)
    return task


def test_a_dub_is_reviewed_to_its_end_by_keyboard_alone(window, service, site, task):
    page = window.open(f"/?task={task.id}&part=review")
    card, press = page.locator("#queue > li:visible"), page.keyboard.press
    shown = lambda number: card.get_by_role("heading", name=f"Line {number}").wait_for()  # noqa: E731 -- of this page
    shown(2)
    assert card.locator(".reason").all_text_contents()[0] == "not understood"
    assert card.get_by_text("otra cosa").is_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert [each["id"] for each in Axe().run(page).response["violations"]] == []
    press("f")
    press("End")
    page.keyboard.type(" de veras")
    press("Enter")  # keeps the fix, and goes on
    shown(4)
    press("s")
    for number in (1, 3, 5):
        shown(number)
        press("a")
    page.get_by_text("All lines are reviewed.").wait_for()
    press("u")  # the last one comes back
    shown(5)
    press("a")
    progress = service.store.reviews.measure_progress
    site.settles("every verdict is kept", lambda: progress([task.id], "es") == {task.id: ReviewProgress(5, 4, 1)})
    page.get_by_text("4 of 5 reviewed, 1 skipped").wait_for()
    page.get_by_role("button", name="Review 1 skipped line again").press("Enter")
    shown(4)
    page.get_by_role("link", name="Save and re-dub on the Dub tab").press("Enter")
    page.get_by_text("1 line changed").wait_for()
    page.get_by_role("button", name="Save and re-dub").press("Enter")
    site.settles("the fix is an edit", lambda: bool(service.store.lines.list_edits(task.id)))
    assert progress([task.id], "es") == {task.id: ReviewProgress(5, 3, 0)}, "the changed line is to be reviewed again"
    page.goto(f"{window.url}/")
    page.locator(f"#tasks-{task.id}").get_by_text("3 of 125 reviewed").wait_for()  # with the lines of the other dub


def test_verdicts_are_kept_in_the_order_of_their_keys(window, service, site, task):
    page = window.open(f"/?task={task.id}&part=review")
    card = page.locator("#queue > li:visible")
    card.get_by_role("heading", name="Line 2").wait_for()
    with page.expect_request_finished(lambda sent: sent.url.endswith("/reviews")):
        page.keyboard.press("a")
    card.get_by_role("heading", name="Line 4").wait_for()
    held = []
    page.route("**/reviews", lambda route: held.append(route), times=1)  # noqa: PLW0108 -- Playwright marks the function
    with page.expect_request(lambda sent: sent.url.endswith("/reviews")):
        page.keyboard.press("u")
    card.get_by_role("heading", name="Line 2").wait_for()
    page.keyboard.press("s")  # before the server has the verdict that was taken back
    card.get_by_role("heading", name="Line 4").wait_for()
    page.wait_for_timeout(500)
    with page.expect_request_finished(lambda sent: "skipped" in (sent.post_data or "")):
        held[0].continue_()
    assert service.store.reviews.measure_progress([task.id], "es") == {task.id: ReviewProgress(5, 0, 1)}
    card.get_by_role("heading", name="Line 4").wait_for()


def test_a_report_of_wrong_words_is_red_and_its_points_lead_to_their_lines(window, task):
    page = window.open(f"/?task={task.id}&part=report")
    verdict = page.locator(".verdict")
    assert verdict.get_attribute("data-verdict") == "bad"
    assert (
        "2 of 5 lines are probably wrong: 1 not understood when heard again, 1 recognised with low confidence"
        in verdict.inner_text()
    )
    assert page.locator("ol.worst a").all_text_contents()[:2] == ["Line 2", "Line 4"]
    figure = page.locator("#figure-lateness")
    figure.locator("canvas").first.wait_for(state="attached")
    page.wait_for_selector("#figure-lateness[data-points]")
    figure.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "Line 2 at 0:03" in page.locator("#figure-lateness + .point").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**#script-2")
    page.locator("#script-2").wait_for()
