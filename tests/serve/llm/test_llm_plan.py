"""The language model that settings name, its plan, and the translator's access to it."""

from pathlib import Path

import pytest
from language_models import plan_of, settings_with

from serve.auth import llm_api_key
from serve.llm.llm_launcher import LlmLauncher
from serve.llm.llm_plan import Plan, find_access, find_language_model, make_plan


def test_a_plan_travels_as_json_and_does_not_show_its_token(tmp_path: Path) -> None:
    plan = plan_of(models_dir=tmp_path, token="hf_secret")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert "hf_secret" not in repr(plan)
    assert (plan.hub.folder, plan.hub.token) == (tmp_path, "hf_secret")


def test_the_profiles_model_is_wanted_and_the_translator_told_how_to_ask_it(tmp_path: Path, llm_known: None) -> None:
    settings = settings_with(tmp_path, port=8765)
    model = find_language_model(settings)
    assert model is not None
    assert (model.model, model.revision) == ("owner/small", "abc123")
    told = find_access(settings)
    assert told == {
        "url": "http://127.0.0.1:8765/llm/v1",
        "api_key": llm_api_key.load_llm_api_key(settings),
        "model": "owner/small",
    }
    assert make_plan(settings, model, python="python").digest == llm_api_key.digest_key(told["api_key"])


def test_translator_model_names_another_model_for_vllm_as_well(tmp_path: Path, llm_known: None) -> None:
    settings = settings_with(tmp_path, translator_model="other/model@def456")
    model = find_language_model(settings)
    assert model is not None
    assert (model.model, model.revision, model.num_gpus) == ("other/model", "def456", 0.4)
    assert find_access(settings)["model"] == "other/model"


@pytest.mark.parametrize("given", [{"llm_url": "http://elsewhere/v1"}, {"translator": "apertium"}])
def test_where_another_server_or_engine_translates_there_is_nothing_to_start(
    tmp_path: Path, llm_known: None, given: dict[str, str]
) -> None:
    settings = settings_with(tmp_path, **given)
    assert find_language_model(settings) is None
    assert find_access(settings) == {}
    assert LlmLauncher.for_settings(settings) is None
    assert not (tmp_path / "data" / "llm.key").exists()
