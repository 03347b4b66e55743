import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hostile_names import HOSTILE_NAMES, is_harmless

from dashboard.views.film_list import task_row
from tests.support.dashboard import DONE, FAILED, NOON, PROCESSING, QUEUED

HOSTILE = "<img src=x onerror=alert(1)>\"'&.mkv"


def text(html) -> str:
    return re.sub(r"<[^>]+>", " ", html)


def buttons(html) -> list[str]:
    return re.findall(r'data-action="(\w+)"', html)


def test_a_row_tells_name_languages_length_and_size():
    told = text(task_row.draw_task_row(QUEUED, NOON))
    for fact in ("voyage.mkv", "English → Spanish, Catalan", "1 min 15 s", "48 MB", "Queued"):
        assert fact in told


def test_a_task_at_work_shows_its_stage_in_words_its_count_and_its_clock():
    row = task_row.draw_task_row(PROCESSING, NOON + timedelta(seconds=72.6))
    assert 'max="11" value="4"' in row and "Translation · 4 of 11 stages · 1:12" in row


def test_a_finished_task_is_full_and_can_be_downloaded():
    row = task_row.draw_task_row(DONE, NOON)
    assert 'max="11" value="11"' in row and 'href="/download/7"' in row and "Dubbed in 18 s" in row


def test_each_of_several_audio_files_is_offered_by_its_language_and_one_alone_as_the_download():
    several = replace(DONE, target_langs=("es", "ca"), output=Path("/films/voyage.es.mka"))
    row = task_row.draw_task_row(several, NOON)
    assert re.findall(r'href="(/download/[^"]+)"', row) == ["/download/7?language=es", "/download/7?language=ca"]
    assert "Download Spanish" in text(row) and "Download Catalan" in text(row) and 'aria-label="Download voyage.ca.mka"' in row
    one = task_row.draw_task_row(replace(several, target_langs=("es",)), NOON)
    assert re.findall(r'href="(/download/[^"]+)"', one) == ["/download/7"]


def test_only_a_finished_task_can_be_downloaded():
    assert not any("/download/" in task_row.draw_task_row(task, NOON) for task in (QUEUED, PROCESSING, FAILED))


@pytest.mark.parametrize(
    ("task", "offered"),
    [
        (QUEUED, ["cancel", "delete"]),
        (PROCESSING, ["cancel", "purge", "delete"]),
        (DONE, ["purge", "delete"]),
        (FAILED, ["retry", "purge", "delete"]),
    ],
)
def test_a_state_offers_what_it_allows(task, offered):
    assert buttons(task_row.draw_task_row(task, NOON)) == offered


def test_what_loses_something_asks_first():
    row = task_row.draw_task_row(FAILED, NOON)
    asking = {form: "data-ask" in attributes for form, attributes in re.findall(r'<form [^>]*data-action="(\w+)"([^>]*)>', row)}
    assert asking == {"retry": False, "purge": True, "delete": True}


def test_a_failed_task_says_why_and_where():
    row = task_row.draw_task_row(FAILED, NOON)
    assert "translate: nothing to say; check the subtitles" in row and "Failed during translation after 3.0 s" in row


@pytest.mark.parametrize("field", ["path", "error", "source_lang", "target_langs"])
def test_hostile_text_becomes_no_markup(field):
    value = {"path": Path("/films") / HOSTILE, "target_langs": (HOSTILE,)}.get(field, HOSTILE)
    row = task_row.draw_task_row(replace(FAILED, **{field: value}), NOON)
    assert "<img" not in row and 'onerror=alert(1)>"' not in row and "&lt;img" in row


def test_a_row_at_rest_stays_the_same_while_time_passes():
    later = NOON + timedelta(hours=1)
    assert all(task_row.draw_task_row(task, NOON) == task_row.draw_task_row(task, later) for task in (QUEUED, DONE, FAILED))
    assert task_row.draw_task_row(PROCESSING, NOON) != task_row.draw_task_row(PROCESSING, later)


def test_the_time_that_is_left_is_said_roughly_where_it_is_known():
    assert "about 4 min left" in task_row.draw_task_row(PROCESSING, NOON, remaining_s=251.0)
    assert "about 10 s of work" in task_row.draw_task_row(QUEUED, NOON, remaining_s=11.2)
    assert "left" not in text(task_row.draw_task_row(PROCESSING, NOON))


def test_a_name_leads_to_the_films_page():
    assert 'href="?task=7"' in task_row.draw_task_row(QUEUED, NOON)


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_names_and_errors_on_a_page_hold_no_control_characters(name):
    row = str(task_row.draw_task_row(replace(FAILED, path=Path("/films") / name, error=f"{name} is no film"), NOON))
    assert is_harmless(row.replace("\n", ""))
    assert name not in row
    assert row.encode()


def test_a_queued_task_tells_its_position() -> None:
    assert "Queued (#3) · about 10 s of work" in task_row.draw_task_row(QUEUED, NOON, remaining_s=11.2, position=3)


def test_an_untagged_film_says_that_its_language_is_being_detected() -> None:
    assert "Detecting language → Spanish, Catalan" in text(task_row.draw_task_row(replace(QUEUED, source_lang=None), NOON))


def test_a_dub_with_warnings_shows_their_number_in_the_list():
    assert ">2 warnings</span>" in task_row.draw_task_row(replace(DONE, warnings=2), NOON)
    assert "warning" not in task_row.draw_task_row(DONE, NOON)


@pytest.mark.parametrize(
    ("audio", "subtitles", "words"),
    [
        (2, None, "audio track 2 chosen"),
        (None, "none", "no subtitles, as chosen"),
        (1, "3", "audio track 1 chosen  ·  subtitle track 3 chosen"),
        (None, "/tv/<b>.es.srt", "&lt;b&gt;.es.srt chosen"),
    ],
)
def test_chosen_tracks_are_told(audio, subtitles, words):
    row = task_row.draw_task_row(replace(DONE, audio_track=audio, subtitle_track=subtitles), NOON)
    assert words in text(row)
