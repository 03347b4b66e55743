"""What the doctor says of machines that the tests make up."""

from dataclasses import replace
from pathlib import Path

import pytest

from cli.doctor.checks import run_checks
from cli.doctor.report import ApiServer, Case, ChosenEngine, LlmServer, Machine, Mark
from cli.install.environment_pins import Kind
from cli.machine_probe import Card, Gpus
from pipeline.settings import Settings
from pipeline.values.engine_requirements import EngineRequirements
from serve.profile import EngineProfile, LanguageModel, Profile

SETTINGS = Settings(data_dir=Path("/data"), profile="gpu")
CARD = Card("NVIDIA RTX 4090", 24.0, 23.5)
MACHINE = Machine(
    python=(3, 11, 2),
    ray="2.60.0",
    programs=frozenset({"ffmpeg", "ffprobe", "espeak-ng", "apertium"}),
    ffmpeg=(5, 1, 6),
    avutil=True,
    disk=100.0,
    models_disk=100.0,
    shared_memory=8.0,
    port_free=True,
    service=None,
    graphics=Gpus("580.82", (CARD,)),
    torch=Kind.GPU,
    outdated=False,
    modules=frozenset({"whisperx", "pyannote.audio", "TTS"}),
    models={
        "large-v3": Path("/models/large-v3"),
        "owner/diarizer": Path("/models/diarizer"),
        "owner/voice": Path("/models/voice"),
    },
    llm=LlmServer(),
    cluster=False,
)
WHISPERX = EngineRequirements(licence="BSD", extra="asr", modules=("whisperx",), model="large-v3", vram=9.0)
PYANNOTE = EngineRequirements(
    licence="MIT", extra="diarization", modules=("pyannote.audio",), model="owner/diarizer", vram=2.5, page="the.page/diarizer"
)
XTTS = EngineRequirements(licence="MPL", extra="tts", modules=("TTS",), model="owner/voice", vram=4.0)
LLM = EngineRequirements(licence="Apache-2.0")


def case(
    *, llm_url: str | None = None, language_model: LanguageModel | None = None, translator: str = "apertium", **options
) -> Case:
    """A profile of one card: whisperx, pyannote and XTTS, each with these options."""
    shares = {
        "transcriber": EngineProfile(engine="whisperx", num_gpus=0.4, options=options),
        "diarizer": EngineProfile(engine="pyannote", num_gpus=0.1, options=options),
        "synthesizer": EngineProfile(engine="xtts", num_gpus=0.2, options=options),
        "translator": EngineProfile(engine=translator),
    }
    profile = Profile(needs=("asr", "diarization", "tts"), language_model=language_model, **shares)
    abouts = {"transcriber": WHISPERX, "diarizer": PYANNOTE, "synthesizer": XTTS, "translator": LLM}
    played = tuple(ChosenEngine(role, shares[role], about) for role, about in abouts.items())
    return Case(SETTINGS, profile, played, "./dubarr setup --profile gpu", llm_url)


def marked(mark: Mark, case_: Case, machine: Machine) -> list[str]:
    return [str(line) for line in run_checks(case_, machine) if line.mark is mark]


def only_failure(case_: Case, machine: Machine) -> str:
    (line,) = marked(Mark.FAIL, case_, machine)
    return line


def test_a_machine_that_has_all_passes():
    lines = run_checks(case(), MACHINE)
    assert {line.mark for line in lines} == {Mark.OK}
    assert "ok    card 0: NVIDIA RTX 4090, 23.5 of 24.0 GiB free" in map(str, lines)
    assert "ok    15.5 GiB of the cards wanted (whisper 9.0, diarization 2.5, tts 4.0)" in map(str, lines)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"python": (3, 10, 9)}, "FAIL  Python 3.10.9: install Python 3.11 or newer"),
        ({"programs": MACHINE.programs - {"ffprobe"}}, "FAIL  ffprobe: apt-get install ffmpeg"),
        ({"ffmpeg": (4, 4, 2)}, "FAIL  ffmpeg 4.4.2: install ffmpeg 5 or newer"),
        ({"avutil": False}, "FAIL  ffmpeg's shared libraries: apt-get install ffmpeg (a static build lacks them)"),
        ({"disk": 2.0}, "FAIL  2 GiB free in /data: make room, or set DATA_DIR to another disk"),
        ({"port_free": False}, "FAIL  port 8000: another program has it; set PORT"),
        (
            {"modules": MACHINE.modules - {"pyannote.audio"}},
            "FAIL  diarizer pyannote: pyannote.audio is not installed: ./dubarr setup --profile gpu",
        ),
        ({"torch": Kind.CPU}, "FAIL  PyTorch is installed for the CPU: for the GPU run ./dubarr setup --profile gpu"),
        ({"graphics": Gpus("470.1", (CARD,))}, "FAIL  NVIDIA driver 470.1: too old; install version 525 or newer"),
        (
            {"graphics": None},
            "FAIL  1 GPU wanted, and nvidia-smi shows none: install NVIDIA's driver (in a container, start it with --gpus all), "
            "or choose a profile for CPUs",
        ),
    ],
)
def test_what_is_wrong_is_one_line_with_what_to_change(change, line):
    assert only_failure(case(), replace(MACHINE, **change)) == line


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shared_memory": 0.1}, "0.1 GiB of shared memory: Ray would use the disk instead"),
        ({"outdated": True}, "not those of the pins: ./dubarr setup --profile gpu renews them"),
    ],
)
def test_what_only_costs_time_is_a_note(change, words):
    machine = replace(MACHINE, **change)
    assert not marked(Mark.FAIL, case(), machine)
    (note,) = marked(Mark.NOTE, case(), machine)
    assert words in note


def test_a_port_that_our_own_service_has_is_in_order():
    assert not marked(Mark.FAIL, case(), replace(MACHINE, port_free=False, service="http://127.0.0.1:8000"))


def test_a_version_that_ffmpeg_does_not_tell_is_no_failure():
    assert not marked(Mark.FAIL, case(), replace(MACHINE, ffmpeg=None))


def test_a_profile_without_cards_asks_for_none():
    shares = {"transcriber": "pocketsphinx", "diarizer": "ge2e", "translator": "apertium", "synthesizer": "espeak"}
    profile = Profile(**{role: EngineProfile(engine=name) for role, name in shares.items()})
    poor = replace(MACHINE, graphics=None, torch=None, modules=frozenset(), models={}, avutil=False, shared_memory=0.0)
    lines = run_checks(Case(SETTINGS, profile, (), "./dubarr setup"), poor)
    assert {line.mark for line in lines} == {Mark.OK}


def test_cards_that_are_too_few_are_told():
    wide = case()
    share = wide.profile.transcriber.model_copy(update={"num_gpus": 2.0})
    wide = replace(wide, profile=wide.profile.model_copy(update={"transcriber": share}))
    failures = marked(Mark.FAIL, wide, MACHINE)
    assert failures == ["FAIL  3 GPUs wanted, 1 GPU here: choose a profile for fewer cards"]


def test_shares_that_add_up_to_one_card_want_one():
    shares = {"transcriber": 0.7, "diarizer": 0.1, "synthesizer": 0.2}  # 0.7 + 0.1 + 0.2 is a little under 1, 0.1 * 3 above 0.3
    whole = case()
    roles = {role: getattr(whole.profile, role).model_copy(update={"num_gpus": share}) for role, share in shares.items()}
    whole = replace(whole, profile=whole.profile.model_copy(update=roles))
    assert not marked(Mark.FAIL, whole, MACHINE)


def test_a_card_that_is_too_small_fails_by_the_engines_own_estimates():
    small = replace(MACHINE, graphics=Gpus("580.82", (Card("NVIDIA T4", 15.0, 14.8),)))
    assert only_failure(case(), small) == (
        "FAIL  15.5 GiB of the cards wanted (whisper 9.0, diarization 2.5, tts 4.0), 15.0 there: "
        "choose a profile for smaller cards, or smaller models"
    )


def test_options_may_make_an_engine_smaller_so_that_the_estimate_is_only_noted():
    small = replace(MACHINE, graphics=Gpus("580.82", (Card("NVIDIA T4", 15.0, 14.8),)))
    assert not marked(Mark.FAIL, case(compute_type="int8"), small)
    (note,) = marked(Mark.NOTE, case(compute_type="int8"), small)
    assert "the profile's own may take less" in note


def test_a_card_that_others_use_is_told_unless_it_is_our_service():
    busy = replace(MACHINE, graphics=Gpus("580.82", (Card("NVIDIA RTX 4090", 24.0, 3.0),)))
    assert only_failure(case(), busy).endswith("3.0 free: end the other programs on the cards (nvidia-smi lists them)")
    assert not marked(Mark.FAIL, case(), replace(busy, service="http://127.0.0.1:8000"))


def test_a_card_that_does_not_tell_its_memory_is_taken_as_it_is():
    shared = replace(MACHINE, graphics=Gpus("580.82", (Card("NVIDIA GB10", None, None),)))
    assert {line.mark for line in run_checks(case(), shared)} == {Mark.OK}


def test_replicas_count_each():
    played = ChosenEngine("synthesizer", EngineProfile(engine="xtts", num_gpus=0.2, replicas=3), XTTS)
    assert played.vram == 12.0
    idle = EngineProfile(engine="xtts", num_gpus=0.2, scaling={"least": 0, "most": 3})
    assert ChosenEngine("synthesizer", idle, XTTS).vram == 4.0, "one at the least while there is work"
    assert ChosenEngine("synthesizer", EngineProfile(engine="xtts"), XTTS).vram == 0.0, "on a CPU"


def test_vllm_takes_its_fraction_of_the_whole_card():
    served = case(translator="llm", language_model=LanguageModel(model="owner/llm", num_gpus=0.3, memory=0.25))
    ready = replace(MACHINE, llm=LlmServer(ray="2.60.0"), models={**MACHINE.models, "owner/llm": Path("/models/llm")})
    assert "ok    21.5 GiB of the cards wanted (whisper 9.0, diarization 2.5, tts 4.0, vLLM 6.0)" in map(
        str, run_checks(served, ready)
    )
    assert "ok    vLLM for owner/llm, ray 2.60.0" in map(str, run_checks(served, ready))
    older = replace(ready, graphics=Gpus("570.86", (CARD,)))
    assert only_failure(served, older) == "FAIL  NVIDIA driver 570.86: too old; install version 580 or newer"


def test_an_environment_of_vllms_that_is_missing_or_has_another_ray_fails():
    served = case(translator="llm", language_model=LanguageModel(model="owner/llm", num_gpus=0.3, memory=0.25))
    assert only_failure(served, MACHINE) == "FAIL  vLLM for owner/llm: its environment is not made: ./dubarr setup --profile gpu"
    other = replace(MACHINE, llm=LlmServer(ray="2.59.0"))
    assert only_failure(served, other) == (
        "FAIL  vLLM for owner/llm, ray 2.59.0: the service has ray 2.60.0, and both must have the same; ./dubarr setup --profile gpu"
    )


def test_llama_cpp_needs_its_environment_and_no_card():
    served = case(translator="llm", language_model=LanguageModel(model="small", server="llama.cpp"))
    assert only_failure(served, MACHINE) == (
        "FAIL  llama.cpp for small: its environment is not made: ./dubarr setup --profile gpu"
    )
    ready = replace(MACHINE, llm=LlmServer(llama="2026.1.1"), graphics=Gpus("570.86", (CARD,)))
    assert "ok    llama.cpp for small, xllamacpp 2026.1.1" in map(str, run_checks(served, ready))
    assert not marked(Mark.FAIL, served, ready), "a driver that is too old for vLLM will do"


def test_a_speech_server_that_does_not_answer_fails():
    server = ApiServer("speech server", "http://speech/v1", None, "", ("SPEECH_API_URL", "SPEECH_API_KEY"))
    asked = replace(case(), api_servers=(server,))
    assert not marked(Mark.FAIL, asked, MACHINE)
    silent = replace(MACHINE, api_troubles={"http://speech/v1": "it lists no model"})
    assert only_failure(asked, silent) == (
        "FAIL  speech server at http://speech/v1: it lists no model; start that server, or mend SPEECH_API_URL and SPEECH_API_KEY"
    )


def test_a_language_models_server_that_does_not_answer_fails():
    asked = case(translator="llm", llm_url="http://llm/v1")
    assert not marked(Mark.FAIL, asked, MACHINE)
    silent = replace(MACHINE, llm=LlmServer(trouble="it does not answer within 5 s"))
    assert only_failure(asked, silent) == (
        "FAIL  language model at http://llm/v1: it does not answer within 5 s; start that server, or mend LLM_URL and LLM_API_KEY"
    )
    assert not marked(Mark.FAIL, case(), silent), "another translator asks no server"


def without(model: str) -> Machine:
    return replace(MACHINE, models={name: place for name, place in MACHINE.models.items() if name != model})


def test_a_model_that_is_not_here_is_going_to_be_downloaded():
    assert not marked(Mark.FAIL, case(), without("large-v3"))
    (note,) = marked(Mark.NOTE, case(), without("large-v3"))
    assert note == "--    whisper: model large-v3 is not here yet, and is downloaded when it is first used"


def test_the_model_that_the_profile_names_is_looked_for():
    notes = marked(Mark.NOTE, case(model="small"), replace(MACHINE, models={"small": Path("/models/small")}))
    assert not [note for note in notes if "model" in note]


def test_a_gated_model_needs_a_token_unless_it_is_here():
    line = only_failure(case(), without("owner/diarizer"))
    assert line.startswith("FAIL  diarization: model owner/diarizer: it needs accepted terms: accept them at the.page/diarizer")
    with_token = replace(case(), settings=replace(SETTINGS, hf_token="token"))
    assert not marked(Mark.FAIL, with_token, without("owner/diarizer"))


def test_the_licence_of_the_xtts_weights_must_be_accepted():
    assert only_failure(case(), without("owner/voice")).endswith("set COQUI_TOS_AGREED=1")
    agreed = replace(case(), settings=replace(SETTINGS, coqui_tos_agreed=True))
    assert not marked(Mark.FAIL, agreed, without("owner/voice"))


def test_models_that_do_not_fit_the_disk_are_told():
    line = only_failure(case(), replace(without("large-v3"), models_disk=4.0))
    assert line == (
        "FAIL  4 GiB free for models in the hub's cache: about 9 GiB are going to be downloaded; make room, "
        "or set MODELS_DIR to another disk"
    )
    assert not marked(Mark.FAIL, case(), replace(MACHINE, models_disk=4.0)), "nothing is going to be downloaded"


def test_in_a_cluster_another_machine_may_have_the_card_and_the_libraries():
    head = replace(MACHINE, graphics=None, torch=None, modules=frozenset(), models={}, cluster=True)
    assert not marked(Mark.FAIL, case(), head)
    assert len([note for note in marked(Mark.NOTE, case(), head) if "another machine of the cluster may" in note]) >= 4


def test_folders_that_other_users_can_enter_are_told_with_the_way_out():
    opened = replace(MACHINE, open_paths=("/data has mode 0755: other users can enter it; chmod 700 it, unless that is meant",))
    assert marked(Mark.NOTE, case(), opened) == [
        "--    /data has mode 0755: other users can enter it: chmod 700 it, unless that is meant"
    ]
    assert "ok    other users of this machine cannot read what the service keeps" in marked(Mark.OK, case(), MACHINE)
