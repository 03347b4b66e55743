"""`./dubarr evaluate FOLDER`: films with references are dubbed by the service and measured; the figures of two settings compared."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli import console
from cli.dub import use_service
from cli.evaluate.takes import fetch_takes, load_recognizer
from cli.progress import DubOptions, TaskJson, follow_tasks, send_film
from cli.service import process
from pipeline.errors import DubarrError, LanguageError
from pipeline.settings import Settings
from serve.client.read_requests import ENDED_STATUSES

if TYPE_CHECKING:
    from rich.table import Table

    from evaluation.film_evaluation.film_references import FilmReferences
    from evaluation.film_evaluation.measurement import DubbedFilmFacts
    from evaluation.film_evaluation.observations import Observation
    from evaluation.film_evaluation.paired_bootstrap import Difference
    from evaluation.metrics import WordErrors
    from evaluation.round_trip import TakeRecognizer
    from pipeline.values.tasks import LineRow
    from serve.client.client import Client

RESULTS_NAME = "evaluation.parquet"
MAX_RESULT_FILES = 1_000  # of one folder


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """Options of an evaluation. `languages`: of the dubs; () for those with a translation. `source`: the films' language.

    `use_subtitles`: the dialogue is taken from the reference's subtitles, so that all but recognition is measured. `again`:
    films are dubbed anew, nothing from the cache. `against`: results of another evaluation.
    """

    languages: tuple[str, ...] = ()
    source: str = "en"
    use_subtitles: bool = False
    again: bool = False
    out: Path | None = None
    against: Path | None = None


def evaluate_folder(folder: Path, options: FolderOptions, settings: Settings) -> None:
    """Dub the films of a folder that have references, measure them, write a Parquet file and print the figures."""
    from evaluation import metrics
    from evaluation.film_evaluation.film_references import find_references
    from evaluation.film_evaluation.results_file import write_results

    metrics.require_libraries("./dubarr evaluate")
    others = read_results_file(options.against) if options.against else ()  # before hours of work
    folder = folder.resolve()
    films = find_references(folder, language=options.source)
    out = options.out or choose_results_path(folder)
    with use_service(settings, [folder]) as found, process.open_client(settings, found) as client:
        tasks = dub_films(client, films, options)
        observations = tuple(measure_films(client, films, tasks, settings, options))
    write_results(out, observations)
    show_results(observations, others)
    console.write_result(out)


def read_results_file(path: Path) -> "tuple[Observation, ...]":
    """Results of an earlier evaluation. FilmError where the file is none."""
    from evaluation.film_evaluation.results_file import read_results

    return read_results(path)


def show_results(observations: "Sequence[Observation]", others: "Sequence[Observation]") -> None:
    """Print the table of all figures, and where there are other results, the differences to them."""
    from evaluation.film_evaluation.paired_bootstrap import compare_evaluations

    screen = console.create_stdout_console()
    screen.print(build_figures_table(observations))
    if others:
        screen.print(build_differences_table(compare_evaluations(others, observations)))


def choose_results_path(folder: Path) -> Path:
    """A file of the folder that does not exist yet: earlier results are kept for comparison."""
    names = (RESULTS_NAME, *(f"evaluation-{number}.parquet" for number in range(2, MAX_RESULT_FILES)))
    free = next((folder / name for name in names if not (folder / name).exists()), None)
    if free is None:
        raise DubarrError(f"{folder} holds {MAX_RESULT_FILES} results already; remove some, or give --out FILE")
    return free


def dub_films(client: "Client", films: "Sequence[FilmReferences]", options: FolderOptions) -> dict[str, TaskJson]:
    """Film's name → its finished task, dubbed now where it is not yet. DubarrError where a film cannot be dubbed."""
    sent: dict[int, str] = {}
    for film in films:
        targets = options.languages or tuple(film.translations)
        if not targets:
            raise DubarrError(f"{film.film.name} has no translation beside it, so its languages are not known; give --language")
        if options.use_subtitles and film.source_file is None:
            raise DubarrError(f"{film.film.name} has no {film.name}.{film.language}.srt to take the dialogue from")
        subtitles = str(film.source_file) if options.use_subtitles else "none"
        task = send_film(client, film.film, DubOptions(targets, film.language, subtitles=subtitles))
        if options.again and task["status"] in ENDED_STATUSES:
            client.purge(task["id"])
        sent[task["id"]] = film.name
    ended = {sent[task_id]: task for task_id, task in follow_tasks(client, sent).items()}
    if failed := [f"{name}: {task['error']}" for name, task in ended.items() if task["status"] != "DONE"]:
        raise DubarrError(f"{len(failed)} of {len(films)} films could not be dubbed; {console.escape_line('; '.join(failed))}")
    return ended


def measure_films(
    client: "Client",
    films: "Sequence[FilmReferences]",
    tasks: dict[str, TaskJson],
    settings: Settings,
    options: FolderOptions,
) -> "Iterator[Observation]":
    """The observations of all films."""
    from evaluation.film_evaluation.measurement import observe_film

    recognizer = load_recognizer(settings)
    for film in films:
        languages = options.languages or tuple(film.translations)
        with console.show_spinner(f"evaluating {film.name}"):
            facts = fetch_facts(client, tasks[film.name], languages, recognizer, settings.artifacts)
            yield from observe_film(film, facts)


def fetch_facts(
    client: "Client", task: TaskJson, languages: Sequence[str], recognizer: "TakeRecognizer", artifacts: Path
) -> "DubbedFilmFacts":
    """A dubbed film as its service tells of it, its takes recognised again where the reports do not say how they are understood."""
    from dashboard.notebook import parse_lines
    from evaluation.film_evaluation.measurement import DubbedFilmFacts, parse_line_reports, parse_turns, read_round_trip

    rows = {tag: tuple(sorted(parse_lines(client.lines(task["id"], tag)), key=lambda row: row.start)) for tag in languages}
    reports = client.report(task["id"])
    round_trip = {}
    for tag in languages:
        spoken = [row for row in rows[tag] if row.dub_seconds > 0.0]
        known = read_round_trip(spoken, parse_line_reports(reports.get(tag, {})))
        round_trip[tag] = recognize_takes(client, task["id"], tag, spoken, recognizer) if known is None else known
    turns = read_answer(client, task["id"], "diarize")
    return DubbedFilmFacts(
        rows=rows,
        reports=reports,
        seconds=task["duration"],
        turns=parse_turns(turns) if turns else (),
        stems=find_stems(read_answer(client, task["id"], "separate"), artifacts),
        work_s=measure_work(task, client.stages(task["id"])),
        is_recognized=all(row.text_source != "subtitle" for tag in languages for row in rows[tag])
        and str(task.get("subtitle_track") or "") in {"", "none"},
        round_trip=round_trip,
    )


def recognize_takes(
    client: "Client", task_id: int, language: str, rows: "Sequence[LineRow]", recognizer: "TakeRecognizer"
) -> "tuple[WordErrors, ...]":
    """Word errors of each line's take; () in a language that the recogniser does not know, which is told."""
    from evaluation.film_evaluation.measurement import count_take_errors
    from pipeline.text.languages import base_language

    with tempfile.TemporaryDirectory(prefix="dubarr-takes-") as folder:
        takes = [line.take for line in fetch_takes(client, task_id, language, rows, Path(folder))]
        try:
            return count_take_errors(rows, takes, recognizer, base_language(language))
        except LanguageError as error:
            console.say(f"round trip: {error}")
            return ()


def read_answer(client: "Client", task_id: int, stage: str) -> Any:
    """The cached answer of a stage, from JSON; None where there is none."""
    from pipeline.store.stages import build_answer_query

    found = client.query(build_answer_query(task_id, stage)).to_pylist()
    return json.loads(found[0]["answer"]) if found else None


def find_stems(answer: Any, artifacts: Path) -> tuple[Path, Path] | None:
    """Files of the separated speech and background; None where nothing was separated, or the service's files are not here."""
    parts = [answer.get(name) for name in ("voices", "background")] if answer else []
    paths = [artifacts / part["file"] for part in parts if part]
    return (paths[0], paths[1]) if len(paths) == 2 and all(path.is_file() for path in paths) else None


def measure_work(task: TaskJson, stages: Iterable[dict[str, Any]]) -> float | None:
    """Seconds from the start of a task to its end; None where a stage of its last attempt came from the cache."""
    last = [stage for stage in stages if stage["attempt"] == task["attempts"]]
    if not (task["started_at"] and task["finished_at"]) or any(stage["reused"] for stage in last):
        return None
    began, ended = (datetime.fromisoformat(task[name]) for name in ("started_at", "finished_at"))
    return (ended - began).total_seconds()


def build_figures_table(observations: "Sequence[Observation]") -> "Table":
    """A row per figure; a column per film and language, then per language over all films."""
    from rich.table import Table

    from evaluation.film_evaluation.figures import FIGURES, compute_figures

    values = {(each.figure.name, each.film, each.language): each for each in compute_figures(observations)}
    dubs = sorted({(film, language) for _, film, language in values if language}, key=lambda dub: (not dub[0], dub))
    dubs = dubs or sorted({(film, "") for _, film, _ in values})
    table = Table("figure", *(f"{film or 'all films'} {language}".strip() for film, language in dubs), box=None, pad_edge=False)
    for figure in FIGURES:
        found = [values.get((figure.name, film, tag)) or values.get((figure.name, film, "")) for film, tag in dubs]
        if any(found):
            table.add_row(figure.name, *("" if each is None else f"{each.value:.{figure.digits}f}" for each in found))
    return table


def build_differences_table(differences: "Iterable[Difference]") -> "Table":
    """A row per figure and language: A (the other results), B (these), the difference, and a mark where it is certain."""
    from rich.table import Table

    table = Table("figure", "dub", "A", "B", "B - A", "95 % interval", "", "pairs", box=None, pad_edge=False)
    for each in differences:
        digits = each.figure.digits
        first, second, change = (f"{value:.{digits}f}" for value in (each.first, each.second, each.second - each.first))
        interval = "" if each.low is None or each.high is None else f"{each.low:+.{digits}f} … {each.high:+.{digits}f}"
        mark = "" if not each.is_significant else {True: "better", False: "worse", None: "differs"}[each.is_better]
        table.add_row(each.figure.name, each.language, first, second, change, interval, mark, str(each.pairs))
    return table
