"""Profiles and plans of a language model beside the service."""

from pathlib import Path
from typing import Any

from pipeline.settings import Settings
from serve.llm.llm_plan import Plan
from serve.profile import LanguageModel

SHARED_CARD = LanguageModel(model="owner/small", revision="abc123", num_gpus=0.4, memory=0.38, calls=16)
PROFILE = """
transcriber: {engine: pocketsphinx}
diarizer: {engine: ge2e}
translator: {engine: %s}
synthesizer: {engine: espeak}
language_model: {model: owner/small, revision: abc123, num_gpus: 0.4, memory: 0.38}
"""


def settings_with(folder: Path, translator: str = "llm", **given: Any) -> Settings:
    """Settings whose profile has a language model, in a folder of their own."""
    profile = folder / "profile.yaml"
    profile.write_text(PROFILE % translator)
    given = {"data_dir": folder / "data", "logs_dir": folder / "logs", **given}
    return Settings(profile=str(profile), **given)


def plan_of(model: LanguageModel = SHARED_CARD, **given: Any) -> Plan:
    return Plan(**{"language_model": model, "digest": "0" * 64, "python": "/opt/llm/bin/python", **given})
