"""Library routes: browsing the library's folders for films, and the supported languages."""

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel

from pipeline.text import languages
from serve.http.dependencies import AdmissionDependency, ContextDependency
from serve.http.folder_listing import FolderListing, list_folder
from serve.http.openapi import describe_error
from serve.http.schemas import Tag
from serve.intake import supported_languages
from serve.intake.supported_languages import LanguagePair
from serve.profile import Profile

router = APIRouter(prefix="/api", tags=["resources"])


class FolderOut(BaseModel):
    """A folder."""

    name: str
    path: str


class FilmOut(FolderOut):
    """A film. `size`: bytes; `task`: the newest task of this file."""

    size: int
    task: int | None


class LibraryOut(BaseModel):
    """A folder of the library; `folder` null: the list of the roots; `parent` null: its parent is that list."""

    folder: str | None
    parent: str | None
    folders: list[FolderOut]
    films: list[FilmOut]

    @classmethod
    def of(cls, listing: FolderListing, tasks: dict[str, int]) -> Self:
        """Convert from the value. `tasks`: path → the newest task of the file there."""
        return cls(
            folder=str(listing.folder) if listing.folder else None,
            parent=str(listing.parent) if listing.parent else None,
            folders=[FolderOut(name=each.name, path=str(each.path)) for each in listing.folders],
            films=[
                FilmOut(name=each.name, path=str(each.path), size=each.size or 0, task=tasks.get(str(each.path)))
                for each in listing.films
            ],
        )


class LanguageOut(BaseModel):
    """A language: BCP 47 tag and English name."""

    tag: str
    name: str

    @classmethod
    def of(cls, tag: str) -> Self:
        """Convert from the tag."""
        return cls(tag=tag, name=languages.get_english_name(tag))


class TargetOut(LanguageOut):
    """A target language and its `synthesizer`. For a given source also its `translators`, in the order of their use, and the route
    of the first ("" if unknown).
    """

    synthesizer: str
    translators: list[str]
    route: str

    @classmethod
    def of_pair(cls, pair: LanguagePair) -> Self:
        """Convert from the value."""
        name = languages.get_english_name(pair.target)
        return cls(tag=pair.target, name=name, synthesizer=pair.synthesizer, translators=list(pair.translators), route=pair.route)


class LanguagesOut(BaseModel):
    """Supported source and target languages; `usual`: the default targets."""

    sources: list[LanguageOut]
    targets: list[TargetOut]
    usual: list[str]


@router.get(
    "/library",
    responses={
        403: describe_error("The folder lies outside the library roots."),
        404: describe_error("No such folder."),
        422: describe_error("Invalid request."),
    },
)
def browse_library(
    context: ContextDependency,
    folder: Annotated[str | None, Query(max_length=4096, description="absent: the library roots")] = None,
) -> LibraryOut:
    """Browse a folder under the library roots: its folders and films, at most a thousand of each."""
    found = list_folder(folder, context.settings)
    return LibraryOut.of(found, context.store.tasks.find_newest_ids_by_path([str(film.path) for film in found.films]))


@router.get("/languages", responses={422: describe_error("Invalid request.")})
def list_languages(
    context: ContextDependency,
    admission: AdmissionDependency,
    source: Annotated[Tag | None, Query(description="only targets for films in this language")] = None,
) -> LanguagesOut:
    """List the languages that the configured engines support."""
    pairs = list_pairs(admission.profile, source and languages.require_tag(source))
    return LanguagesOut(
        sources=[LanguageOut.of(tag) for tag in supported_languages.list_source_languages(admission.profile)],
        targets=[TargetOut.of_pair(pair) for pair in pairs],
        usual=list(context.settings.target_langs),
    )


def list_pairs(profile: Profile, source: str | None) -> tuple[LanguagePair, ...]:
    """List the target languages with their engines: from `source`, or from any language, then without translators."""
    if source is not None:
        return supported_languages.list_language_pairs(profile, source)
    targets = supported_languages.list_target_languages(profile)
    return tuple(LanguagePair(target, supported_languages.find_synthesizer(profile, target)) for target in targets)
