"""First run: the setup is offered until something was set, a film was queued, or a person dismissed it for good."""

from pathlib import Path

from serve.configuration.setting_catalog import ValueKind, list_descriptions
from serve.configuration.settings_source import SettingsSource

DISMISSED_NAME = "setup-dismissed"  # file in DATA_DIR


def is_setup_offered(source: SettingsSource, data_dir: Path, *, tasks: int) -> bool:
    """True where the setup is offered. `tasks`: their number."""
    if tasks or (data_dir / DISMISSED_NAME).exists():
        return False
    edited = {each.name for each in list_descriptions() if each.kind is not ValueKind.FIXED}
    return edited.isdisjoint(source.read_texts())


def dismiss_setup(data_dir: Path) -> None:
    """Offer the setup no more."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / DISMISSED_NAME).touch()
