"""`./dubarr library`: bulk dubbing of a folder: every film that lacks a language."""

import hashlib
import os
import re
from pathlib import Path
from typing import TypedDict, Unpack

import click

from cli import console
from cli.arguments.parameter_types import add_targets_option, parse_languages
from cli.library.bulk_run import LibraryOptions, dub_library, show_plan
from cli.library.display import format_summary
from pipeline.errors import DubarrError
from pipeline.library.scan import DubbingRules
from pipeline.settings import Settings


class LibraryArguments(TypedDict):
    """Options of the command line, as click parses them. `longest`: minutes."""

    targets: tuple[str, ...] | None
    sources: tuple[str, ...] | None
    longest: float
    limit: int | None
    at_once: int
    retry_failed: bool
    report: Path | None
    dry_run: bool
    exclude: tuple[str, ...]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="FOLDER")
@add_targets_option
@click.option("--from", "sources", type=parse_languages, metavar="LANGS", help="Only films in these languages.  [default: any]")
@click.option(
    "--longest",
    type=click.FloatRange(min=0, min_open=True),
    default=240.0,
    show_default=True,
    metavar="MINUTES",
    help="Only films up to this length.",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Dub at most so many films this time.")
@click.option(
    "--at-once",
    type=click.IntRange(1, 64),
    default=4,
    show_default=True,
    metavar="N",
    help="Films offered to the service at a time.",
)
@click.option(
    "--retry-failed",
    is_flag=True,
    help="Also films that failed before. Without it they are left alone, so that a nightly run does not fail at them again.",
)
@click.option(
    "--report",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Parquet files, a row a film and run.  [default: in DATA_DIR/library]",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    help="Leave out files and folders by name or path, as in 'Kids*' or 'Shows/*/Specials'; may be repeated.  [also: EXCLUDE]",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be done, and why.")
def library(folder: Path, **given: Unpack[LibraryArguments]) -> None:
    """Dub every film of a folder that lacks a language.

    Films that have it, that are too long or dubs of ours are left alone, and so are extras, samples and recycle bins. Films that somebody waits for (an upload, Sonarr,
    Radarr, `./dubarr dub`) come first. Stop it whenever you like: the same command goes on, and repeats nothing. The last
    line on stdout is the report's folder.
    """
    settings = console.load_settings()
    order = build_library_options(folder.resolve(), given, settings)
    if given["dry_run"]:
        show_plan(order, settings)
        return
    tally = dub_library(order, settings)
    console.say(format_summary(tally))
    console.write_result(order.report)
    if tally.failures:
        raise DubarrError(f"{len(tally.failures)} films could not be dubbed; --retry-failed tries them again")


def build_library_options(root: Path, given: LibraryArguments, settings: Settings) -> LibraryOptions:
    """Options of a run from the command line, with defaults from the settings."""
    wanted, spoken = given["targets"] or settings.target_langs, given["sources"] or ()
    rules = DubbingRules(
        wanted, spoken, given["longest"] * 60, given["retry_failed"], (*settings.exclude, *given["exclude"]), settings.roots
    )
    return LibraryOptions(root, rules, given["report"] or find_default_report(settings, root), given["at_once"], given["limit"])


def find_default_report(settings: Settings, root: Path) -> Path:
    """The default folder of a library's report, unique for each library folder, also where two have the same name."""
    digest = hashlib.blake2b(os.fsencode(root), digest_size=3).hexdigest()
    return settings.data_dir / "library" / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', root.name) or 'films'}-{digest}"
