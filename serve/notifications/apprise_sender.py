"""Sending by Apprise. Its addresses hold secrets: neither logs nor answers name them."""

import logging
from collections.abc import Sequence

log = logging.getLogger(__name__)

MAX_BODY_CHARACTERS = 2_000


def send_message(addresses: Sequence[str], title: str, body: str) -> tuple[int, ...]:
    """Send a message to every address. Returns the places, from 1, of those that could not be reached; Apprise limits the time."""
    from apprise import Apprise  # imported late: it loads a hundred services

    failed = []
    for place, address in enumerate(addresses, 1):
        service = Apprise()
        if not service.add(address) or not service.notify(title=title, body=body[:MAX_BODY_CHARACTERS]):
            failed.append(place)
            log.warning("notification %r did not reach address %d of %d", title, place, len(addresses))
    return tuple(failed)


def describe_delivery(addresses: Sequence[str], failed: Sequence[int]) -> str:
    """Describe a delivery in a sentence."""
    if not addresses:
        return "There is no address yet; give one such as ntfy://ntfy.sh/topic"
    if failed:
        return (
            f"Address {failed[0]} of {len(addresses)} could not be reached; check it, and that this machine may reach its server"
        )
    return "Sent; it should arrive within a minute" if len(addresses) == 1 else f"Sent to {len(addresses)} addresses"
