"""Films of a command line: files by name, and those of folders and glob patterns that lack a language."""

import glob
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import click

from cli import console
from pipeline.errors import FilmError
from pipeline.library.film_search import FoundFile, SearchedFolder
from pipeline.library.scan import Decision, DubbingRules, LibraryFilm, Verdict, decide_film, find_files, probe_film
from pipeline.settings import Settings
from pipeline.text.naming.film_names import FILM_SUFFIXES, is_film_name, require_film_name

MAX_PARALLEL_PROBES = 4
MAX_TOLD_FILMS = 20
MAX_TOLD_FOLDERS = 5


@dataclass(frozen=True, slots=True)
class FilmSelection:
    """Films to dub with the target languages of each, those that are left out, and files named one by one that are no films, with reasons."""

    targets: Mapping[Path, tuple[str, ...]]
    left_out: Mapping[Path, str]
    refused: Mapping[Path, str] = field(default_factory=dict)

    @property
    def films(self) -> tuple[Path, ...]:
        """The films to dub."""
        return tuple(self.targets)

    def describe(self) -> str:
        """Numbers of the films to dub and of those that are left out, in words."""
        rest = f"; {len(self.left_out):,} left out" if self.left_out else ""
        return f"{console.format_count(len(self.targets), 'film')} to dub{rest}"


@dataclass
class FolderSearch:
    """Progress of the search of one folder, and its outcome in words."""

    root: Path
    show: Callable[[str], None]
    folders: int = 0
    films: int = 0
    unreadable: dict[Path, str] = field(default_factory=dict)
    skipped: list[FoundFile] = field(default_factory=list)

    def add(self, folder: SearchedFolder) -> None:
        """Count a folder, and show how far the search is."""
        self.folders, self.films = self.folders + 1, self.films + folder.films
        if folder.error:
            self.unreadable[folder.path] = folder.error
        self.show(
            f"looking for films in {self.root}: {console.format_count(self.folders, 'folder')}, {console.format_count(self.films, 'film')}"
        )

    def run(self, rules: DubbingRules) -> list[Path]:
        """The films of the folder; folders that cannot be read are printed."""
        found = find_files(self.root, rules, watch=self.add)
        self.skipped = [file for file in found if file.skipped]
        for path, reason in list(self.unreadable.items())[:MAX_TOLD_FOLDERS]:
            console.say(console.escape_line(f"{path} cannot be read: {reason}; films in it are left out"))
        if (more := len(self.unreadable) - MAX_TOLD_FOLDERS) > 0:
            console.say(f"and {console.format_count(more, 'more folder')} that cannot be read")
        return [file.path for file in found if not file.skipped]

    def describe_nothing(self) -> str:
        """The sentence about a folder in which no film was found: what was searched, and what counts as a film."""
        first = self.skipped[0] if self.skipped else None
        left = (
            f", but {console.format_count(len(self.skipped), 'file')} left out, such as {first.path.name}: {first.skipped}"
            if first
            else ""
        )
        endings = ", ".join(sorted(FILM_SUFFIXES))
        return f"there are no films under {self.root} ({console.format_count(self.folders, 'folder')} searched){left}; a film ends in {endings}"


def select_films(given: Sequence[Path], targets: Sequence[str], settings: Settings) -> FilmSelection:
    """Select the films of a command line. A file is taken as it is named; of folders and patterns, as the library's scan finds them,
    only films that lack a target language, without excluded ones, and that is printed. UsageError for a name that matches nothing,
    FilmError where there is nothing but folders without films.
    """
    rules = DubbingRules(tuple(targets), exclude=settings.exclude, roots=settings.roots)
    chosen: dict[Path, tuple[str, ...]] = {}
    refused: dict[Path, str] = {}
    searched: dict[Path, None] = {}
    barren: list[str] = []
    for path in given:
        if not os.path.isfile(path):  # noqa: PTH113 -- Path.is_file raises where a folder above cannot be entered
            found, sentences = _search(path, rules)
            searched.update(dict.fromkeys(map(_resolve_folder, found)))
            barren += sentences
        elif reason := describe_refusal(path):
            refused[path] = reason
        else:
            chosen[_resolve_folder(path)] = rules.targets
    if barren and not (chosen or searched or refused):
        raise FilmError("\n".join(barren))
    for sentence in barren:
        console.say(console.escape_line(sentence))
    if not searched:
        return FilmSelection(chosen, {}, refused)
    return _select_searched([path for path in searched if path not in chosen], rules, FilmSelection(chosen, {}, refused))


def describe_refusal(path: Path) -> str:
    """The reason for which a file that was named is refused before anything is started or sent, in words; "" for any other."""
    try:
        require_film_name(path.name)
    except FilmError as error:
        return str(error)
    readable = os.access(path, os.R_OK)
    return "" if readable else f"{path.name} cannot be read: permission denied; give yourself the right to read it"


def _select_searched(paths: Sequence[Path], rules: DubbingRules, named: FilmSelection) -> FilmSelection:
    """The films that were named, and of those that were found the ones that lack a language; printed."""
    chosen, left_out = dict(named.targets), dict[Path, str]()
    words = f"looking into {console.format_count(len(paths), 'film')}"
    with ThreadPoolExecutor(MAX_PARALLEL_PROBES) as pool, console.show_spinner(words) as show:
        for number, (path, decision) in enumerate(pool.map(partial(_decide, rules=rules), paths), 1):
            show(f"{words}: {number:,}")
            if decision.verdict is Verdict.DUB:
                chosen[path] = decision.targets
            else:
                left_out[path] = decision.reason
    selection = FilmSelection(chosen, left_out, named.refused)
    tell_selection(selection)
    return selection


def tell_selection(selection: FilmSelection) -> None:
    """Print the films that are left out, and how many are dubbed."""
    for path, reason in list(selection.left_out.items())[:MAX_TOLD_FILMS]:
        console.say(console.escape_line(f"{path.name}: left out: {reason}"))
    if len(selection.left_out) > MAX_TOLD_FILMS:
        console.say(f"and {len(selection.left_out) - MAX_TOLD_FILMS:,} more; ./dubarr library FOLDER --dry-run lists them all")
    console.say(selection.describe())


def _search(given: Path, rules: DubbingRules) -> tuple[list[Path], list[str]]:
    """Films of a folder, or of the files and folders that a pattern matches, and a sentence about each folder that holds none."""
    if os.path.isdir(given):  # noqa: PTH112 -- as above
        return _search_folders([given], rules)
    is_pattern = glob.has_magic(str(given))
    found = glob.glob(str(given.expanduser()), recursive=True) if is_pattern else []  # noqa: PTH207 -- Path.glob takes no absolute pattern
    matched = sorted(map(Path, found))
    films = [path for path in matched if is_film_name(path) and path.is_file()]
    folders = [path for path in matched if path.is_dir() and "**" not in str(given)]
    if not films and not folders:
        name = console.escape_line(str(given))
        raise click.UsageError(f"Pattern '{name}' matches no film." if is_pattern else describe_missing(given))
    below, barren = _search_folders(folders, rules)
    return [*films, *below], barren


def _search_folders(folders: Sequence[Path], rules: DubbingRules) -> tuple[list[Path], list[str]]:
    films: list[Path] = []
    barren: list[str] = []
    for folder in folders:
        whole = folder.resolve()
        with console.show_spinner(f"looking for films in {whole}") as show:
            search = FolderSearch(whole, show)
            found = search.run(rules)
        films += found
        barren += [] if found else [search.describe_nothing()]
    return films, barren


def describe_missing(path: Path) -> str:
    """The sentence about a name that is neither a file nor a folder: it does not exist, or cannot be read."""
    name = console.escape_line(str(path))
    try:
        path.stat()
    except FileNotFoundError:
        return f"File '{name}' does not exist."
    except OSError as error:
        return f"File '{name}' cannot be read: {error.strerror}."
    return f"'{name}' is neither a file nor a folder."


def _resolve_folder(path: Path) -> Path:
    return path.parent.resolve() / path.name  # a link keeps its name


def _decide(path: Path, rules: DubbingRules) -> tuple[Path, Decision]:
    film: LibraryFilm = probe_film(path)
    return path, decide_film(film, rules)
