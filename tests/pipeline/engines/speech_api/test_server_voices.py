"""Voices as speech servers list them, and as a setting names them."""

import pytest

from pipeline.engines.speech_api.server_voices import ServerVoice, parse_configured_voices, parse_listed_voices
from pipeline.errors import EngineError
from pipeline.values.timeline import Register

LOW, HIGH = Register.LOW, Register.HIGH


@pytest.mark.parametrize(
    ("listed", "voices"),
    [
        ({"voices": ["ef_dora", "bm_george"]}, [("ef_dora", HIGH, {"es"}), ("bm_george", LOW, {"en"})]),  # Kokoro-FastAPI
        ({"voices": [{"id": "em_alex", "name": "em_alex"}]}, [("em_alex", LOW, {"es"})]),
        ({"voices": ["vivian", "ryan"], "uploaded_voices": []}, [("vivian", None, set()), ("ryan", None, set())]),  # vLLM-Omni
        ([{"voice_id": "x", "gender": "Female", "language": "pt-BR"}], [("x", HIGH, {"pt"})]),
        ({"data": [{"name": "onyx"}, {"name": "onyx"}, {"name": ""}, 7, {"name": "a\nb"}]}, [("onyx", LOW, set())]),
        ({"voices": {"nova": {"languages": ["en", "nonsense!"]}}}, [("nova", HIGH, {"en"})]),
        ({"error": "no"}, []),
        (None, []),
    ],
)
def test_a_list_is_read_in_any_of_its_shapes(listed: object, voices: list) -> None:
    assert [(each.name, each.register, set(each.languages)) for each in parse_listed_voices(listed)] == voices


def test_a_setting_names_voices_and_their_register() -> None:
    assert parse_configured_voices(["luz:high", "am_adam", "a:b", "x:low"]) == (
        ServerVoice("luz", HIGH), ServerVoice("am_adam", LOW, frozenset({"en"})), ServerVoice("a:b"), ServerVoice("x", LOW),
    )  # fmt: skip
    with pytest.raises(EngineError, match="SPEECH_API_VOICES"):
        parse_configured_voices(["x" * 300])


def test_a_voice_speaks_the_languages_that_are_known_of_it_or_any() -> None:
    assert ServerVoice("x").can_speak("es") and ServerVoice("x", None, frozenset({"es"})).can_speak("es-MX")
    assert not ServerVoice("x", None, frozenset({"es"})).can_speak("fr")
