"""Choice of films by their tags in Sonarr and Radarr: those with an excluded tag are left out, and those without an included one."""

from collections.abc import Collection, Sequence


def describe_unwanted(tags: Collection[str], *, include: Sequence[str], exclude: Sequence[str]) -> str:
    """Describe why a film with these tags is left out; "" where it is wanted. Case does not matter."""
    excluded, included = ({tag.casefold() for tag in given} for given in (exclude, include))
    if left_out := next((tag for tag in tags if tag.casefold() in excluded), None):
        return f"left out by its tag {left_out}"
    if included and included.isdisjoint(map(str.casefold, tags)):
        return f"it has none of the tags {', '.join(include)}"
    return ""
