"""`./dubarr dub`: dub films through the running service, or through one started for this."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import click

from cli import console
from cli.arguments.film_arguments import FilmSelection, select_films
from cli.arguments.output_folder import create_output_folder
from cli.arguments.parameter_types import FilmArgument, add_targets_option, check_callback, parse_language
from cli.progress import DubOptions, TaskJson, download_dub, follow_tasks, send_film
from cli.service import process
from cli.tasks.status import build_notes_table
from pipeline.errors import DubarrError
from pipeline.settings import Settings
from pipeline.text.glossary import read_glossary_text, require_task_glossary
from pipeline.values.preview import TIME_ADVICE, PreviewRange, parse_time
from serve.runtime import state_file

if TYPE_CHECKING:
    from serve.client.client import Client

NO_TARGETS: Mapping[Path, tuple[str, ...]] = MappingProxyType({})


@click.command()
@click.argument("films", nargs=-1, required=True, type=FilmArgument(path_type=Path), metavar="FILM...")
@add_targets_option
@click.option(
    "--from", "source", type=parse_language, metavar="LANG", help="The film's own language, as in en.  [default: detected]"
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the dubbed films.  [default: in DATA_DIR]"
)
@click.option("--speakers", type=click.IntRange(1, 100), help="How many people speak, if you know.")
@click.option("--audio", type=click.IntRange(min=1), metavar="N", help="Audio track to dub, from 1.  [default: the dialogue's]")
@click.option(
    "--subtitles",
    metavar="N|FILE|none",
    help="Subtitles to dub from: a track of the film, from 1; a file; or none, for speech recognition.  [default: the best that fit]",
)
@click.option(
    "--glossary",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help='Terms of these films, a line each: [es:] term [= translation] [[IPA]] ["respelling"].',
)
@click.option("--callback", metavar="URL", help="URL that gets a POST when each film's task has ended.")
@click.option(
    "--from-time",
    "start",
    metavar="TIME",
    help="Dub a part of the film first: where it begins, as 600, 10:00 or 1:10:00.  [default: 0:00]",
)
@click.option(
    "--until", "end", metavar="TIME", help="Where that part ends: seconds, MM:SS or HH:MM:SS, as 900, 15:00 or 1:15:00."
)
def dub(
    films: tuple[Path, ...],
    targets: tuple[str, ...] | None,
    source: str | None,
    out: Path | None,
    speakers: int | None,
    audio: int | None,
    subtitles: str | None,
    glossary: Path | None,
    callback: str | None,
    start: str | None,
    end: str | None,
) -> None:
    """Dub films. The last line on stdout is the dubbed film's path, one line per film.

    A folder, or a quoted pattern such as 'Films/**/*.mkv', stands for its films that lack a language; extras, samples and EXCLUDE are left out.

    --audio and --subtitles number the film's audio tracks and its subtitle tracks, each kind by itself and from 1, in the order
    in which players and mediainfo list them. Without them the dialogue's track and the best subtitles are found, and the notes
    after the dub say which and why.

    --from-time 10:00 --until 15:00 makes a preview: a short film of this part with its dub, in DATA_DIR. Dub the film without them
    afterwards, and the rest is dubbed too; nothing of the preview is done twice, and its lines stay as you heard and edited them.

    A glossary's es: Siobhan = Siobhan [ʃiˈβon] "Chivón" translates and pronounces; these terms count before the library's glossary.

    A service that runs is used; otherwise one is started for this, and stopped afterwards.
    """
    settings = console.load_settings()
    target_langs = targets or settings.target_langs
    terms, preview = read_task_glossary(glossary), parse_preview(start, end)
    subtitles, url = locate_subtitles(subtitles), check_callback(callback)
    options = DubOptions(target_langs, source, speakers, audio, subtitles, preview, terms, url)
    selection = select_films(films, target_langs, settings)
    if options.subtitle_file and max(len(films), len(selection.films)) > 1:
        raise click.UsageError(f"--subtitles {subtitles} is of one film; dub the films one by one")
    if selection.films and out:
        _refuse_name_clashes(selection.films, out)
        create_output_folder(out, "--out")
    _dub_selection(selection, options, out, settings)


def _dub_selection(selection: FilmSelection, options: DubOptions, out: Path | None, settings: Settings) -> None:
    """Dub the selected films, and print the path of each dub; no service is needed for none. DubarrError where some were not dubbed."""
    for reason in selection.refused.values():
        console.say(console.escape_line(reason))
    failed = len(selection.refused) + (_dub_all(selection, options, out, settings) if selection.films else 0)
    if failed:
        raise DubarrError(f"{failed} of {len(selection.films) + len(selection.refused)} films could not be dubbed")


def _dub_all(selection: FilmSelection, options: DubOptions, out: Path | None, settings: Settings) -> int:
    """Dub the films, print the path of each dub, and return how many could not be dubbed."""
    films = selection.films
    with use_service(settings, _list_folders(films, options)) as found, process.open_client(settings, found) as client:
        ended = list(dub_films(client, films, options, selection.targets))
        if noted := [task for _, task in ended if task.get("notes")]:
            console.create_stderr_console().print(build_notes_table(noted))
        return sum(not report_dub(task, film, client, out) for film, task in ended)


def parse_preview(start: str | None, end: str | None) -> PreviewRange | None:
    """The part of the film to dub first; None: all of it. UsageError for times that make none."""
    if start is None and end is None:
        return None
    try:
        begin = parse_time(start) if start else 0.0
    except ValueError as error:
        raise click.UsageError(f"--from-time: {error}") from None
    if end is None:
        raise click.UsageError(f"--from-time {start} needs --until, where the part ends; {TIME_ADVICE}")
    try:
        until = parse_time(end)
    except ValueError as error:
        raise click.UsageError(f"--until: {error}") from None
    try:
        return PreviewRange(begin, until)
    except ValueError as error:
        raise click.UsageError(f"--from-time {start or '0:00'} --until {end}: {error}") from None


def read_task_glossary(path: Path | None) -> str:
    """The text of a glossary file; "" for none. GlossaryError for one with malformed lines, before anything is started."""
    return "" if path is None else require_task_glossary(read_glossary_text(path, name="--glossary"))


def locate_subtitles(text: str | None) -> str | None:
    """The choice of subtitles, a file by its whole path. UsageError for a file that is not there."""
    if text is None or text.strip().isdecimal() or text.strip().casefold() == "none":
        return text
    path = Path(text).expanduser()
    if not path.is_file():
        raise click.UsageError(f"--subtitles {text}: no such file; give a track's number, a subtitle file, or none")
    return str(path.resolve())


def _list_folders(films: tuple[Path, ...], options: DubOptions) -> list[Path]:
    """The folders of the films and of the chosen subtitles, and those of the files that they are links to."""
    given = [*films, *([options.subtitle_file] if options.subtitle_file else [])]
    return [folder for path in given for folder in (path.parent, path.resolve().parent)]


def _refuse_name_clashes(films: tuple[Path, ...], out: Path) -> None:
    """UsageError where a dub in `out`, which has its film's name, would replace the film or another dub."""
    if any(film.parent == out.resolve() for film in films):
        raise click.UsageError(f"--out {out} holds the film itself, which the dub would replace; give another folder")
    names = [film.name for film in films]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise click.UsageError(f"two films are called {twice}, and one folder cannot take both dubs; dub them one by one")


def dub_films(
    client: "Client", films: tuple[Path, ...], options: DubOptions, targets: Mapping[Path, tuple[str, ...]] = NO_TARGETS
) -> Iterator[tuple[Path, TaskJson]]:
    """Queue the films and wait: each film with its ended task. A refused film does not stop the others. `targets`: languages of
    single films, in place of those of the options.
    """
    tasks: dict[Path, TaskJson] = {}
    for film in films:
        try:
            tasks[film] = send_film(client, film, replace(options, target_langs=targets.get(film, options.target_langs)))
        except DubarrError as error:
            tasks[film] = {"id": None, "status": "ERROR", "error": str(error), "output": None}
    ended = follow_tasks(client, {task["id"]: film.name for film, task in tasks.items() if task["id"] is not None})
    yield from ((film, ended.get(task["id"], task)) for film, task in tasks.items())


def report_dub(task: TaskJson, film: Path, client: "Client", out: Path | None) -> bool:
    """Print the path of a task's dub, of sidecar dubs each one's, or the reason for which there is none. True if there is a dub."""
    if task["status"] != "DONE" or not task["output"]:
        sentence = task["error"] or "the task ended without a film"
        console.say(console.escape_line(sentence if film.name in sentence else f"{film.name}: {sentence}"))
        return False
    outputs = task["outputs"]
    languages = task["target_langs"] if len(outputs) > 1 else [None]
    for output, language in zip(outputs, languages, strict=True):
        try:
            console.write_result(download_dub(client, task, out, language) if out else output)
        except OSError as error:  # the others go on
            console.say(console.escape_line(f"{film.name}: its dub is {output}; --out {out} cannot be written: {error.strerror}"))
            return False
    return True


@contextlib.contextmanager
def use_service(settings: Settings, library: Iterable[Path]) -> Iterator[state_file.Service]:
    """The running service, or a temporary one whose library includes these folders, stopped after the block if no task is left."""
    found = state_file.find_service(settings)
    if found:
        yield found if found.ready else process.wait_ready(settings, found)
        return
    from cli.install import model_downloads, readiness

    readiness.require_engines(settings)
    model_downloads.fetch_for_start(settings)
    port = settings.port if process.is_port_free(settings.host, settings.port) else process.find_free_port(settings.host)
    folders = dict.fromkeys(map(str, (*settings.library_roots, *library)))
    listable = [folder for folder in folders if ":" not in folder]  # LIBRARY_ROOTS is separated by colons; others are uploaded
    overrides = {"PORT": str(port), "LIBRARY_ROOTS": ":".join(listable)}
    with console.show_spinner("starting the service"):
        own = process.start_service(console.load_settings(overrides), overrides)
    with ExitStack() as on_failure:
        on_failure.callback(process.stop_service, own)
        yield own
        others = _count_unfinished(settings, own)
        on_failure.pop_all()
    if others:
        console.say(f"the service stays, because {others} other tasks are not finished; ./dubarr stop ends it")
        return
    with console.show_spinner("stopping the service"):
        process.stop_service(own)


def _count_unfinished(settings: Settings, found: state_file.Service) -> int:
    with process.open_client(settings, found) as client:
        queue = client.health()["queue_stats"]
    return int(queue["QUEUED"] + queue["PROCESSING"])
