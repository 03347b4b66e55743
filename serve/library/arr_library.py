"""Libraries of Radarr and Sonarr: their files with title, original language and tags, by their API (version 3)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import NotPossible
from pipeline.text import languages
from serve.connections.applications import Application, build_key_header
from serve.connections.json_request import request_json

MAX_LIST_BYTES = 128 << 20  # of one list; Radarr sends some 10 KiB a movie
LIST_TIMEOUT_S = 120.0
MAX_TITLE_CHARACTERS = 300
MAX_TAGS = 50  # of one film
EPISODE = re.compile(r"S\d{1,4}E\d{1,4}(?:-?E\d{1,4})*", re.IGNORECASE)
UNTOLD_LANGUAGES = frozenset({"unknown", "any", "original"})  # names in place of a language


@dataclass(frozen=True, slots=True)
class ArrFile:
    """A file of a movie or an episode. `path`: as the application names it; `tags`: labels."""

    path: str
    title: str
    original_language: str | None  # BCP 47
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ArrLibrary:
    """The library of one application. Its methods raise NotPossible, with the reason."""

    application: Application
    url: str
    key: str | None

    def list_files(self) -> Iterator[ArrFile]:
        """Yield every file of the library."""
        labels = {tag["id"]: _read_text(tag, "label") for tag in self._get_list("tag") if isinstance(tag.get("id"), int)}
        is_radarr = self.application is Application.RADARR
        for owner in self._get_list("movie" if is_radarr else "series"):
            title, language, tags = _read_text(owner, "title"), _read_language(owner), _read_tags(owner, labels)
            for file in self._list_files_of(owner):
                if path := _read_text(file, "path", 4_096):
                    yield ArrFile(path, _name_film(title, owner, file, is_movie=is_radarr), language, tags)

    def _list_files_of(self, owner: Mapping[str, Any]) -> list[dict[str, Any]]:
        if self.application is Application.RADARR:
            file = owner.get("movieFile")
            return [file] if isinstance(file, dict) else []
        number, counts = owner.get("id"), owner.get("statistics")
        if not isinstance(number, int) or (isinstance(counts, dict) and counts.get("episodeFileCount") == 0):
            return []
        return self._get_list(f"episodefile?seriesId={number}")

    def _get_list(self, resource: str) -> list[dict[str, Any]]:
        found = request_json(
            "GET",
            f"{self.url.rstrip('/')}/api/v3/{resource}",
            headers=build_key_header(self.application, self.key),
            max_bytes=MAX_LIST_BYTES,
            timeout_s=LIST_TIMEOUT_S,
        )
        if not isinstance(found, list):
            raise NotPossible(f"what answers there is not {self.application.title()}; check host and port")
        return [each for each in found if isinstance(each, dict)]


def _name_film(title: str, owner: Mapping[str, Any], file: Mapping[str, Any], *, is_movie: bool) -> str:
    """Title of a movie with its year, or of a series with the episode's number."""
    if is_movie:
        year = owner.get("year")
        return f"{title} ({year})" if isinstance(year, int) and year > 0 else title
    path = _read_text(file, "relativePath", 4_096) or _read_text(file, "path", 4_096)
    found = EPISODE.search(re.split(r"[\\/]", path)[-1])
    return f"{title} {found.group().upper()}" if found else title


def _read_language(owner: Mapping[str, Any]) -> str | None:
    language = owner.get("originalLanguage")
    name = _read_text(language, "name", 40) if isinstance(language, dict) else ""
    return languages.find_tag_by_name(name) if name and name.casefold() not in UNTOLD_LANGUAGES else None


def _read_tags(owner: Mapping[str, Any], labels: Mapping[int, str]) -> tuple[str, ...]:
    numbers = owner.get("tags")
    return tuple(label for each in numbers[:MAX_TAGS] if (label := labels.get(each))) if isinstance(numbers, list) else ()


def _read_text(found: Mapping[str, Any], name: str, longest: int = MAX_TITLE_CHARACTERS) -> str:
    """A text of an answer; "" for none, and for a path that is longer than any."""
    value = found.get(name)
    return value[:longest] if isinstance(value, str) and not (longest > MAX_TITLE_CHARACTERS and len(value) > longest) else ""
