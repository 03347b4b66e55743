"""GPU checks: NVIDIA driver, number of cards and their memory against a profile's needs. Pure functions."""

import math

from cli.doctor.report import Case, Check, Machine, Mark, create_check, create_node_check
from cli.install.environment_pins import Kind
from cli.machine_probe import Gpus
from serve.profile import DEPLOYMENTS, LanguageModel

# The oldest driver that a CUDA release runs on: 12.x for the engines, 13.0 for vLLM.
MIN_DRIVER_VERSIONS = {Kind.GPU: 525, Kind.LLM: 580}
SHARE_TOLERANCE = 1e-9  # shares of a card add up to a little more than they are


def check_gpus(case: Case, machine: Machine) -> tuple[Check, ...]:
    """The NVIDIA driver and the cards, against what the profile takes of them."""
    wanted = case.profile.gpus
    if machine.graphics is None:
        if not wanted:
            return ()
        advice = "install NVIDIA's driver (in a container, start it with --gpus all), or choose a profile for CPUs"
        return (create_node_check(machine, f"{_count_cards(wanted)} wanted, and nvidia-smi shows none", advice),)
    lines = [Check(Mark.OK, f"NVIDIA driver {machine.graphics.driver}"), *_list_cards(machine.graphics)]
    if not wanted:
        return tuple(lines)
    lines[0] = _check_driver(case, machine.graphics)
    if machine.torch is Kind.CPU:
        lines.append(Check(Mark.FAIL, "PyTorch is installed for the CPU", f"for the GPU run {case.setup}"))
    if len(machine.graphics.cards) < math.ceil(wanted - SHARE_TOLERANCE):
        shown = _count_cards(len(machine.graphics.cards))
        lines.append(
            create_node_check(machine, f"{_count_cards(wanted)} wanted, {shown} here", "choose a profile for fewer cards")
        )
    return (*lines, *_check_memory(case, machine, machine.graphics))


def _check_driver(case: Case, found: Gpus) -> Check:
    model = case.profile.language_model
    least = MIN_DRIVER_VERSIONS[Kind.LLM if model and model.num_gpus else Kind.GPU]
    major = found.driver.partition(".")[0]
    known = major.isdecimal()
    return create_check(
        f"NVIDIA driver {found.driver}", not known or int(major) >= least, f"too old; install version {least} or newer"
    )


def _list_cards(found: Gpus) -> list[Check]:
    return [
        Check(
            Mark.OK,
            f"card {number}: {card.name}, "
            + ("memory not told" if card.total is None or card.free is None else f"{card.free:.1f} of {card.total:.1f} GiB free"),
        )
        for number, card in enumerate(found.cards)
    ]


def _check_memory(case: Case, machine: Machine, found: Gpus) -> tuple[Check, ...]:
    """GPU memory: the engines' own estimates against the memory of the cards that the profile may use.

    Options may lower the need, so that too little memory fails only where the profile sets none.
    """
    cards = found.cards[: math.ceil(case.profile.gpus - SHARE_TOLERANCE)]
    totals = [card.total for card in cards if card.total is not None]
    frees = [card.free for card in cards if card.free is not None]
    if len(totals) < len(cards) or len(frees) < len(cards):
        return ()
    sizes = {f"{DEPLOYMENTS[played.role]} {played.vram:.1f}": played.vram for played in case.played if played.vram}
    if (model := case.profile.language_model) and model.num_gpus:
        served = _estimate_vllm_gib(model, min(totals))
        sizes[f"vLLM {served:.1f}"] = served
    need, exact = sum(sizes.values()), not any(played.share.options for played in case.played if played.vram)
    words = f"{need:.1f} GiB of the cards wanted ({', '.join(sizes)})"
    short = Mark.FAIL if exact and not machine.cluster else Mark.NOTE
    unless = "" if exact else " (an estimate at default options; the profile's own may take less)"
    if need > sum(totals):
        return (
            Check(short, f"{words}, {sum(totals):.1f} there{unless}", "choose a profile for smaller cards, or smaller models"),
        )
    if need > sum(frees) and machine.service is None:
        return (
            Check(
                short, f"{words}, {sum(frees):.1f} free{unless}", "end the other programs on the cards (nvidia-smi lists them)"
            ),
        )
    return (Check(Mark.OK, words),)


def _estimate_vllm_gib(model: LanguageModel, total: float) -> float:
    """GiB that vLLM takes of its cards, each of `total`: a fraction of every whole card that it touches."""
    return model.memory * total * max(1.0, model.num_gpus) * (model.scaling.least or 1)


def _count_cards(number: float) -> str:
    whole = math.ceil(number - SHARE_TOLERANCE)
    return f"{whole} GPU{'' if whole == 1 else 's'}"
