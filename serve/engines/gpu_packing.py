"""GPU packing (bin packing): engines that share a card, by a profile's shares, before Ray places anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serve.profile import Profile

SHARES_PER_CARD = 10_000  # Ray counts shares of a card in ten-thousandths


@dataclass(frozen=True, slots=True)
class Share:
    """GPU share of one replica: a fraction of a card, or a number of whole cards."""

    name: str
    gpus: float


def list_shares(profile: Profile, replicas: Mapping[str, int] | None = None) -> tuple[Share, ...]:
    """List the GPU shares of a profile's replicas. `replicas`: role → number, else as many as a film needs."""
    asked = replicas or {}
    wanted = [
        Share(role, engine.num_gpus)
        for role, engine in profile.roles().items()
        for _ in range(asked.get(role, engine.working))
        if engine.num_gpus
    ]
    if (model := profile.language_model) and model.num_gpus:
        wanted += [Share("language_model", model.num_gpus)] * asked.get("language_model", model.scaling.least or 1)
    return tuple(wanted)


def pack_shares(wanted: Sequence[Share], cards: int) -> tuple[tuple[Share, ...], ...] | None:
    """Pack replicas onto cards, first fit decreasing; the replicas of each card, or None where they do not fit.

    What takes several cards takes whole ones. Ray places in the order of starting, and may need a card more.
    """
    room, placed = [SHARES_PER_CARD] * cards, [list[Share]() for _ in range(cards)]
    for share in sorted(wanted, key=lambda share: -share.gpus):
        parts = [SHARES_PER_CARD] * int(share.gpus) if share.gpus >= 1 else [round(share.gpus * SHARES_PER_CARD)]
        for part in parts:
            card = next((n for n in range(cards) if room[n] >= part), None)
            if card is None:
                return None
            room[card] -= part
            placed[card].append(share)
    return tuple(map(tuple, placed))


def compute_max_replicas(profile: Profile, role: str, cards: int) -> int:
    """Maximum number of replicas of a role beside one of each other engine; 0 where not even that fits."""
    count = 0
    while count < 100 * cards and pack_shares(list_shares(profile, {role: count + 1}), cards) is not None:
        count += 1
    return count
