"""Wanted languages of the library's films: by the settings, the rules of folders, and tags of Radarr and Sonarr."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.settings import Settings
from pipeline.text import languages
from pipeline.values.library.coverage import LibraryFilm
from pipeline.values.rules.rule import Rule, find_rule
from pipeline.values.rules.tag_choice import describe_unwanted

FOLDERS = "folders"  # source of films that no application manages


@dataclass(frozen=True, slots=True)
class WantedLanguages:
    """Decision which languages a film should have. `include_tags`, `exclude_tags`: labels in Radarr and Sonarr."""

    target_langs: tuple[str, ...]
    rules: tuple[Rule, ...] = ()
    include_tags: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, rules: Sequence[Rule]) -> "WantedLanguages":
        """The decision by the settings and rules of now."""
        return cls(settings.target_langs, tuple(rules), settings.library_include_tags, settings.library_exclude_tags)

    @property
    def key(self) -> str:
        """Digest of all that decides: films that were decided under another key are outdated."""
        return hashlib.sha256(repr(self).encode("utf-8", "replace")).hexdigest()

    def apply(self, film: LibraryFilm) -> LibraryFilm:
        """The film with its wanted languages and those of them in its own audio, or with the reason for which none is wanted."""
        rule = find_rule(self.rules, Path(film.path))
        reason = film.fault or self._find_reason(film, rule)
        if reason:
            return replace(film, wanted=(), heard=(), reason=reason)
        targets = (rule.target_langs if rule else ()) or self.target_langs
        wanted = tuple(dict.fromkeys(tag for each in targets if (tag := languages.normalize_tag_or_none(each))))
        told = (rule.source_lang if rule else None) or film.original_language
        heard_in = film.languages or ((told,) if told else ())  # a film without tagged tracks speaks its original language
        heard = tuple(tag for tag in wanted if languages.is_heard(tag, heard_in))
        return replace(film, wanted=wanted, heard=heard, reason="" if wanted else "there are no target languages")

    def _find_reason(self, film: LibraryFilm, rule: Rule | None) -> str:
        if rule is not None and rule.skip:
            return f"left out by the rule {rule.name}"
        include = self.include_tags if film.source != FOLDERS else ()
        return describe_unwanted(film.tags, include=include, exclude=self.exclude_tags)
