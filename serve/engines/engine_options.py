"""What an engine is built with: the profile's options, and of the settings those that its constructor asks for."""

import inspect
from typing import Any

from pipeline.engines import registry
from pipeline.engines.protocols import Role
from pipeline.models.model_hub import Hub
from pipeline.settings import Settings
from serve.llm.language_model import access
from serve.profile import EngineProfile


def options_for(settings: Settings, role: Role, profile: EngineProfile) -> dict[str, Any]:
    """The keyword arguments of a role's engine; of a list, those of each by its name. What the settings say wins over the profile."""
    if len(profile.engines) == 1:
        return _options_of(settings, role, profile, profile.engine)
    return {name: _options_of(settings, role, profile, name) for name in profile.engines}


def _options_of(settings: Settings, role: Role, profile: EngineProfile, engine: str) -> dict[str, Any]:
    asked = inspect.signature(registry.engine_class(role, engine)).parameters
    offered = {name: value for name, value in offer(settings).items() if value is not None and name in asked}
    own_model = access(settings) if (role, engine) == ("translator", "llm") else {}
    return profile.options_of(engine) | own_model | offered


def offer(settings: Settings) -> dict[str, Any]:
    """What the settings have for engines, by the names of their constructors' parameters; None where they say nothing."""
    return {
        "hub": Hub(settings.models_dir, settings.hf_token),
        "url": settings.llm_url,
        "api_key": settings.llm_api_key,
        "tos_agreed": settings.coqui_tos_agreed or None,
    }
