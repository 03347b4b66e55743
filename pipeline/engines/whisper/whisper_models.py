"""Whisper models: short names, model folders and their required files."""

from pathlib import Path
from typing import Any

from pipeline.engines.whisper.whisper_languages import to_whisper_code
from pipeline.errors import LanguageError, ModelMissing
from pipeline.models.model_hub import Hub

SETTING = "TRANSCRIBER_MODEL"
SYSTRAN_MODELS = [
    "tiny",
    "tiny.en",
    "base",
    "base.en",
    "small",
    "small.en",
    "medium",
    "medium.en",
    "large-v1",
    "large-v2",
    "large-v3",
]
REPOSITORIES = {name: f"Systran/faster-whisper-{name}" for name in SYSTRAN_MODELS} | {
    "large": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
}
SETUP_MODELS = frozenset({"base"})  # fetched by `./dubarr setup`, as whisper-base
REQUIRED_FILES = ("config.json", "model.bin", "tokenizer.json")  # without the last, the library would fetch one from the hub


def fetch_whisper_folder(model: str, hub: Hub, *, engine: str, revision: str | None) -> Path:
    """Fetch the folder of a CTranslate2 Whisper model by short name, owner/name or path. ModelMissing with advice."""
    folder = (
        hub.find_folder(model)
        or hub.find_folder(f"whisper-{model}")
        or _fetch_model(model, hub, engine=engine, revision=revision)
    )
    if missing := [name for name in REQUIRED_FILES if not (folder / name).is_file()]:
        raise ModelMissing(
            engine,
            f"{folder} is no Whisper model in CTranslate2's format (it has no {', '.join(missing)}); convert it with "
            f"ct2-transformers-converter --copy_files tokenizer.json preprocessor_config.json, or name another in {SETTING}",
        )
    return folder


def _fetch_model(model: str, hub: Hub, *, engine: str, revision: str | None) -> Path:
    """Fetch a model from the hub. ModelMissing advises set-up for the models that it fetches."""
    try:
        return hub.fetch_folder(REPOSITORIES.get(model, model), engine=engine, setting=SETTING, revision=revision)
    except ModelMissing as error:
        if model not in SETUP_MODELS:
            raise
        raise ModelMissing(
            engine, f"Whisper {model} is not on this machine; run ./dubarr setup, or name another in {SETTING}"
        ) from error


def require_language_code(language: str, model: Any) -> str:
    """Require a language of a faster-whisper model, and return Whisper's code for it. LanguageError if it is not supported."""
    code = to_whisper_code(language)
    if not model.model.is_multilingual and code != "en":
        raise LanguageError(f"this Whisper model understands English only, not {language!r}; name another in {SETTING}")
    if model.model.is_multilingual and model.hf_tokenizer.token_to_id(f"<|{code}|>") is None:
        raise LanguageError(f"this Whisper model never learned {language!r}; name a newer one in {SETTING}")
    return code
