"""`./dubarr demo`: a sample film through the real service, and what came of it."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.progress import DubOptions, TaskJson, download_dub, follow_tasks, upload_film
from cli.service import process
from pipeline.errors import DubarrError
from pipeline.settings import Settings
from serve.runtime import state_file

if TYPE_CHECKING:
    from serve.client.client import Client

TARGET_LANGS = ("es", "ca")


@click.command()
@click.option("--subtitles", is_flag=True, help="A film with an English subtitle track: nothing needs to be recognised.")
@click.option("--keep-running/--stop", "keep", default=True, help="Leave the service running afterwards.  [default: leave it]")
def demo(subtitles: bool, keep: bool) -> None:
    """Dub a sample film into Spanish and Catalan.

    Makes the film, sends it through the service, and shows what came of it.
    """
    from evaluation.sample.film import make_sample_film

    began = time.monotonic()
    settings = console.load_settings()
    found = _find_or_start_service(settings)
    folder = settings.data_dir / "demo"
    with console.show_spinner("making the sample film"):
        film = make_sample_film(folder, subtitles=subtitles)
    with process.open_client(settings, found) as client:
        _delete_former_demos(client, settings)
        task = upload_film(client, film, DubOptions(TARGET_LANGS, source="en"))
        task = follow_tasks(client, {task["id"]: film.name})[task["id"]]
        if task["status"] != "DONE":
            raise DubarrError(f"the sample film could not be dubbed: {task['error']}")
        dubbed = download_dub(client, task, folder / "dubbed")
        _print_result(client, client.task(task["id"]), dubbed)
    console.say(f"\nthe dashboard: {found.url}/ (user: {settings.api_user}); all of this took {time.monotonic() - began:.0f} s")
    if keep:
        console.say("the service goes on running; ./dubarr stop ends it")
    else:
        process.stop_service(found)
        console.say("the service is stopped")


def _find_or_start_service(settings: Settings) -> state_file.Service:
    from cli.service.serve import start_detached

    found = state_file.find_service(settings)
    if found is None:
        return start_detached(settings, {})
    return found if found.ready else process.wait_ready(settings, found)


def _delete_former_demos(client: "Client", settings: Settings) -> None:
    """Delete the tasks and uploads of former demos, so that the work is really done again."""
    from evaluation.sample.film import NAME

    for task in client.tasks():
        path = Path(task["path"])
        if path.parent == settings.videos_dir.resolve() and path.name.startswith(NAME):
            client.delete(task["id"])
            path.unlink(missing_ok=True)  # it is a copy of ours


def _print_result(client: "Client", task: TaskJson, dubbed: Path) -> None:
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    from cli.tasks.status import build_notes_table, build_stages_table
    from pipeline.ffmpeg import ffprobe

    film = ffprobe.probe_film(dubbed)
    seconds, reports = _compute_processing_seconds(task), client.report(task["id"])
    speed = Text(f"{seconds:.1f} s of work for {film.duration:.1f} s of film: real-time factor {seconds / film.duration:.2f}")
    parts: list[Any] = [
        _build_tracks_table(film.tracks),
        Text(),
        build_stages_table(task["stages"]),
        Text(),
        speed,
        _build_quality_table(reports),
        *([build_notes_table([task])] if task["notes"] else []),
    ]
    console.create_stdout_console().print(Panel(Group(*parts), title=console.escape_lines(dubbed.name), expand=False))
    console.write_result(dubbed)


def _compute_processing_seconds(task: TaskJson) -> float:
    from datetime import datetime

    started, finished = (datetime.fromisoformat(task[name]) for name in ("started_at", "finished_at"))
    return (finished - started).total_seconds()


def _build_tracks_table(tracks: Any) -> Any:
    from rich.table import Table

    table = Table("stream", "kind", "codec", "language", "title", box=None, pad_edge=False)
    for track in tracks:
        table.add_row(str(track.index), track.kind, track.codec, track.language or "", track.title)
    return table


def _build_quality_table(reports: Any) -> Any:
    from rich.table import Table

    table = Table(
        "dub", "lines", "slots spoken", "furthest off", "overlaps", "loudness (original)", "true peak", box=None, pad_edge=False
    )
    for language, report in reports.items():
        table.add_row(
            language,
            str(len(report["lines"])),
            f"{report['coverage']:.0%}",
            f"{report['max_lateness']:.2f} s",
            str(report["overlaps"]),
            f"{report['loudness']:.1f} ({report['original_loudness']:.1f}) LUFS",
            f"{report['true_peak']:.1f} dBTP",
        )
    return table
