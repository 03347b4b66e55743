"""Progress bars on stderr for films that are uploaded, dubbed and downloaded."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import console
from pipeline.control_characters import has_lone_surrogates
from pipeline.errors import FilmNotFound, FilmRefused
from pipeline.values.preview import PreviewRange
from pipeline.values.track_selection import TrackSelection
from serve.client.client_errors import ServiceUnavailable
from serve.client.read_requests import ENDED_STATUSES

if TYPE_CHECKING:
    from rich.progress import Progress

    from serve.client.client import Client


@dataclass(frozen=True, slots=True)
class DubOptions:
    """Options of one run, the same for every film. None: detected, or chosen by Dubarr.

    `audio`: number of the audio track, from 1. `subtitles`: number of the subtitle track, a file's path, or "none". `preview`: the part to dub.
    `glossary`: terms of these films, as text. `callback`: URL that the end of each task is POSTed to.
    """

    target_langs: tuple[str, ...]
    source: str | None = None
    speakers: int | None = None
    audio: int | None = None
    subtitles: str | None = None
    preview: PreviewRange | None = None
    glossary: str = ""
    callback: str | None = None

    @property
    def subtitle_file(self) -> Path | None:
        """The chosen subtitle file; None for any other choice."""
        file = TrackSelection.parse(None, self.subtitles).subtitle_file
        return Path(file) if file else None


TaskJson = dict[str, Any]  # a task as DESIGN.md's API tells it

POLL_INTERVAL_S = 0.4  # s between questions, where there is no stream of events
RECONNECT_LIMIT_S = 45.0  # s without an answer; a replica that was killed is back within 10


def send_film(client: "Client", film: Path, options: DubOptions) -> TaskJson:
    """Give the service a film: by its path where it may read it there, else by an upload, its subtitles with it. UsersFault, in the service's words."""
    if has_lone_surrogates(str(film)):
        raise FilmRefused(f"the name of {film.name}, or of its folder, is no UTF-8; rename it")
    try:
        return client.submit_path(
            film,
            options.target_langs,
            options.source,
            options.speakers,
            audio_track=options.audio,
            subtitle_track=options.subtitles,
            preview=options.preview,
            glossary=options.glossary,
            force=True,
            callback=options.callback,
        )
    except (FilmRefused, FilmNotFound) as error:  # it lies outside the library, or where the service sees no such file
        if options.callback:
            raise FilmRefused(f"{error}; an upload takes no --callback: leave it out, or set LIBRARY_ROOTS") from error
        return upload_film(client, film, options)


def upload_film(client: "Client", film: Path, options: DubOptions) -> TaskJson:
    """Upload a film over HTTP, once its chosen tracks are seen to exist. FilmError."""
    require_tracks(film, options)
    with create_progress_bars() as bars:
        bar = bars.add_task(console.escape_line(f"uploading {film.name}"), total=None, stage="")
        try:
            return client.upload(
                film,
                target_langs=options.target_langs,
                source_lang=options.source,
                speakers=options.speakers,
                audio_track=options.audio,
                subtitle_track=options.subtitles,
                preview=options.preview,
                glossary=options.glossary,
                progress=lambda done, total: bars.update(bar, completed=done, total=total),
            )
        except KeyboardInterrupt:
            console.say(
                f"the upload of {console.escape_line(film.name)} was interrupted; the same command resumes it within a day"
            )
            raise


def require_tracks(film: Path, options: DubOptions) -> None:
    """Require that a film has the tracks that were chosen by number: an upload may take hours. FilmError, with those that it has."""
    from pipeline.analysis.subtitle_source import list_subtitle_candidates
    from pipeline.stages.probe import probe
    from pipeline.text.subtitles.subtitle_sidecars import find_sidecars
    from pipeline.text.track_choice import select_dialogue_track
    from pipeline.values.media import Source

    selection = TrackSelection.parse(options.audio, None if options.subtitle_file else options.subtitles)
    if selection.audio is None and selection.subtitle_number is None:
        return
    source = Source.of(film, find_sidecars(film))
    probed = select_dialogue_track(probe(source), selection.audio, name=film.name)
    list_subtitle_candidates(source, probed, selection)


def follow_tasks(client: "Client", names: Mapping[int, str]) -> dict[int, TaskJson]:
    """Wait until all these tasks have ended. `names`: task id → what to call it."""
    ended: dict[int, TaskJson] = {}
    if not names:
        return ended
    try:
        with create_progress_bars() as bars, client.watch_changes(list(names)) as changes:
            shown = {
                task_id: bars.add_task(console.escape_line(name), total=None, stage="queued") for task_id, name in names.items()
            }
            while len(ended) < len(names):
                for task in _fetch_tasks(client, names.keys() - ended.keys()):
                    progress, status = task["progress"], task["status"]
                    stage = progress["stage"] if status == "PROCESSING" else status.lower()
                    bars.update(
                        shown[task["id"]],
                        completed=progress["done"],
                        total=progress["total"] or None,
                        stage=console.escape_line(stage),
                    )
                    if status in ENDED_STATUSES:
                        ended[task["id"]] = task
                if len(ended) < len(names):
                    changes.wait(POLL_INTERVAL_S)
    except KeyboardInterrupt:
        console.say("interrupted; what is finished is kept, and the rest goes on where the service runs")
        raise
    return ended


def _fetch_tasks(client: "Client", task_ids: Collection[int]) -> list[TaskJson]:
    """The tasks as they are now. A service that restarts is given time to come back: ServiceUnavailable after that."""
    deadline = time.monotonic() + RECONNECT_LIMIT_S
    while True:
        try:
            return [client.task(task_id) for task_id in task_ids]
        except ServiceUnavailable:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_INTERVAL_S)


def download_dub(client: "Client", task: TaskJson, folder: Path, language: str | None = None) -> Path:
    """Download a finished dub into a folder; of several sidecar dubs that of a language."""
    folder.mkdir(parents=True, exist_ok=True)
    with create_progress_bars() as bars:
        bar = bars.add_task("downloading", total=None, stage="")
        return client.download(
            task["id"], folder, progress=lambda done, total: bars.update(bar, completed=done, total=total), language=language
        ).resolve()


def create_progress_bars() -> "Progress":
    """Rich's progress bars on stderr, with description, stage and elapsed time."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[stage]}", markup=False))
    return Progress(*columns, TimeElapsedColumn(), console=console.create_stderr_console(), transient=False)
