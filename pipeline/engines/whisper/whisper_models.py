"""Whisper model folders, by their short names."""

from pathlib import Path
from typing import Any

from pipeline.engines.whisper.whisper_languages import whisper_code
from pipeline.errors import LanguageError, ModelMissing
from pipeline.models.model_hub import Hub

SETTING = "TRANSCRIBER_MODEL"
SYSTRAN = ["tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en", "large-v1", "large-v2", "large-v3"]
REPOSITORIES = {name: f"Systran/faster-whisper-{name}" for name in SYSTRAN} | {
    "large": "Systran/faster-whisper-large-v3",
    "large-v3-turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "turbo": "mobiuslabsgmbh/faster-whisper-large-v3-turbo",
    "distil-large-v3": "Systran/faster-distil-whisper-large-v3",
    "distil-large-v3.5": "distil-whisper/distil-large-v3.5-ct2",
}
AT_SET_UP = frozenset({"base"})  # what `./dubarr setup` puts on this machine, as whisper-base
NEEDED = ("config.json", "model.bin", "tokenizer.json")  # without the last, the library would ask the hub for one


def whisper_folder(model: str, hub: Hub, *, engine: str, revision: str | None) -> Path:
    """The directory of a CTranslate2 Whisper model by short name, owner/name or path. ModelMissing with the way out."""
    folder = hub.find_folder(model) or hub.find_folder(f"whisper-{model}") or _fetch_model(model, hub, engine=engine, revision=revision)
    if missing := [name for name in NEEDED if not (folder / name).is_file()]:
        raise ModelMissing(
            engine,
            f"{folder} is no Whisper model in CTranslate2's format (it has no {', '.join(missing)}); convert it with "
            f"ct2-transformers-converter --copy_files tokenizer.json preprocessor_config.json, or name another in {SETTING}",
        )
    return folder


def _fetch_model(model: str, hub: Hub, *, engine: str, revision: str | None) -> Path:
    """A model from the hub. ModelMissing tells of set-up for a model that it fetches."""
    try:
        return hub.fetch_folder(REPOSITORIES.get(model, model), engine=engine, setting=SETTING, revision=revision)
    except ModelMissing as error:
        if model not in AT_SET_UP:
            raise
        raise ModelMissing(
            engine, f"Whisper {model} is not on this machine; run ./dubarr setup, or name another in {SETTING}"
        ) from error


def require_known(language: str, model: Any) -> str:
    """Whisper's code of a language that a faster-whisper model knows. LanguageError where it never learned it."""
    code = whisper_code(language)
    if not model.model.is_multilingual and code != "en":
        raise LanguageError(f"this Whisper model understands English only, not {language!r}; name another in {SETTING}")
    if model.model.is_multilingual and model.hf_tokenizer.token_to_id(f"<|{code}|>") is None:
        raise LanguageError(f"this Whisper model never learned {language!r}; name a newer one in {SETTING}")
    return code
