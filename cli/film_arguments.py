"""Films of a command line: files by name, and those of folders and glob patterns that lack a language; the callback of their tasks."""

import glob
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from cli import console
from pipeline.library.scan import Decision, DubbingRules, LibraryFilm, Verdict, decide_film, find_films, probe_film
from pipeline.settings import Settings
from pipeline.text.naming.film_names import is_film_name

MAX_PARALLEL_PROBES = 4
MAX_TOLD_FILMS = 20


@dataclass(frozen=True, slots=True)
class FilmSelection:
    """Films to dub with the target languages of each, and those that are left out, each with the reason."""

    targets: Mapping[Path, tuple[str, ...]]
    left_out: Mapping[Path, str]

    @property
    def films(self) -> tuple[Path, ...]:
        """The films to dub."""
        return tuple(self.targets)

    def describe(self) -> str:
        """Numbers of the films to dub and of those that are left out, in words."""
        count = "1 film" if len(self.targets) == 1 else f"{len(self.targets):,} films"
        rest = f"; {len(self.left_out):,} left out" if self.left_out else ""
        return f"{count} to dub{rest}"


def select_films(given: Sequence[Path], targets: Sequence[str], settings: Settings) -> FilmSelection:
    """Select the films of a command line. A file is taken as it is named; of folders and patterns, as the library's scan finds them,
    only films that lack a target language, without excluded ones, and that is printed. UsageError for a name that matches nothing.
    """
    rules = DubbingRules(tuple(targets), exclude=settings.exclude, roots=settings.roots)
    chosen: dict[Path, tuple[str, ...]] = {}
    searched: dict[Path, None] = {}
    for path in given:
        if path.is_file():
            chosen[_resolve_folder(path)] = rules.targets
        else:
            searched.update(dict.fromkeys(map(_resolve_folder, _search(path, rules))))
    left_out: dict[Path, str] = {}
    if not searched:
        return FilmSelection(chosen, left_out)
    with ThreadPoolExecutor(MAX_PARALLEL_PROBES) as pool, console.show_spinner(f"looking into {len(searched)} films"):
        for path, decision in pool.map(partial(_decide, rules=rules), [path for path in searched if path not in chosen]):
            if decision.verdict is Verdict.DUB:
                chosen[path] = decision.targets
            else:
                left_out[path] = decision.reason
    selection = FilmSelection(chosen, left_out)
    tell_selection(selection)
    return selection


def tell_selection(selection: FilmSelection) -> None:
    """Print the films that are left out, and how many are dubbed."""
    for path, reason in list(selection.left_out.items())[:MAX_TOLD_FILMS]:
        console.say(console.escape_line(f"{path.name}: left out: {reason}"))
    if len(selection.left_out) > MAX_TOLD_FILMS:
        console.say(f"and {len(selection.left_out) - MAX_TOLD_FILMS:,} more; ./dubarr library FOLDER --dry-run lists them all")
    console.say(selection.describe())


def _search(given: Path, rules: DubbingRules) -> Iterator[Path]:
    """Films of a folder, or of the files and folders that a pattern matches."""
    if given.is_dir():
        yield from find_films(given, rules)
        return
    is_pattern = glob.has_magic(str(given))
    found = glob.glob(str(given.expanduser()), recursive=True) if is_pattern else []  # noqa: PTH207 -- Path.glob takes no absolute pattern
    matched = sorted(map(Path, found))
    films = [path for path in matched if is_film_name(path) and path.is_file()]
    folders = [path for path in matched if path.is_dir() and "**" not in str(given)]
    if not films and not folders:
        name = console.escape_line(str(given))
        raise click.UsageError(f"Pattern '{name}' matches no film." if is_pattern else f"File '{name}' does not exist.")
    yield from films
    for folder in folders:
        yield from find_films(folder, rules)


def _resolve_folder(path: Path) -> Path:
    return path.parent.resolve() / path.name  # a link keeps its name


def _decide(path: Path, rules: DubbingRules) -> tuple[Path, Decision]:
    film: LibraryFilm = probe_film(path)
    return path, decide_film(film, rules)


def check_callback(url: str | None) -> str | None:
    """Check a callback by the API's rules, before anything is started. UsageError."""
    if url is None:
        return None
    from serve.connections.callback_url import MAX_URL_CHARACTERS, require_callback_url

    try:
        if len(url) > MAX_URL_CHARACTERS:
            raise ValueError(f"is longer than {MAX_URL_CHARACTERS} characters; give a shorter one")
        return require_callback_url(url)
    except ValueError as error:
        raise click.UsageError(f"--callback {error}") from None
