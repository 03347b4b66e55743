"""What engines are built with: what their constructors ask for, and no more."""

from pathlib import Path

from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from serve.engines.engine_options import find_options
from serve.profile import EngineProfile

DRAFT = Settings(profile="draft")
SETTINGS = Settings(
    profile="draft",
    models_dir=Path("/models"),
    hf_token="hf_x",
    coqui_tos_agreed=True,
    llm_url="http://llm:1/v1",
    llm_api_key="k",
)


def test_an_engine_that_asks_for_nothing_gets_nothing() -> None:
    assert find_options(SETTINGS, "synthesizer", EngineProfile(engine="espeak")) == {}


def test_an_engine_with_a_model_gets_the_hub_and_its_licence_the_consent() -> None:
    options = find_options(SETTINGS, "synthesizer", EngineProfile(engine="xtts", options={"model": "mine"}))
    assert options == {"hub": Hub(Path("/models"), "hf_x"), "tos_agreed": True, "model": "mine"}


def test_the_settings_win_over_the_profile() -> None:
    share = EngineProfile(engine="llm", options={"url": "http://other:2/v1", "reflect": True})
    assert find_options(SETTINGS, "translator", share) == {"url": "http://llm:1/v1", "api_key": "k", "reflect": True}


def test_what_the_settings_leave_open_is_the_profiles() -> None:
    share = EngineProfile(engine="llm", options={"url": "http://other:2/v1"})
    assert find_options(DRAFT, "translator", share) == {"url": "http://other:2/v1"}


def test_what_both_leave_open_is_the_engines_own_default() -> None:
    assert "url" not in find_options(DRAFT, "translator", EngineProfile(engine="llm"))


def test_a_token_is_never_shown() -> None:
    assert "hf_x" not in repr(find_options(SETTINGS, "synthesizer", EngineProfile(engine="xtts")))


def test_every_engine_of_a_list_gets_its_own() -> None:
    share = EngineProfile(engine="xtts, espeak", options={"xtts": {"model": "mine"}})
    assert find_options(SETTINGS, "synthesizer", share) == {
        "xtts": {"hub": Hub(Path("/models"), "hf_x"), "tos_agreed": True, "model": "mine"},
        "espeak": {},
    }
    share = EngineProfile(engine="llm, apertium", options={"llm": {"reflect": True}})
    assert find_options(SETTINGS, "translator", share) == {
        "llm": {"url": "http://llm:1/v1", "api_key": "k", "reflect": True},
        "apertium": {},
    }


def test_each_role_has_a_server_and_a_key_of_its_own() -> None:
    servers = Settings(
        llm_url="http://llm/v1", llm_api_key="k1", speech_api_url="http://speech/v1", speech_api_key="k2",
        speech_api_voices=("ana:high", "juan"), transcription_api_url="http://asr/v1", transcription_api_key="k3",
    )  # fmt: skip
    assert find_options(servers, "synthesizer", EngineProfile(engine="speech-api")) == {
        "hub": Hub(), "url": "http://speech/v1", "api_key": "k2", "voices": ("ana:high", "juan"),
    }  # fmt: skip
    assert find_options(servers, "transcriber", EngineProfile(engine="transcription-api")) == {
        "hub": Hub(),
        "url": "http://asr/v1",
        "api_key": "k3",
    }
    assert find_options(servers, "translator", EngineProfile(engine="llm")) == {"url": "http://llm/v1", "api_key": "k1"}
