"""Options of vLLM: shares of cards, bounds on requests, autoscaling, and the environment of its replicas."""

import pytest
from language_models import SHARED_CARD, plan_of

from pipeline.errors import SettingsError
from serve.llm.vllm_options import build_ingress_options, build_llm_config
from serve.profile import LanguageModel
from serve.replica_profiles import Scaling


def test_a_share_of_a_card_is_the_bundle_and_vllms_memory_stays_within_it() -> None:
    config = build_llm_config(SHARED_CARD, python="/opt/llm/bin/python")
    assert config["placement_group_config"]["bundle_per_worker"] == {"CPU": 1, "GPU": 0.4}
    assert config["engine_kwargs"]["gpu_memory_utilization"] == 0.38
    assert config["engine_kwargs"]["tensor_parallel_size"] == 1
    assert config["deployment_config"]["ray_actor_options"] == {"num_cpus": 0}, "the replica works in its first bundle"


def test_a_share_that_is_smaller_than_the_memory_is_refused() -> None:
    with pytest.raises(ValueError, match="more of the card than num_gpus"):
        LanguageModel(model="owner/small", num_gpus=0.4, memory=0.5)


def test_several_cards_are_one_bundle_each_on_one_machine() -> None:
    config = build_llm_config(LanguageModel(model="owner/big", num_gpus=4), python="python")
    assert config["engine_kwargs"]["tensor_parallel_size"] == 4
    assert config["placement_group_config"] == {"bundle_per_worker": {"CPU": 1, "GPU": 1.0}, "strategy": "STRICT_PACK"}


def test_custom_resources_pin_every_bundle() -> None:
    model = SHARED_CARD.model_copy(update={"resources": {"big-card": 0.01}})
    assert build_llm_config(model, python="python")["placement_group_config"]["bundle_per_worker"]["big-card"] == 0.01


def test_an_idle_model_may_leave_its_card_while_its_ingress_stays() -> None:
    model = SHARED_CARD.model_copy(update={"scaling": Scaling(least=0, most=3, idle=60)})
    scaling = build_llm_config(model, python="python")["deployment_config"]["autoscaling_config"]
    assert (scaling["min_replicas"], scaling["max_replicas"]) == (0, 3)
    assert scaling["downscale_delay_s"] == scaling["downscale_to_zero_delay_s"] == 60
    assert build_ingress_options(plan_of(model))["num_replicas"] == 1


def test_requests_are_bounded_everywhere() -> None:
    model = SHARED_CARD.model_copy(update={"scaling": Scaling(least=1, most=2)})
    config = build_llm_config(model, python="python")
    assert config["deployment_config"]["max_ongoing_requests"] == config["engine_kwargs"]["max_num_seqs"] == 16
    assert 0 < config["deployment_config"]["autoscaling_config"]["target_ongoing_requests"] <= 16
    assert build_ingress_options(plan_of(model))["max_ongoing_requests"] == 64


def test_one_call_at_a_time_still_asks_for_a_whole_request() -> None:
    model = SHARED_CARD.model_copy(update={"calls": 1})
    assert build_llm_config(model, python="python")["deployment_config"]["autoscaling_config"]["target_ongoing_requests"] == 1.0


def test_further_options_reach_vllm_and_win_over_our_habits() -> None:
    model = SHARED_CARD.model_copy(update={"options": {"enforce_eager": True, "seed": 7}})
    arguments = build_llm_config(model, python="python")["engine_kwargs"]
    assert (arguments["enforce_eager"], arguments["seed"], arguments["max_model_len"]) == (True, 7, 8192)


@pytest.mark.parametrize(
    ("option", "instead"), [("gpu_memory_utilization", "memory"), ("tensor_parallel_size", "num_gpus"), ("revision", "revision")]
)
def test_an_option_that_the_profile_says_elsewhere_is_refused_with_its_name(option: str, instead: str) -> None:
    model = SHARED_CARD.model_copy(update={"options": {option: 1}})
    with pytest.raises(SettingsError, match=f"{option}.*say it by {instead}"):
        build_llm_config(model, python="python")


def test_every_replica_runs_in_the_other_environment_and_tells_nobody() -> None:
    plan = plan_of(python="/opt/my llm/bin/python")
    for environment in (
        build_llm_config(plan.language_model, python=plan.python)["runtime_env"],
        build_ingress_options(plan)["ray_actor_options"]["runtime_env"],
    ):
        assert environment["py_executable"] == "'/opt/my llm/bin/python'", "Ray hands it to a shell"
        assert environment["env_vars"]["VLLM_NO_USAGE_STATS"] == "1"
