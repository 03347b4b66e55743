"""Engine options: a constructor's keyword arguments, from the profile's options and from those settings that it takes."""

import inspect
from typing import Any

from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_classes
from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from serve.llm.llm_plan import find_access
from serve.profile import EngineProfile


def find_options(settings: Settings, role: Role, profile: EngineProfile) -> dict[str, Any]:
    """Find the keyword arguments of a role's engine; of a list, those of each by its name. Settings win over the profile."""
    if len(profile.engines) == 1:
        return _build_options(settings, role, profile, profile.engine)
    return {name: _build_options(settings, role, profile, name) for name in profile.engines}


def _build_options(settings: Settings, role: Role, profile: EngineProfile, engine: str) -> dict[str, Any]:
    parameters = inspect.signature(engine_classes.find_class(role, engine)).parameters
    from_settings = {
        name: value for name, value in list_settings(settings, role).items() if value is not None and name in parameters
    }
    own_model = find_access(settings) if (role, engine) == ("translator", "llm") else {}
    return profile.options_of(engine) | own_model | from_settings


def list_settings(settings: Settings, role: Role) -> dict[str, Any]:
    """List the settings for a role's engines by the name of a constructor's parameter; None where unset."""
    url, api_key = _find_server(settings, role)
    return {
        "hub": Hub(settings.models_dir, settings.hf_token),
        "url": url,
        "api_key": api_key,
        "voices": settings.speech_api_voices or None,
        "tos_agreed": settings.coqui_tos_agreed or None,
    }


def _find_server(settings: Settings, role: Role) -> tuple[str | None, str | None]:
    """Find the URL and key of the server that a role's engines ask; None where unset."""
    match role:
        case "synthesizer":
            return settings.speech_api_url, settings.speech_api_key
        case "transcriber":
            return settings.transcription_api_url, settings.transcription_api_key
        case _:
            return settings.llm_url, settings.llm_api_key
