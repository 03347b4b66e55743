"""chrF of routes."""

MEASURED: dict[tuple[str, ...], float] = {}
