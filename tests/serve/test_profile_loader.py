"""Profiles: those that ship, and what is refused before anything starts."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.engines.registry import engine_classes
from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve import profile_loader
from serve.profile import EngineProfile
from serve.profile_loader import PROFILES_FOLDER

SHIPPED = sorted(path.stem for path in PROFILES_FOLDER.glob("*.yaml"))

PLAIN = """
transcriber: {engine: pocketsphinx, replicas: 2}
diarizer: {engine: ge2e}
translator: {engine: apertium}
synthesizer: {engine: espeak, calls: 4}
"""


def written(folder: Path, text: str) -> Settings:
    """Settings that name a profile of this text."""
    path = folder / "own.yaml"
    path.write_text(text)
    return Settings(profile=str(path))


def test_the_default_profile_is_among_those_that_ship() -> None:
    assert Settings().profile in SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_loads_and_names_engines_that_there_are(name: str) -> None:
    profile = profile_loader.load_profile(Settings(profile=name))
    assert profile.roles()
    for role, share in profile.roles().items():
        assert set(share.engines) <= set(engine_classes.engine_names(role)), role


@pytest.mark.parametrize("name", ["embedded", "draft"])
def test_a_profile_for_any_machine_fits_on_two_cores_and_needs_no_gpu(name: str) -> None:
    profile = profile_loader.load_profile(Settings(profile=name))
    shares = profile.roles().values()
    assert sum(share.num_cpus * share.replicas for share in shares) + profile.worker.num_cpus <= 1.9  # the ingress has 0.1
    assert {share.num_gpus for share in shares} == {0.0}


def test_a_profile_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    profile = profile_loader.load_profile(written(tmp_path, PLAIN))
    assert (profile.transcriber.replicas, profile.synthesizer.calls, profile.separator) == (2, 4, None)


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match="PROFILE='embeded'.*embedded"):
        profile_loader.load_profile(Settings(profile="embeded"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (PLAIN + "transcribr: {engine: pocketsphinx}\n", "transcribr"),
        (PLAIN.replace("replicas: 2", "replica: 2"), "transcriber.replica"),
        (PLAIN.replace("replicas: 2", "replicas: 0"), "transcriber.replicas"),
        (PLAIN + "worker: {num_gpus: 1}\n", "worker.num_gpus"),
        (PLAIN.replace("diarizer: {engine: ge2e}", ""), "diarizer"),
        ("transcriber: [", "own.yaml"),
        ("", "own.yaml"),
    ],
    ids=["role", "key", "none of it", "worker", "missing", "no yaml", "empty"],
)
def test_a_profile_with_a_slip_is_refused_by_its_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        profile_loader.load_profile(written(tmp_path, text))
    assert named in str(refused.value)


def test_an_engine_of_the_settings_takes_the_place_of_the_profiles_with_its_own_usual_share(tmp_path: Path) -> None:
    text = PLAIN.replace("{engine: espeak, calls: 4}", "{engine: other, calls: 99, num_gpus: 1}")
    profile = profile_loader.load_profile(replace(written(tmp_path, text), synthesizer="espeak"))
    assert profile.synthesizer == profile_loader.read_profile("draft").synthesizer


def test_a_production_engine_gets_a_part_of_the_card_where_there_is_one() -> None:
    with_card, without = (
        profile_loader.find_default_share("transcriber", "whisperx", has_gpu=has_gpu) for has_gpu in (True, False)
    )
    assert with_card == profile_loader.read_profile("gpu-24g").transcriber and with_card.num_gpus > 0
    assert without == profile_loader.read_profile("cpu-models").transcriber and without.num_gpus == 0


def test_an_engine_that_no_shipped_profile_knows_gets_a_plain_share() -> None:
    assert profile_loader.find_default_share("synthesizer", "mine:Voice", has_gpu=True) == EngineProfile(engine="mine:Voice")


def test_an_engine_of_ours_that_no_shipped_profile_has_takes_what_it_needs_of_a_card_beside_the_others() -> None:
    share = profile_loader.find_default_share("synthesizer", "omnivoice", has_gpu=True)
    assert 0.16 < share.num_gpus < 0.2 and share.scaling and share.scaling.least == 0
    assert profile_loader.find_default_share("synthesizer", "omnivoice", has_gpu=False).num_gpus == 0.0
    for name in ("gpu-24g", "gpu-80g"):
        profile = profile_loader.read_profile(name)
        assert profile.language_model
        others = sum(each.num_gpus * each.most for role, each in profile.roles().items() if role != "synthesizer")
        assert others + profile.language_model.num_gpus + share.num_gpus <= 1.0
        assert others + profile.language_model.num_gpus + profile.synthesizer.num_gpus * profile.synthesizer.most <= 1.0


@pytest.mark.parametrize("synthesizer", ["omnivoice", "omnivoice,espeak"])
@pytest.mark.parametrize("name", ["gpu-24g", "gpu-80g", "multi-gpu", "cluster"])
def test_in_a_profile_for_cards_an_engine_gets_the_part_and_the_scaling_of_the_one_that_it_replaces(
    name: str, synthesizer: str
) -> None:
    """OmniVoice takes as much memory as XTTS. No card is needed here: such a profile is also read on a cluster's head."""
    shipped, chosen = (profile_loader.load_profile(Settings(profile=name, synthesizer=each)) for each in (None, synthesizer))
    own, before = chosen.synthesizer, shipped.synthesizer
    assert (own.num_gpus, own.scaling, own.resources) == (before.num_gpus, before.scaling, before.resources)
    assert before.num_gpus and own.engines[0] == "omnivoice" and own.options == {}
    assert chosen.gpus == shipped.gpus


def test_the_interpreter_of_the_engine_that_is_replaced_is_not_taken_over(tmp_path: Path) -> None:
    text = PLAIN.replace("{engine: espeak, calls: 4}", "{engine: xtts, num_gpus: 0.1, calls: 2, python: /other/python}")
    share = profile_loader.load_profile(replace(written(tmp_path, text), synthesizer="omnivoice")).synthesizer
    assert (share.engine, share.num_gpus, share.calls, share.python) == ("omnivoice", 0.1, 2, None)


def test_an_engine_in_the_place_of_one_whose_memory_is_not_known_takes_what_it_needs_itself() -> None:
    mine = EngineProfile(engine="mine:Voice", num_gpus=0.5)
    alone, replacing = (
        profile_loader.find_default_share("synthesizer", "omnivoice", has_gpu=True, replaced=each) for each in (None, mine)
    )
    assert replacing == alone


@pytest.mark.parametrize(
    ("name", "gpus"), [("gpu-24g", 0.0), ("gpu-80g", 0.1), ("multi-gpu", 0.3), ("embedded", 0.0), ("draft", 0.0)]
)
def test_a_separator_of_another_model_has_the_part_and_the_time_of_the_one_that_it_replaces(name: str, gpus: float) -> None:
    share = profile_loader.load_profile(Settings(profile=name, separator="audio-separator")).separator
    assert share is not None and share.num_gpus == gpus
    assert share.limit == (3_600.0 if gpus else 14_400.0), "a film is one call"
    assert share.options == ({} if gpus else {"device": "cpu"})


def test_models_are_named_by_settings_with_their_revision() -> None:
    settings = Settings(
        transcriber="whisperx", transcriber_model="large-v3@abc123", synthesizer="xtts", synthesizer_model="/my/xtts"
    )
    profile = profile_loader.load_profile(settings)
    assert (profile.transcriber.options["model"], profile.transcriber.options["revision"]) == ("large-v3", "abc123")
    assert profile.synthesizer.options["model"] == "/my/xtts" and "revision" not in profile.synthesizer.options


def test_a_server_of_ones_own_takes_the_place_of_the_profiles_language_model() -> None:
    assert profile_loader.load_profile(Settings(profile="gpu-24g")).language_model is not None
    assert profile_loader.load_profile(Settings(profile="gpu-24g", llm_url="http://127.0.0.1:11434/v1")).language_model is None
    assert profile_loader.load_profile(Settings(profile="gpu-24g", translator="apertium")).language_model is None


@pytest.mark.parametrize(
    "slip",
    [
        "synthesizer: {engine: espeak, scaling: {least: 3, most: 1}}",
        "language_model: {model: m, num_gpus: 0.4, memory: 0.5}",
        "language_model: {model: m, num_gpus: 1.5}",
    ],
)
def test_shares_that_contradict_each_other_are_refused(tmp_path: Path, slip: str) -> None:
    lines = [line for line in PLAIN.splitlines() if not line.startswith(slip.partition(":")[0])]
    with pytest.raises(SettingsError, match="own.yaml"):
        profile_loader.load_profile(written(tmp_path, "\n".join([*lines, slip])))


def test_an_engine_of_the_settings_that_the_profile_has_anyway_keeps_its_share(tmp_path: Path) -> None:
    assert profile_loader.load_profile(replace(written(tmp_path, PLAIN), synthesizer="espeak")).synthesizer.calls == 4


def test_an_aligner_is_added_and_left_out_by_the_settings(tmp_path: Path) -> None:
    assert profile_loader.load_profile(written(tmp_path, PLAIN)).engine("aligner") == "none"
    added = profile_loader.load_profile(replace(written(tmp_path, PLAIN), aligner="pocketsphinx-align"))
    assert added.roles()["aligner"].engine == "pocketsphinx-align"
    aligning = PLAIN + "aligner: {engine: wav2vec2, options: {device: cpu}}\n"
    assert profile_loader.load_profile(replace(written(tmp_path, aligning), aligner="none")).aligner is None
    model = profile_loader.load_profile(replace(written(tmp_path, aligning), aligner_model="mine@abc")).roles()["aligner"]
    assert model.options == {"device": "cpu", "model": "mine", "revision": "abc"}
    with pytest.raises(SettingsError, match="ALIGNER='pocket'.*pocketsphinx-align, qwen3, wav2vec2"):
        profile_loader.load_profile(replace(written(tmp_path, PLAIN), aligner="pocket"))
    with pytest.raises(SettingsError, match="an aligner is one engine"):
        profile_loader.load_profile(replace(written(tmp_path, PLAIN), aligner="pocketsphinx-align,wav2vec2"))


def test_the_separator_can_be_left_out(tmp_path: Path) -> None:
    separating = PLAIN + "separator: {engine: demucs, num_gpus: 0.2}\n"
    profile = profile_loader.load_profile(replace(written(tmp_path, separating), separator="none"))
    assert (profile.separator, profile.engine("separator")) == (None, "none")
    assert "separator" not in profile.roles()


@pytest.mark.parametrize("role", ["transcriber", "diarizer", "translator", "synthesizer"])
def test_no_other_role_can_be_left_out(role: str) -> None:
    with pytest.raises(SettingsError, match=f"{role.upper()}='none'"):
        profile_loader.load_profile(replace(Settings(), **{role: "none"}))


def test_a_misspelt_engine_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SYNTHESIZER='espaek'.*espeak"):
        profile_loader.load_profile(Settings(synthesizer="espaek"))
    with pytest.raises(SettingsError, match="DIARIZER='ge2'.*ge2e"):
        profile_loader.load_profile(written(tmp_path, PLAIN.replace("ge2e", "ge2")))


LISTED = PLAIN.replace("{engine: espeak, calls: 4}", "{engine: [xtts, espeak], options: {xtts: {device: cpu}}, calls: 2}")


def test_a_role_may_be_just_its_engines_in_order(tmp_path: Path) -> None:
    profile = profile_loader.load_profile(written(tmp_path, PLAIN.replace("{engine: espeak, calls: 4}", "[xtts, espeak]")))
    assert (profile.synthesizer.engine, profile.engines("synthesizer")) == ("xtts, espeak", ("xtts", "espeak"))
    alone = profile_loader.load_profile(written(tmp_path, PLAIN.replace("{engine: espeak, calls: 4}", "espeak")))
    assert alone.synthesizer == EngineProfile(engine="espeak")


def test_the_options_of_a_list_are_by_engine(tmp_path: Path) -> None:
    share = profile_loader.load_profile(written(tmp_path, LISTED)).synthesizer
    assert (share.options_of("xtts"), share.options_of("espeak")) == ({"device": "cpu"}, {})
    for slip, sentence in (
        ("options: {device: cpu}", "'device' is none of xtts, espeak"),
        ("options: {xtts: 1}", "must be a mapping"),
    ):
        with pytest.raises(SettingsError, match=sentence):
            profile_loader.load_profile(written(tmp_path, LISTED.replace("options: {xtts: {device: cpu}}", slip)))


def test_a_list_of_the_settings_takes_the_place_of_the_profiles_engine_with_room_for_all_of_it() -> None:
    share = profile_loader.load_profile(Settings(profile="draft", translator="llm,apertium")).translator
    llm, apertium = (profile_loader.find_default_share("translator", name, has_gpu=False) for name in ("llm", "apertium"))
    assert share.engine == "llm, apertium" and share.calls == min(llm.calls, apertium.calls)
    assert share.limit == llm.limit + apertium.limit and share.options_of("llm") == llm.options
    card = profile_loader.find_default_share("synthesizer", "xtts, espeak", has_gpu=True)
    assert card.num_gpus == profile_loader.read_profile("gpu-24g").synthesizer.num_gpus and card.scaling is not None


def test_the_list_that_the_profile_has_anyway_keeps_its_share_however_it_is_written(tmp_path: Path) -> None:
    settings = written(tmp_path, LISTED)
    for text in ("xtts,espeak", " xtts , espeak "):
        assert profile_loader.load_profile(replace(settings, synthesizer=text)) == profile_loader.load_profile(settings)


def test_the_model_of_the_settings_goes_to_the_first_engine_of_a_list_that_takes_one(tmp_path: Path) -> None:
    settings = written(tmp_path, LISTED)
    share = profile_loader.load_profile(replace(settings, synthesizer="espeak, xtts", synthesizer_model="mine@abc")).synthesizer
    assert share.options_of("xtts")["model"] == "mine" and share.options_of("xtts")["revision"] == "abc"
    assert share.options_of("espeak") == {}
    kept = profile_loader.load_profile(replace(settings, synthesizer_model="mine")).synthesizer
    assert kept.options_of("xtts") == {"device": "cpu", "model": "mine"}
    with pytest.raises(SettingsError, match="SYNTHESIZER_MODEL='mine'.*none of espeak, my_engines:Flite takes a model"):
        profile_loader.load_profile(replace(settings, synthesizer="espeak, my_engines:Flite", synthesizer_model="mine"))


def test_a_role_that_works_on_the_whole_film_takes_no_list(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="a diarizer is one engine"):
        profile_loader.load_profile(written(tmp_path, PLAIN.replace("{engine: ge2e}", "[ge2e, pyannote]")))


def test_engines_of_different_environments_share_no_replica() -> None:
    with pytest.raises(SettingsError, match="live in different environments"):
        profile_loader.join_shares([EngineProfile(engine="a"), EngineProfile(engine="b", python="/other/bin/python")])


def test_settings_from_before_there_were_lists_mean_what_they_meant(tmp_path: Path) -> None:
    old = {"transcriber": "pocketsphinx", "translator": "apertium", "synthesizer": "espeak", "separator": "none"}
    assert profile_loader.load_profile(replace(Settings(profile="embedded"), **old)) == profile_loader.load_profile(
        Settings(profile="draft")
    )


def test_the_language_model_is_served_where_it_is_one_of_a_list() -> None:
    assert profile_loader.load_profile(Settings(profile="gpu-24g", translator="llm, apertium")).language_model is not None


def test_engines_that_only_ask_a_server_take_little_of_the_machine_and_several_calls_at_once():
    profile = profile_loader.load_profile(Settings(profile="draft", synthesizer="speech-api", transcriber="transcription-api"))
    assert (profile.synthesizer.calls, profile.transcriber.calls) == (4, 4)
    assert profile.synthesizer.num_cpus == profile.transcriber.num_cpus == 0.1
