"""`./dubarr export` and `import-script`: a dub's script, audio, clips and timeline for editing programs, and the edited script back."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import console
from cli.arguments.output_folder import create_output_folder
from cli.arguments.parameter_types import TASK_ID, parse_language
from cli.dub import use_service
from cli.progress import TaskJson
from cli.service import process
from pipeline.errors import NotFound, NotPossible
from pipeline.script.formats import ScriptFormat, find_language_in_name
from pipeline.script.times import format_clock

if TYPE_CHECKING:
    from serve.client.client import Client

PARTS = ("dub", "speech", "background", "music", "effects", "clips", "otio")
MAX_SHOWN = 50  # changes listed on the terminal
MAX_CELL_CHARACTERS = 60
MAX_ID_DIGITS = 19  # of a task


@click.command()
@click.argument("film", metavar="TASK|FILM")
@click.option("--what", "parts", type=click.Choice(PARTS), multiple=True, help="What to export; may be given several times.")
@click.option(
    "--script",
    "scripts",
    type=click.Choice([form.value for form in ScriptFormat]),
    multiple=True,
    help="Export the script in this format.",
)
@click.option("--language", type=parse_language, metavar="LANG", help="The dub's language, as in es.  [default: all of the task]")
@click.option(
    "--format", "form", type=click.Choice(["wav", "flac"]), default="wav", show_default=True, help="Of audio: dub to effects."
)
@click.option(
    "--to", "folder", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder.  [default: the current one]"
)
@click.option("--listening-test", is_flag=True, help="Export pairs of clips, the film's and the dub's, at the same loudness.")
@click.option("--against", type=TASK_ID, metavar="TASK", help="Pairs with another dub of the film instead.")
@click.option("--pairs", type=click.IntRange(1, 200), default=40, show_default=True, help="Of a listening test, at most.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the order of a listening test.")
def export(
    film: str,
    parts: tuple[str, ...],
    scripts: tuple[str, ...],
    language: str | None,
    form: str,
    folder: Path,
    listening_test: bool,
    against: int | None,
    pairs: int,
    seed: int,
) -> None:
    """Export a dub for editing programs. The paths of the files are printed on stdout.

    dub is the whole mix, speech the dubbed voices alone, background the film's music and effects (where they were separated), music
    and effects each alone (where the separator's model has both), clips one file a line, otio an OpenTimelineIO timeline with its clips beside it. --script csv, json, srt or vtt is the text with
    speakers and times: edit it, and give it back with import-script.

    --listening-test is a ZIP archive of pairs of clips for listeners: A and B in random order, cut at the same times, at the same
    loudness, with a manifest that tells which is which.
    """
    if not parts and not scripts and not listening_test:
        raise click.UsageError(f"give --what {'|'.join(PARTS)}, --script {'|'.join(ScriptFormat)}, or --listening-test")
    if against is not None and not listening_test:
        raise click.UsageError("--against is of a listening test; give --listening-test too")
    create_output_folder(folder, "--to")
    settings = console.load_settings()
    with use_service(settings, []) as found, process.open_client(settings, found) as client:
        task = find_task(client, film)
        for tag in [language] if language else task["target_langs"]:
            for script in scripts:
                console.write_result(client.script(task["id"], tag, script, to=folder))
            for part in parts:
                console.write_result(export_part(client, task, tag, part, form, folder))
            if listening_test:
                archive = client.listening_test(task["id"], tag, against=against, pairs=pairs, seed=seed, to=folder)
                console.write_result(archive)


def export_part(client: "Client", task: TaskJson, language: str, part: str, form: str, folder: Path) -> Path:
    """Export one part of a dub into a folder. A timeline and clips are unpacked. Returns the file, or the clips' folder."""
    if part not in {"clips", "otio"}:
        return client.export(task["id"], language, part, form, to=folder)
    packed = client.export(task["id"], language, "timeline" if part == "otio" else part, to=folder)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
        names = archive.namelist()
    packed.unlink()
    return folder / next((name for name in names if name.endswith(".otio")), Path(names[0]).parts[0])


@click.command("import-script")
@click.argument("film", metavar="TASK|FILM")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="SCRIPT")
@click.option(
    "--language",
    type=parse_language,
    metavar="LANG",
    help="The dub's language, as in es.  [default: that of the file, or the task's only one]",
)
@click.option("--dry-run", is_flag=True, help="List the changes, and change nothing.")
def import_script(film: str, file: Path, language: str | None, dry_run: bool) -> None:
    """Import an edited script: CSV, JSON, SRT or VTT.

    Only cells that differ become edits, and only their lines are dubbed again: translation, source, speaker, start and end. A cell
    that somebody else changed since the export stays, and is listed as a conflict. An empty translation keeps the original audio.

    A row without a line's number, with a start, an end and a text, is added as a new line. A line that the file does not have is
    never deleted: it stays as it is.
    """
    settings = console.load_settings()
    with use_service(settings, []) as found, process.open_client(settings, found) as client:
        task = find_task(client, film)
        tag = language or choose_language(task, file)
        for line in format_import(client.import_script(task["id"], tag, file, dry_run=dry_run)):
            console.say(line)


def find_task(client: "Client", text: str) -> TaskJson:
    """The task of this number, or the newest one of a film by its path or its name. NotFound."""
    if text.isdecimal() and len(text) < MAX_ID_DIGITS:
        return client.task(int(text))
    path = Path(text)
    found = client.tasks(path=path.parent.resolve() / path.name)
    found = found or [task for task in client.tasks(search=path.name) if Path(task["path"]).name == path.name]
    if not found:
        name = console.escape_line(text)
        raise NotFound(f"there is no task of {name!r}; name a task by its ID, or a film as ./dubarr status --all lists it")
    return found[0]


def choose_language(task: TaskJson, file: Path) -> str:
    """The dub that a script file is of: by its name (`film.es.r4.csv`), or the task's only one. NotPossible."""
    languages: list[str] = task["target_langs"]
    named = find_language_in_name(file.name)
    if named in languages:
        return named
    if len(languages) == 1:
        return languages[0]
    raise NotPossible(f"task {task['id']} has dubs in {', '.join(languages)}; say with --language which one {file.name} is of")


def format_import(answer: TaskJson) -> list[str]:
    """The result of an import in lines: new lines, changes, conflicts, and what was not used."""
    changes, added, conflicts = answer["changes"], answer["added"], answer["conflicts"]
    lines = [f"new line at {format_clock(each['start'])}: {_quote_new(each)}" for each in added[:MAX_SHOWN]]
    lines += [f"… and {len(added) - MAX_SHOWN} more new lines"] if len(added) > MAX_SHOWN else []
    lines += [
        f"line {each['number']}, {each['cell']}: {_quote_cell(each, 'current')} → {_quote_cell(each, 'after')}"
        for each in changes[:MAX_SHOWN]
    ]
    lines += [f"… and {len(changes) - MAX_SHOWN} more"] if len(changes) > MAX_SHOWN else []
    lines += [
        f"conflict: line {each['number']}, {each['cell']}, was {_quote_cell(each, 'before')}, is {_quote_cell(each, 'current')} since, "
        f"and {_quote_cell(each, 'after')} in the file; it stays"
        for each in conflicts[:MAX_SHOWN]
    ]
    lines += [f"… and {len(conflicts) - MAX_SHOWN} more conflicts"] if len(conflicts) > MAX_SHOWN else []
    unused = [*answer["unmatched"], *answer["problems"]]
    lines += [f"not used: {console.escape_line(each)}" for each in unused[:MAX_SHOWN]]
    lines += [f"… and {len(unused) - MAX_SHOWN} more not used"] if len(unused) > MAX_SHOWN else []
    if answer["ignored_columns"]:
        lines.append(f"columns that no script has were ignored: {console.escape_line(', '.join(answer['ignored_columns']))}")
    if missing := answer["missing_lines"]:
        lines.append(
            f"the file lacks {console.format_count(len(missing), 'line')} of the script, left as they are: {_list_numbers(missing)}"
        )
    return [*lines, _sum_up(answer)]


def _sum_up(answer: TaskJson) -> str:
    changes, added = len(answer["changes"]), len(answer["added"])
    would = "would " if answer["dry_run"] else ""
    parts = [f"{console.format_count(changes, 'cell')} {would}change{'' if would else 'd'}"] if changes else []
    parts += [f"{console.format_count(added, 'line')} {would + 'be ' if would else ''}added"] if added else []
    if not parts:
        return "nothing changed"
    told = ", ".join(parts)
    return told if would else f"{told} (revision {answer['revision']}); the task is queued, for the lines that depend on them"


def _quote_new(line: TaskJson) -> str:
    return _quote(line["translation"]) if line["translation"] else f"{_quote(line['source'])}, to be translated"


def _quote_cell(change: TaskJson, which: str) -> str:
    return format_clock(float(change[which])) if change["cell"] in {"start", "end"} else _quote(change[which])


def _quote(text: str) -> str:
    shown = console.escape_line(text)
    return (
        f"“{shown if len(shown) <= MAX_CELL_CHARACTERS else shown[: MAX_CELL_CHARACTERS - 1] + '…'}”"
        if shown
        else "original audio"
    )


def _list_numbers(numbers: Sequence[int]) -> str:
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    return ", ".join(map(str, numbers[:10])) + more
