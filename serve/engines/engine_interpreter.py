"""Python interpreter of an engine whose libraries cannot live in the service's own environment.

Such an environment, `.venv-<name>`, lies over the service's: it holds the packages that differ, and finds all others there.
"""

import os
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_classes
from pipeline.errors import SettingsError
from pipeline.values.engine_requirements import EngineRequirements
from serve.profile import EngineProfile

SHIPPED_EXTRAS = frozenset({"", "embedded"})  # of engines whose libraries any of the environments can load


def find_environment_folder(name: str) -> Path:
    """Folder of an engine's environment: in DUBARR_<NAME>_VENV, else `.venv-<name>` beside the service's own."""
    named = os.environ.get(f"DUBARR_{name.upper()}_VENV")
    return Path(named).absolute() if named else Path(sys.prefix).parent / f".venv-{name}"


def find_interpreter(role: Role, profile: EngineProfile) -> str | None:
    """The interpreter of a role's replicas, quoted, for Ray hands it to a shell; None: the service's own.

    SettingsError for a list of engines that need different environments.
    """
    if profile.python:
        return profile.python
    required = list(_list_requirements(role, profile.engines))
    own = {each.environment for each in required if each.environment}
    if not own:
        return None
    if len(own) > 1 or any(not each.environment and each.extra not in SHIPPED_EXTRAS for each in required):
        raise SettingsError(
            role.upper(), profile.engine, "their libraries need different versions of the same packages; name one of them"
        )
    return shlex.quote(str(find_environment_folder(own.pop()) / "bin" / "python"))


def _list_requirements(role: Role, names: Iterable[str]) -> Iterable[EngineRequirements]:
    found = (getattr(engine_classes.find_class(role, name), "requirements", None) for name in names)
    return (each for each in found if each is not None)
