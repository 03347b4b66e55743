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
    from_settings = {name: value for name, value in list_settings(settings).items() if value is not None and name in parameters}
    own_model = find_access(settings) if (role, engine) == ("translator", "llm") else {}
    return profile.options_of(engine) | own_model | from_settings


def list_settings(settings: Settings) -> dict[str, Any]:
    """List the settings for engines by the name of a constructor's parameter; None where unset."""
    return {
        "hub": Hub(settings.models_dir, settings.hf_token),
        "url": settings.llm_url,
        "api_key": settings.llm_api_key,
        "tos_agreed": settings.coqui_tos_agreed or None,
    }
