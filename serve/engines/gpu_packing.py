"""Which engines share which card: what a profile's shares add up to, before Ray places anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from serve.profile import Profile

GRAIN = 10_000  # Ray counts shares of a card in ten-thousandths


@dataclass(frozen=True, slots=True)
class Share:
    """One replica and what it takes of a card, or how many cards it takes."""

    name: str
    gpus: float


def shares(profile: Profile, replicas: Mapping[str, int] | None = None) -> tuple[Share, ...]:
    """Every replica of a profile that wants a card. `replicas`: role → how many, else as many as a film needs."""
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


def pack(wanted: Sequence[Share], cards: int) -> tuple[tuple[Share, ...], ...] | None:
    """The replicas card by card, the largest first, each on the first card with room; None where they do not fit.

    What takes several cards takes whole ones. Ray places in the order of starting, and may need a card more.
    """
    room, placed = [GRAIN] * cards, [list[Share]() for _ in range(cards)]
    for share in sorted(wanted, key=lambda share: -share.gpus):
        parts = [GRAIN] * int(share.gpus) if share.gpus >= 1 else [round(share.gpus * GRAIN)]
        for part in parts:
            card = next((n for n in range(cards) if room[n] >= part), None)
            if card is None:
                return None
            room[card] -= part
            placed[card].append(share)
    return tuple(map(tuple, placed))


def most(profile: Profile, role: str, cards: int) -> int:
    """How many replicas of a role fit on the cards beside one of each other engine; 0 where not even that fits."""
    count = 0
    while count < 100 * cards and pack(shares(profile, {role: count + 1}), cards) is not None:
        count += 1
    return count
