"""The dub tab as an editor's bench in a real browser: lines timed, split, merged and replaced, by mouse and by keyboard alone."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.browsing import needs_chromium, wait_until
from tests.support.dashboard import add_dub, line_row
from tests.support.watched_film import dubbed_film

pytestmark = [pytest.mark.browser, needs_chromium]
VIEW_S = 60.0  # of the timeline at first


@pytest.fixture
def task(service, site):
    return dubbed_film(service, site, seconds=45)


def open_bench(window, task):
    page = window.open(f"/?task={task.id}")
    page.locator("table[aria-rowcount='121']").wait_for()
    wait_until(page, "document.querySelectorAll('#player .track option').length > 1")
    page.evaluate(
        "async () => { const { listLines } = await import('./assets/lines.js'); while (listLines().length < 120) await new Promise((again) => setTimeout(again, 50)) }"
    )
    return page


def sent_edits(page, act):
    """Request body that an action of a person sends, and the status of the answer."""
    with page.expect_response(lambda answer: answer.request.method == "PATCH") as answer:
        act()
    return json.loads(answer.value.request.post_data), answer.value.status


def place_of(page, seconds, y=40):
    box = page.locator("#timeline-view canvas").bounding_box()
    return box["x"] + box["width"] * seconds / VIEW_S, box["y"] + y


def test_lines_are_dragged_split_merged_undone_and_sent_by_mouse(service, window, task):
    page = open_bench(window, task)
    page.mouse.move(*place_of(page, 7.5))
    page.mouse.down()
    page.mouse.move(*place_of(page, 7.6))
    page.mouse.move(*place_of(page, 8.52), steps=4)  # so that its end comes near the start of line 4, to which it snaps
    page.mouse.up()
    assert page.locator("#script-3 input[name=end]").input_value() == "0:00:09.500"
    assert page.locator("#script-3 input[name=start]").input_value() == "0:00:07.500"
    top = page.locator("#timeline-view").bounding_box()["y"]
    page.mouse.click(*place_of(page, 40.5))
    page.locator("#script-14.chosen").wait_for()
    assert page.locator("#timeline-view").bounding_box()["y"] == top, "a click on the timeline keeps it in sight"
    commands = page.get_by_role("toolbar", name="Editing")
    page.mouse.click(*place_of(page, 13.5))
    commands.get_by_role("button", name="Split").click()
    page.locator("#script-a1").wait_for()
    page.locator("#script-7 .said").click()
    commands.get_by_role("button", name="Merge").click()
    page.locator("#script-8.deleted").wait_for()
    commands.get_by_role("button", name="Undo").click()
    commands.get_by_role("button", name="Undo").click()
    page.locator("#script-a1").wait_for(state="detached")
    page.get_by_text("1 line changed").wait_for()
    commands.get_by_role("button", name="Redo").click()
    commands.get_by_role("button", name="Redo").click()
    page.get_by_text("5 lines changed").wait_for()
    body, status = sent_edits(page, lambda: page.keyboard.press("Control+s"))
    first, rest, place = body["edits"][1]["text"], body["added"][0]["text"], body["added"][0]["start"]
    assert status == 200 and f"{first} {rest}" == "es: línea 5." and abs(place - 13.5) < 0.2
    assert body["edits"][0] == {"number": 3, "language": "es", "start": 7.5, "end": 9.5}
    assert (
        body["edits"][1]["end"] == place
        and body["added"][0] | {"end": 14.5, "speaker": "SPEAKER_01", "key": "a1"} == body["added"][0]
    )
    assert body["edits"][2]["text"] == "es: línea 7. es: línea 8." and body["edits"][2]["end"] == 23.5
    assert body["edits"][3] == {"number": 8, "language": "es", "deleted": True} and set(body["based_on"]) == {"es"}
    page.locator("#drafts").wait_for(state="hidden")
    edits = {line.number: line.edit for line in service.store.lines.list_lines(task.id, "es") if line.edit}
    assert edits[3].start == 7.5 and edits[8].deleted
    _, lease = service.store.leases.claim_next_task("test/1/bb", 600)
    service.store.lines.replace_lines(lease, "es", [line_row(number, "es") for number in range(1, 121) if number != 8])
    page.get_by_text("Deleted lines 1").click()
    page.get_by_role("button", name="Restore line 8").click()
    page.get_by_text("1 line changed").wait_for()
    assert page.get_by_role("button", name="Restore line 8").is_disabled()
    commands.get_by_role("button", name="Undo").click()
    page.locator("#drafts").wait_for(state="hidden")
    page.get_by_text("Deleted lines 1").click()  # a click elsewhere closed it
    page.get_by_role("button", name="Restore line 8").click()
    body, status = sent_edits(page, lambda: page.keyboard.press("Control+s"))
    assert status == 200 and body["edits"] == [{"number": 8, "language": "es", "deleted": None}]
    page.get_by_text("Deleted lines 1").wait_for(state="detached")
    page.locator(".bench .timeline").evaluate("card => card.scrollIntoView()")
    header, card = (page.locator(each).bounding_box() for each in (".top", ".bench .timeline"))
    assert header["height"] > 70 and header["y"] == 0, "its badges are in a second row"
    assert card["y"] >= header["height"], "the header covers nothing that one scrolls to"


def test_everything_is_done_by_keyboard_alone(service, window, task):
    service.library_glossary = "This = Esto\nline = línea"
    page = open_bench(window, task)
    marks = page.get_by_role("list", name="Glossary terms of line 2").get_by_role("listitem")
    expect(marks).to_have_text(["This → Esto missing", "line → línea ✓ is in the translation"], use_inner_text=True)
    keys = page.keyboard
    keys.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").get_by_text("Merge with the next line").wait_for()
    assert not Axe().run(page).response["violations"]
    keys.press("Escape")
    page.locator("#script-9 textarea[name=text]").focus()
    play_by_keyboard_alone(page)
    page.locator("#script-2 input[name=start]").focus()
    keys.press("Control+a")
    keys.type("0:00:03.250")
    keys.press("Tab")
    page.get_by_text("1 line changed").wait_for()
    field = page.locator("#script-2 textarea[name=text]")
    field.focus()
    keys.press("Home")
    for _ in range(3):
        keys.press("ArrowRight")
    keys.press("Alt+s")  # splits at the cursor
    assert page.locator("#script-a1 textarea[name=text]").input_value() == "línea 2."
    assert page.evaluate("document.activeElement.closest('tr').id") == "script-a1"
    keys.press("Alt+n")
    assert page.evaluate("[document.activeElement.closest('tr').id, document.activeElement.name]") == ["script-3", "text"]
    keys.press("Alt+Delete")
    page.locator("#script-3.deleted").wait_for()
    keys.type("x")
    keys.press("Control+z")
    keys.press("Control+z")
    page.locator("#script-3:not(.deleted)").wait_for()
    keys.press("Control+h")
    dialog = page.get_by_role("dialog", name="Find and replace")
    keys.type("línea 5")
    dialog.get_by_text("12 lines found.").wait_for(state="hidden")
    dialog.get_by_text("11 lines found.").wait_for()
    dialog.get_by_label("Replace with").focus()
    keys.type("<b>frase</b> 5")
    assert not Axe().run(page).response["violations"]
    dialog.get_by_role("checkbox", name="51").focus()
    keys.press("Space")
    dialog.get_by_role("button", name="Replace ticked").focus()
    keys.press("Enter")
    page.get_by_text("Replaced in 10 lines.").wait_for()
    keys.press("Control+f")
    keys.press("Escape")
    body, status = sent_edits(page, lambda: keys.press("Control+s"))
    edits = {edit["number"]: edit for edit in body["edits"]}
    assert status == 200 and edits[2]["start"] == 3.25 and edits[2]["text"] == "es:" and body["added"][0]["text"] == "línea 2."
    assert edits[5]["text"] == "es: <b>frase</b> 5." and 51 not in edits and 3 not in edits and len(edits) == 11


def play_by_keyboard_alone(page):
    """Speed, loop of the current line (9: 24.5 to 26.5 s), frames, volume and following, each by its key."""
    keys, player = page.keyboard, page.locator("#player")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("async () => { window.film = (await import('./assets/player.js')).currentPlayer() }")
    for _ in range(3):
        keys.press(">")
    assert player.get_by_label("Speed").input_value() == "2"
    keys.press("r")
    wait_until(page, "[film.isPlaying, film.video.playbackRate, film.now > 25.5].join() === 'true,2,true'")
    wait_until(page, "film.now < 25.2")  # from its end to its start
    page.locator("#script-9.now").wait_for()
    assert page.evaluate("film.now") >= 24.4
    repeat = player.get_by_role("button", name="Repeat the line")
    assert repeat.get_attribute("aria-pressed") == "true"
    keys.press("r")
    assert repeat.get_attribute("aria-pressed") == "false"
    wait_until(page, "film.now > 27")
    keys.press("k")
    wait_until(page, "!film.isPlaying")
    before = page.evaluate("film.now")
    keys.press(".")
    wait_until(page, f"film.now > {before}")
    assert page.evaluate("film.now") == pytest.approx(before + page.evaluate("film.frame"), abs=0.02)
    keys.press(",")
    wait_until(page, f"Math.abs(film.now - {before}) < 0.02")
    volume = player.get_by_role("slider", name="Volume")
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    assert (volume.input_value(), round(page.evaluate("film.video.volume"), 2)) == ("0.8", 0.8)
    keys.press("m")
    assert (volume.input_value(), page.evaluate("film.video.muted")) == ("0", True)
    keys.press("ArrowUp")
    assert (volume.input_value(), page.evaluate("film.video.muted")) == ("0.9", False)
    keys.press("f")
    follow, place = page.get_by_role("button", name="Follow"), "document.querySelector('.rows').scrollTop"
    assert follow.get_attribute("aria-pressed") == "false"
    page.evaluate("document.querySelector('.rows').scrollTop = 0; film.playFrom(39.6)")
    wait_until(page, "film.isPlaying && film.now > 39.9")
    assert page.evaluate(place) == 0
    keys.press("f")
    page.locator("#script-14.now").wait_for()
    wait_until(page, f"{place} > 0")
    keys.press("k")


def test_drafts_of_an_older_version_are_still_there(window, task):
    page = window.open(f"/?task={task.id}&part=voices")
    page.evaluate(f"""sessionStorage.setItem("dubarr-drafts-{task.id}-es", '{{"2": {{"text": "Otra cosa"}}}}')""")
    page.get_by_role("link", name="Dub", exact=True).click()
    page.get_by_text("1 line changed").wait_for()
    assert page.locator("#script-2 textarea[name=text]").input_value() == "Otra cosa"


def test_a_script_of_three_thousand_lines_has_no_blank_rows(service, window):
    task = add_dub(service, "long.mkv", lines=3000)[0]
    page = window.open(f"/?task={task.id}")
    page.locator("table[aria-rowcount='3001']").wait_for()
    window.complaints[:] = [said for said in window.complaints if "404" not in said]  # the dub is no file
    assert page.locator("#script > tr").count() < 120, "rows out of sight are no elements"
    shown = page.evaluate(
        """async () => {
          const frame = document.querySelector(".rows")
          frame.scrollIntoView({ block: "end" })
          const seen = []
          for (let share = 0; share <= 1; share += 0.0625) {
            frame.scrollTop = share * frame.scrollHeight
            await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))
            const box = frame.getBoundingClientRect()
            for (let y = box.top + 40; y < box.bottom; y += 20) seen.push(document.elementFromPoint(box.left + 60, y)?.closest("tr")?.dataset.line ?? "blank")
          }
          return seen
        }"""
    )
    assert "blank" not in shown and shown[0] == "1" and shown[-1] == "3000" and len(set(shown)) > 40
    page.goto(f"{window.url}/?task={task.id}#script-2500")
    page.locator("#script-2500.target").wait_for()
    page.locator("#script-2500 textarea[name=text]").fill("Otra cosa")
    page.get_by_text("1 line changed").wait_for()
    window.complaints[:] = [said for said in window.complaints if "404" not in said]  # the dub is no file
