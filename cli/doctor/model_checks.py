"""The weights that a profile's engines load, and the server of its language model. Pure."""

from cli.doctor.report import Case, Check, ChosenEngine, Machine, Mark, create_check, create_node_check
from pipeline.models.catalogue import shipped_catalogue
from pipeline.models.verification import State, Status
from pipeline.settings import Settings
from pipeline.values.engine_requirements import EngineRequirements
from serve.profile import DEPLOYMENTS, LLAMA_CPP

MB = 1_000_000
DOWNLOADED_LATER = "is not here yet, and is downloaded when it is first used"


def check_weights(case: Case, machine: Machine) -> tuple[Check, ...]:
    """The catalogue's models that the profile loads: verified, or the command that fetches them."""
    return tuple(_check_weights_of_model(status, case, machine) for status in machine.weights)


def _check_weights_of_model(status: Status, case: Case, machine: Machine) -> Check:
    model = status.model
    words = f"model {model.name} ({model.size / MB:.0f} MB)"
    match status.state:
        case State.VERIFIED:
            return Check(Mark.OK, f"{words} in {status.folder}, verified")
        case State.UNVERIFIED:
            return Check(Mark.OK, f"{words} in {status.folder}, not verified yet: it is when it is first used")
        case State.MISSING if not model.only_by_setup:
            return Check(Mark.NOTE, f"{words} is not here yet", f"{case.setup} fetches it, or the first start")
        case State.MISSING:
            return create_node_check(machine, f"{words} is not here yet", case.setup)
        case _ if status.folder and status.folder.parent == case.settings.models_dir:
            advice = "put the right file there, or take the folder out of MODELS_DIR, so that the model is fetched into the cache"
            return create_node_check(machine, f"{words} in {status.folder} is {status.state}: {status.trouble}", advice)
        case _:
            advice = f"{case.setup} mends it, or the first start"
            return Check(Mark.NOTE, f"{words} in {status.folder} is {status.state}: {status.trouble}", advice)


def check_models(case: Case, machine: Machine) -> tuple[Check, ...]:
    """Weights from the Hugging Face hub: here, or to be downloaded, with licence terms, tokens and disk space."""
    listed = shipped_catalogue()
    wanting = [
        played
        for played in case.played
        if played.model and played.requirements.modules and not played.requirements.models and played.model not in listed
    ]
    lines = [line for played in wanting for line in _check_model(played, case.settings, machine)]
    lines += [
        Check(Mark.NOTE, f"{DEPLOYMENTS[played.role]}: {played.name} may not be used commercially: {played.requirements.licence}")
        for played in wanting
        if "non-commercial" in played.requirements.licence and not played.requirements.page
    ]
    absent = sum(played.requirements.vram for played in wanting if played.model not in machine.models)
    if not absent:
        return tuple(lines)
    place = case.settings.models_dir or "the hub's cache"
    room = create_check(
        f"{machine.models_disk:.0f} GiB free for models in {place}",
        machine.models_disk > absent,
        f"about {absent:.0f} GiB are going to be downloaded; make room, or set MODELS_DIR to another disk",
    )
    return (*lines, room)


def _check_model(played: ChosenEngine, settings: Settings, machine: Machine) -> tuple[Check, ...]:
    words = f"{DEPLOYMENTS[played.role]}: model {played.model}"
    if found := machine.models.get(played.model):
        return (Check(Mark.OK, f"{words} in {found}"),)
    if played.name == "xtts" and not settings.coqui_tos_agreed:
        advice = f"its weights may be used by the Coqui Public Model License (non-commercial); {_link_licence(played.requirements)}set COQUI_TOS_AGREED=1"
        return (create_node_check(machine, words, advice),)
    if played.requirements.page and played.name != "xtts" and settings.hf_token is None:
        advice = (
            f"it needs accepted terms: accept them at {played.requirements.page}, and set HF_TOKEN to a token of that account"
        )
        return (create_node_check(machine, words, advice),)
    return (Check(Mark.NOTE, f"{words} {DOWNLOADED_LATER}"),)


def _link_licence(requirements: EngineRequirements) -> str:
    return f"read it at {requirements.page}, and " if requirements.page else "read it, and "


def check_api_servers(case: Case, machine: Machine) -> tuple[Check, ...]:
    """The servers of speech and transcription that the profile's engines ask."""
    checks = []
    for server in case.api_servers:
        trouble = machine.api_troubles.get(server.url, "")
        advice = f"{trouble}; start that server, or mend {' and '.join(server.settings)}"
        checks.append(create_check(f"{server.words} at {server.url}", not trouble, advice))
    return tuple(checks)


def check_language_model(case: Case, machine: Machine) -> tuple[Check, ...]:
    """The language model server of translator `llm`: one at LLM_URL, or vLLM or llama.cpp in an environment of its own."""
    if "llm" not in case.profile.translator.engines:
        return ()
    if case.llm_url:
        advice = f"{machine.llm.trouble}; start that server, or mend LLM_URL and LLM_API_KEY"
        return (create_check(f"language model at {case.llm_url}", not machine.llm.trouble, advice),)
    if case.profile.language_model and case.profile.language_model.server == LLAMA_CPP:
        words = f"llama.cpp for {case.profile.language_model.alias}"
        if machine.llm.llama is None:
            return (create_node_check(machine, f"{words}: its environment is not made", case.setup),)
        return (Check(Mark.OK, f"{words}, xllamacpp {machine.llm.llama}"),)
    words = f"vLLM for {case.profile.language_model.model}" if case.profile.language_model else "vLLM"
    if machine.llm.ray is None:
        return (create_node_check(machine, f"{words}: its environment is not made", case.setup),)
    differs = f"the service has ray {machine.ray}, and both must have the same; {case.setup}"
    same = create_check(f"{words}, ray {machine.llm.ray}", machine.llm.ray == machine.ray, differs)
    if case.profile.language_model is None or case.profile.language_model.model in machine.models:
        return (same,)
    return (same, Check(Mark.NOTE, f"model {case.profile.language_model.model} {DOWNLOADED_LATER}"))
