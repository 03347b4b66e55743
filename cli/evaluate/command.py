"""`./dubarr evaluate`: quality metrics of a film's dubs: round-trip word error rate by voice, chrF, duration fit."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.arguments.parameter_types import parse_language
from cli.dub import use_service
from cli.evaluate.folder import FolderOptions, evaluate_folder, read_results_file, show_results
from cli.evaluate.reference_set import make_films
from cli.evaluate.takes import fetch_takes, load_recognizer
from cli.progress import DubOptions, TaskJson, follow_tasks, send_film
from cli.service import process
from pipeline.errors import DubarrError, NotPossible
from pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.table import Table

    from evaluation.dub_metrics import DubScores
    from evaluation.round_trip import TakeRecognizer
    from serve.client.client import Client

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
RESULTS_SUFFIX = ".parquet"


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """The command's options, each of a film, of a folder, or of a reference set."""

    sample: bool
    languages: tuple[str, ...]
    reference: Path | None
    as_json: bool
    source: str
    known_text: bool
    again: bool
    out: Path | None
    against: Path | None
    make_reference_set: bool
    seeds: tuple[int, ...]
    hours: float | None

    @property
    def folder(self) -> FolderOptions:
        """Those of an evaluated folder."""
        return FolderOptions(self.languages, self.source, self.known_text, self.again, self.out, self.against)

    def require_consistent(self, path: Path | None) -> None:
        """UsageError for options that contradict each other, or are of another kind of evaluation than `path` is."""
        if (path is None) is not self.sample:
            raise click.UsageError("give either FILM, FOLDER or RESULTS.parquet, or --sample")
        if self.reference and len(self.languages) != 1:
            raise click.UsageError("--reference needs one --language, that of its subtitles")
        if path is not None and not path.exists() and not self.make_reference_set:
            raise click.UsageError(f"{path} does not exist")
        is_folder = path is not None and not path.is_file()
        is_results = path is not None and not is_folder and path.suffix == RESULTS_SUFFIX
        if (self.make_reference_set or self.known_text or self.again or self.out) and not is_folder:
            raise click.UsageError("--make-reference-set, --known-text, --again and --out are of a FOLDER")
        if self.against and not (is_folder or is_results):
            raise click.UsageError("--against is of a FOLDER or of RESULTS.parquet")
        if (self.seeds or self.hours) and not self.make_reference_set:
            raise click.UsageError("--seed and --hours are of --make-reference-set")
        if (self.reference or self.as_json) and (is_folder or is_results):
            raise click.UsageError("--reference and --json are of a FILM")


@click.command()
@click.argument("path", required=False, type=click.Path(path_type=Path), metavar="[FILM|FOLDER|RESULTS.parquet]")
@click.option("--sample", is_flag=True, help="The bundled sample film, dubbed first where it is not yet.")
@click.option(
    "--language",
    "languages",
    type=parse_language,
    multiple=True,
    metavar="LANG",
    help="Only this dub; may be given again.  [default: all]",
)
@click.option("--reference", type=EXISTING_FILE, help="FILM: subtitles by a person, for chrF.")
@click.option("--json", "as_json", is_flag=True, help="FILM: one JSON object on stdout instead of a table.")
@click.option(
    "--from",
    "source",
    type=parse_language,
    default="en",
    show_default=True,
    metavar="LANG",
    help="FOLDER: the films' own language.",
)
@click.option("--known-text", is_flag=True, help="FOLDER: dub from the reference's subtitles, not from recognised speech.")
@click.option("--again", is_flag=True, help="FOLDER: dub anew, nothing from the cache; the real-time factor needs that.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="FOLDER: the results.  [default: evaluation.parquet in it]"
)
@click.option("--against", type=EXISTING_FILE, help="FOLDER: results of another evaluation, to compare with.")
@click.option("--make-reference-set", is_flag=True, help="FOLDER: make films with known text, speakers, timing and stems there.")
@click.option("--seed", "seeds", multiple=True, type=click.IntRange(0, 1_000_000), help="Of these films; may be given again.")
@click.option("--hours", type=click.FloatRange(0.0, 5.0, min_open=True), help="One long film instead of three short ones.")
def evaluate(path: Path | None, **given: Any) -> None:
    """Measure the quality of dubs.

    FILM, which this service has dubbed: round-trip word error rate of each voice (its takes recognised by Whisper, whose own
    errors are in the figure), chrF of the translation where there is a reference, and timing of the lines.

    FOLDER of films with references (FILM.en.srt, FILM.es.srt, FILM.rttm, FILM.stems): they are dubbed where they are not yet,
    their subtitles left aside, and measured: recognition, diarization, separation, translation, timing, round trip and speed,
    as a table and a Parquet file. --against compares two settings, with 95 % intervals by a paired bootstrap; so does
    RESULTS.parquet --against OTHER.parquet, without dubbing.

    FOLDER --make-reference-set makes such films, spoken by voices that dub nobody.
    """
    options = EvaluationOptions(**given)
    options.require_consistent(path)
    settings = console.load_settings()
    if path is None or (path.is_file() and path.suffix != RESULTS_SUFFIX):
        evaluate_film(path, options.languages, options.reference, settings, as_json=options.as_json)
    elif path.is_file():
        results = read_results_file(path), read_results_file(options.against) if options.against else ()
        show_results(*results)
    elif options.make_reference_set:
        make_films(path, options.seeds, options.hours, settings)
    else:
        evaluate_folder(path, options.folder, settings)


def evaluate_film(
    film: Path | None, languages: tuple[str, ...], reference: Path | None, settings: Settings, *, as_json: bool
) -> None:
    """Measure the dubs of one film, None: of the sample, and print the scores."""
    from evaluation import dub_metrics, metrics
    from evaluation.sample.film import make_sample_film

    sample = film is None
    metrics.require_libraries("./dubarr evaluate")
    with console.show_spinner("making the sample film") if sample else nullcontext():
        path = (film or make_sample_film(settings.data_dir / "demo", subtitles=True)).resolve()
    with use_service(settings, [path.parent]) as found, process.open_client(settings, found) as client:
        task = dub_sample(client, path, languages or (dub_metrics.SAMPLE_LANGUAGE,)) if sample else find_dub(client, path)
        texts = dub_metrics.load_references(reference, language=languages[0] if languages else "", is_sample=sample)
        scores = list(evaluate_task(client, task, languages or tuple(task["target_langs"]), load_recognizer(settings), texts))
    if as_json:
        console.write_result(json.dumps({"film": str(path), "task": task["id"], "dubs": [each.to_json() for each in scores]}))
    else:
        console.create_stdout_console().print(build_scores_table(scores))


def dub_sample(client: "Client", path: Path, languages: Sequence[str]) -> TaskJson:
    """The task of the sample film, dubbed into these languages. DubarrError where that fails."""
    task = send_film(client, path, DubOptions(tuple(languages), source="en"))
    task = follow_tasks(client, {task["id"]: path.name})[task["id"]]
    if task["status"] != "DONE":
        raise DubarrError(f"the sample film could not be dubbed: {task['error']}")
    return task


def find_dub(client: "Client", path: Path) -> TaskJson:
    """The newest finished task of a film, given by its path or uploaded under its name. NotPossible where there is none."""
    found = client.tasks(path=path, status="DONE") or client.tasks(search=path.name, status="DONE")
    named = [task for task in found if Path(task["path"]).name == path.name]
    if not named:
        raise NotPossible(f"{path.name} has no finished dub; make one first: ./dubarr dub {path}")
    return named[0]


def evaluate_task(
    client: "Client", task: TaskJson, languages: Sequence[str], recognizer: "TakeRecognizer", references: dict[str, list[str]]
) -> "Iterator[DubScores]":
    """The scores of each dub of a task. NotPossible for a language without lines that were spoken."""
    from dashboard.notebook import parse_lines
    from evaluation import dub_metrics
    from pipeline.text.languages import base_language

    for language in languages:
        rows = [row for row in parse_lines(client.lines(task["id"], language)) if row.dub_seconds > 0.0]
        if not rows:
            raise NotPossible(
                f"task {task['id']} has no spoken lines in {language}; it was dubbed into {', '.join(task['target_langs'])}"
            )
        with tempfile.TemporaryDirectory(prefix="dubarr-takes-") as folder, console.show_spinner(f"evaluating {language}"):
            lines = list(fetch_takes(client, task["id"], language, rows, Path(folder)))
            voices = dub_metrics.score_voices(lines, recognizer, base_language(language))
        chrf = dub_metrics.score_translation(references[language], rows) if language in references else None
        yield dub_metrics.DubScores(language, voices, chrf, dub_metrics.measure_duration_fit(rows))


def build_scores_table(scores: "Sequence[DubScores]") -> "Table":
    """A row for each voice of each dub."""
    from rich.table import Table

    heads = ("dub", "voice", "words", "round-trip WER", "chrF", "lines", "rate", "stretch", "max start offset", "overrun")
    table = Table(*heads, box=None, pad_edge=False)
    for each in scores:
        fit, chrf = each.fit, "" if each.chrf is None else f"{each.chrf:.1f}"
        timing = (str(fit.lines), f"{fit.mean_rate:.2f}", f"{fit.mean_stretch:.2f}", f"{fit.max_start_offset_s:.2f} s")
        for number, (voice, errors) in enumerate(each.voices.items()):
            row = (voice or "unknown", str(errors.words), f"{errors.rate:.3f} ± {errors.margin:.3f}")
            table.add_row(*(each.language, *row, chrf, *timing, f"{fit.overrun_s:.2f} s") if number == 0 else ("", *row))
    return table
