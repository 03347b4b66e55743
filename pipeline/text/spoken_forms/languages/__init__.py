"""Spoken forms by language, built when first used."""

from functools import lru_cache
from importlib import import_module

from pipeline.text.spoken_forms.forms import SpokenForms

MODULES = {"en": "english", "es": "spanish", "fr": "french", "it": "italian", "pt": "portuguese", "ca": "catalan"}


@lru_cache(maxsize=16)
def find_forms(language: str) -> SpokenForms | None:
    """The spoken forms of a BCP 47 language (`es-MX` has those of `es`, but for its own), None where there are none."""
    name = MODULES.get(language.split("-", maxsplit=1)[0])
    if name is None:
        return None
    forms: SpokenForms = import_module(f"pipeline.text.spoken_forms.languages.{name}").build_forms(language)
    return forms
