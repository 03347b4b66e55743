from dataclasses import replace

from dashboard.urls import SystemRoute
from dashboard.view_models import PageModel, SystemModel
from dashboard.views.system_page import draw_disk_usage, draw_system_page
from pipeline.values.monitoring.outbox import OutboxStatus, Receiver
from pipeline.values.service_status import Failure, FinishedFilm
from tests.support.dashboard import NOON, READY, SYSTEM

HOSTILE = "<img src=x>"
WHOLE = SystemRoute()


def drawn(place=WHOLE, **changes):
    shown = SystemModel(replace(SYSTEM, **changes), ("a line",))
    return draw_system_page(PageModel(NOON, place, health=READY, content=shown), place)


def test_every_engine_has_its_state_its_replicas_its_share_and_its_queue():
    html = drawn().html()
    for part in ("pocketsphinx", "<b>LOADING</b>", "0 of 1, 1 starting", "the card is full; free it", "0.25", ">3<"):
        assert part in html


def test_without_a_finished_film_a_sentence_stands_where_plots_would():
    html = drawn().html()
    assert "No finished dubs yet" in html and "data-figure" not in html


def test_finished_films_are_summed_up_and_plotted():
    html = drawn(finished=(FinishedFilm(1, NOON, 60.0, 30.0, 2), FinishedFilm(2, NOON, 60.0, 12.0, 1))).html()
    assert "2 videos" in html and "3 min of dubbed video" in html and 'data-figure="figures/throughput?' in html


def test_what_failed_says_why_and_leads_there():
    drawing = drawn(failures=(Failure(3, HOSTILE, NOON, "mux: the disk is full; free some", survived=True),))
    html = drawing.html()
    assert 'href="?task=3"' in html and "the disk is full; free some" in html and "resolved by a later attempt" in html
    assert "<img" not in html
    assert "No recent errors." in drawn().html()


def test_messages_that_could_not_be_delivered_are_shown():
    waiting = OutboxStatus({Receiver.PLEX: 2}, NOON, f"Plex: {HOSTILE}").describe_trouble()
    html = drawn(deliveries=waiting).html()
    assert "2 messages wait for delivery to other applications; the last that failed: Plex: " in html and "<img" not in html
    assert OutboxStatus({Receiver.PLEX: 1}, NOON).describe_trouble() is None


def test_a_full_disk_says_what_to_do():
    use = replace(SYSTEM.disk, free=1_000_000_000, trouble="little is free; delete dubs")
    assert "little is free; delete dubs" in draw_disk_usage(use) and "1.0 GB free of 100 GB" in draw_disk_usage(use)


def test_the_check_of_cached_files_is_told_as_text():
    use = replace(SYSTEM.disk, cache_check="Checked on 2026-01-02: 1 faulty; the first: <b>.flac")
    assert "the first: &lt;b&gt;.flac" in draw_disk_usage(use)


def test_the_chosen_level_is_marked():
    assert 'href="?page=system&amp;level=ERROR" data-go aria-current="true"' in drawn(SystemRoute(level="ERROR")).html()


def test_before_the_first_answer_nothing_is_claimed():
    assert "Loading" in draw_system_page(PageModel(NOON, SystemRoute()), SystemRoute()).html()
