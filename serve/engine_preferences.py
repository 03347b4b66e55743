"""Engines that a rule chose among those that the profile lists for a role: the profile and the calls with them alone."""

from collections.abc import Iterable, Sequence

from pipeline.engines.protocols import Role
from pipeline.values.notes import Note, Severity
from serve.profile import Profile

Pairs = Sequence[tuple[str, str]]  # role and engine


def find_chosen(profile: Profile, pairs: Pairs) -> dict[Role, str]:
    """Find the chosen engines that the profile lists beside others: role → engine."""
    wanted = dict(pairs)
    return {
        role: wanted[role]
        for role, share in profile.roles().items()
        if role in wanted and is_offered(profile, role, wanted[role])
    }


def is_offered(profile: Profile, role: Role, engine: str) -> bool:
    """True for an engine that the profile lists beside others in a role."""
    listed = profile.engines(role)
    return len(listed) > 1 and engine in listed


def narrow_profile(profile: Profile, pairs: Pairs) -> Profile:
    """The profile with the chosen engine alone in each role that has one."""
    roles = profile.roles()
    narrowed = {
        str(role): roles[role].model_copy(update={"engine": name, "options": roles[role].options_of(name)})
        for role, name in find_chosen(profile, pairs).items()
    }
    return profile.model_copy(update=narrowed) if narrowed else profile


def describe_lost_choices(profile: Profile, pairs: Pairs) -> tuple[Note, ...]:
    """Warnings about engines that the settings do not list any more: their roles' lists decide."""
    chosen = find_chosen(profile, pairs)
    lost = [(role, name) for role, name in pairs if role not in chosen and tuple(_list_engines(profile, role)) != (name,)]
    return tuple(
        Note(f"The {role} {name} that the rule names is not deployed, so that the settings' decided", Severity.WARNING)
        for role, name in lost
    )


def _list_engines(profile: Profile, role: str) -> Iterable[str]:
    share = {str(known): share for known, share in profile.roles().items()}.get(role)
    return share.engines if share else ()
