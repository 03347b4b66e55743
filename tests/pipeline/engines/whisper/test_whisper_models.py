"""Which directory a model's name means."""

import pytest

from pipeline.engines.whisper.whisper_models import REQUIRED_FILES, fetch_whisper_folder
from pipeline.errors import ModelMissing
from pipeline.models.model_hub import Hub


def model_in(folder):
    folder.mkdir(parents=True)
    for name in REQUIRED_FILES:
        (folder / name).write_text(name)
    return folder


def found(model, folder):
    return fetch_whisper_folder(model, Hub(folder), engine="whisperx", revision=None)


def test_a_model_in_models_dir_is_found_by_its_short_name_its_repository_or_its_path(tmp_path):
    short, long = model_in(tmp_path / "large-v3"), model_in(tmp_path / "faster-whisper-large-v2")
    assert found("large-v3", tmp_path) == short
    assert found("large-v2", tmp_path) == found("Systran/faster-whisper-large-v2", tmp_path) == long
    assert found(str(long), None) == long


def test_an_unknown_model_is_named_with_the_setting_that_chooses_another(tmp_path):
    with pytest.raises(ModelMissing, match=r"there is no model 'larger' in .*; give TRANSCRIBER_MODEL a directory"):
        found("larger", tmp_path)


def test_a_directory_that_holds_something_else_is_refused_with_the_way_to_convert_it(tmp_path):
    (model_in(tmp_path / "whisper") / "model.bin").rename(tmp_path / "whisper" / "model.safetensors")
    with pytest.raises(ModelMissing, match=r"has no model\.bin\); convert it with ct2-transformers-converter"):
        found(str(tmp_path / "whisper"), None)
