"""Rule of a folder or a series: languages, glossary, priority, voices and engines of its films, where a request leaves them open."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from pipeline.values.preferences.dub_preferences import NO_PREFERENCES, DubPreferences
from pipeline.values.tasks import Priority


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `pattern`: a folder or a film by its path, also with `*`, `?` and `[…]`; or, without a slash at its beginning, the
    name of a folder or a file. Empty fields leave open what they say. `skip`: its films are not dubbed.
    """

    name: str
    pattern: str
    target_langs: tuple[str, ...] = ()  # BCP 47
    source_lang: str | None = None
    glossary: str = ""  # as text
    priority: Priority | None = None
    skip: bool = False
    preferences: DubPreferences = NO_PREFERENCES

    def matches(self, path: Path) -> bool:
        """True for the path of a film that the rule is for, in any case of its letters."""
        pattern, whole = _normalize(self.pattern).rstrip("/"), _normalize(str(path))
        if not pattern:
            return False
        above = [whole[: found.start()] for found in re.finditer("/", whole)][1:]
        if pattern.startswith("/"):
            return (
                whole == pattern or whole.startswith(f"{pattern}/") or any(fnmatchcase(each, pattern) for each in (whole, *above))
            )
        if "/" in pattern:
            return any(fnmatchcase(each, f"*/{pattern}") for each in (whole, *above))
        return any(part == pattern or fnmatchcase(part, pattern) for part in whole.split("/"))


def compute_revision(rules: Sequence[Rule]) -> str:
    """Digest of a list of rules: another one after any change."""
    return hashlib.blake2b(repr(tuple(rules)).encode("utf-8", "replace"), digest_size=8).hexdigest()


def find_rule(rules: Iterable[Rule], path: Path) -> Rule | None:
    """Find the first rule that matches a film's path; None for none."""
    return next((rule for rule in rules if rule.matches(path)), None)


def _normalize(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
