from dashboard.views import status_badges
from pipeline.values.tasks import Health
from tests.support.dashboard import READY


def test_worker_and_engines_have_a_word_each():
    shown = status_badges.draw_status_badges(
        Health(worker_alive=False, engine_statuses={"whisper": "READY", "llm": "LOADING", "tts": "ERROR"})
    )
    for label, word in [
        ("Worker", "OFFLINE"),
        ("Speech recognition", "READY"),
        ("Speaker diarization", "OFF"),
        ("Translation", "LOADING"),
        ("Speech synthesis", "ERROR"),
    ]:
        assert f"{label} <b>{word}</b>" in shown


def test_a_separator_has_a_badge_only_where_there_is_one():
    health = Health(worker_alive=True, engine_statuses=dict(READY.engine_statuses) | {"separation": "READY"})
    assert "Source separation <b>READY</b>" in status_badges.draw_status_badges(health)
    assert "Source separation" not in status_badges.draw_status_badges(READY)


def test_an_aligner_has_a_badge_only_where_there_is_one():
    health = Health(worker_alive=True, engine_statuses=dict(READY.engine_statuses) | {"alignment": "READY"})
    assert "Forced alignment <b>READY</b>" in status_badges.draw_status_badges(health)
    assert "Forced alignment" not in status_badges.draw_status_badges(READY)


def test_an_engine_we_know_no_name_for_shows_its_own():
    health = Health(worker_alive=True, engine_statuses=dict(READY.engine_statuses) | {"lipsync": "READY"})
    assert "lipsync <b>READY</b>" in status_badges.draw_status_badges(health)


def test_before_the_first_answer_we_say_that_we_connect():
    assert "CONNECTING" in status_badges.draw_status_badges(None)


def test_trouble_is_said_and_no_trouble_is_nothing():
    assert status_badges.draw_connection_error(None) == ""
    assert "Reconnecting" in status_badges.draw_connection_error(
        "the service does not answer"
    ) and "&lt;b&gt;" in status_badges.draw_connection_error("a <b>")
