from dashboard.views import system
from pipeline.tasks import Health
from tests.support.dashboard import READY


def test_worker_and_engines_have_a_word_each():
    lights = system.lights(Health(worker_alive=False, engine_statuses={"whisper": "READY", "llm": "LOADING", "tts": "ERROR"}))
    for label, word in [
        ("Worker", "OFFLINE"),
        ("Recognition", "READY"),
        ("Speakers", "OFF"),
        ("Translation", "LOADING"),
        ("Voices", "ERROR"),
    ]:
        assert f"{label} <b>{word}</b>" in lights


def test_an_engine_we_know_no_name_for_shows_its_own():
    health = Health(worker_alive=True, engine_statuses=dict(READY.engine_statuses) | {"separator": "READY"})
    assert "separator <b>READY</b>" in system.lights(health)


def test_before_the_first_answer_we_say_that_we_connect():
    assert "CONNECTING" in system.lights(None)


def test_every_state_is_counted_and_a_missing_one_is_none():
    assert [
        f"<b>{n}</b> {word}" in system.queue({"QUEUED": 2, "ERROR": 1})
        for n, word in [(2, "waiting"), (0, "done"), (1, "failed")]
    ] == [True] * 3


def test_trouble_is_said_and_no_trouble_is_nothing():
    assert system.trouble(None) == ""
    assert "Reconnecting" in system.trouble("the service does not answer") and "&lt;b&gt;" in system.trouble("a <b>")
