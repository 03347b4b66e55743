"""Derived files: made once by an engine from verified weights, beside them (Kokoro's graphs with given durations)."""

import os
from importlib import import_module
from pathlib import Path

from pipeline.errors import ModelFetchError
from pipeline.models.catalogue import Model
from pipeline.models.folders import Folders
from pipeline.models.verification import record_derived

# Raised by a maker for weights that it cannot read, or libraries that are not installed.
DERIVATION_ERRORS = (ImportError, AttributeError, OSError, RuntimeError, LookupError, TypeError, ValueError)


def derive_files(model: Model, folder: Path, folders: Folders) -> None:
    """Make the derived files of a model with its maker, and record its version. ModelFetchError where it fails.

    The maker writes to temporary files and renames them, so that it may be killed at any moment.
    """
    assert model.derived
    names = ", ".join(model.derived.files)
    if not os.access(folder, os.W_OK):
        reason = f"{names} must be made in {folder}, which cannot be written to"
        raise ModelFetchError(model.name, reason, "make it writable for ./dubarr setup, or take it out of MODELS_DIR")
    module, _, function = model.derived.maker.partition(":")
    try:
        getattr(import_module(module), function)(folder)
    except DERIVATION_ERRORS as error:
        reason = f"{names} could not be made ({type(error).__name__}: {error})"
        raise ModelFetchError(model.name, reason, "run ./dubarr setup again; PROFILE=draft needs no models") from error
    if missing := [path for path in model.derived.files if not (folder / path).is_file()]:
        raise ModelFetchError(model.name, f"{model.derived.maker} did not make {missing[0]}", "this is a bug in Dubarr")
    record_derived(model, folder, folders)
