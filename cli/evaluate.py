"""`./dubarr evaluate`: quality metrics of a film's dubs: round-trip word error rate by voice, chrF, duration fit."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli import console
from cli.dub import use_service
from cli.progress import DubOptions, TaskJson, follow_tasks, send_film
from cli.reference_set import make_films
from cli.service import process
from pipeline.errors import DubarrError, NotPossible
from pipeline.settings import Settings
from pipeline.values.tasks import LineRow

if TYPE_CHECKING:
    from rich.table import Table

    from evaluation.dub_metrics import DubScores, VoicedLine
    from evaluation.round_trip import TakeRecognizer
    from serve.client.client import Client


@click.command()
@click.argument("film", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sample", is_flag=True, help="The bundled sample film, dubbed first where it is not yet.")
@click.option("--language", "languages", multiple=True, metavar="LANG", help="Only this dub; may be given again.  [default: all]")
@click.option(
    "--reference", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Subtitles by a person, for chrF."
)
@click.option(
    "--make-reference-set",
    "reference_set",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Make films with known text, speakers, timing and stems there, and end.",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=click.IntRange(0, 1_000_000),
    help="Of the reference set; again for more films.  [default: 1]",
)
@click.option(
    "--hours",
    type=click.FloatRange(0.0, 5.0, min_open=True),
    help="One long film in the reference set instead of three short ones.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of a table.")
def evaluate(
    film: Path | None,
    sample: bool,
    languages: tuple[str, ...],
    reference: Path | None,
    reference_set: Path | None,
    seeds: tuple[int, ...],
    hours: float | None,
    as_json: bool,
) -> None:
    """Measure the quality of a film's dubs.

    Round-trip word error rate of each voice (its takes recognised by Whisper, whose own errors are in the figure), chrF of the
    translation where there is a reference (--reference, or the sample's own in Spanish), and timing of the lines. FILM must have
    been dubbed by this service.
    """
    if (film is not None) + sample + (reference_set is not None) != 1:
        raise click.UsageError("give one of FILM, --sample and --make-reference-set")
    if reference and len(languages) != 1:
        raise click.UsageError("--reference needs one --language, that of its subtitles")
    if (seeds or hours) and not reference_set:
        raise click.UsageError("--seed and --hours are of --make-reference-set")
    settings = console.load_settings()
    if reference_set:
        make_films(reference_set, seeds, hours, settings)
    else:
        evaluate_film(film, languages, reference, settings, as_json=as_json)


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
        scores = list(evaluate_task(client, task, languages or tuple(task["target_langs"]), _load_recognizer(settings), texts))
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


def fetch_takes(client: "Client", task_id: int, language: str, rows: Sequence[LineRow], folder: Path) -> "Iterator[VoicedLine]":
    """Download the takes of lines. Voices are named as the task's speakers have them; "" for a line of no known speaker."""
    import soundfile

    from evaluation.dub_metrics import VoicedLine
    from pipeline.engines.protocols import SynthesizedSpeech

    voices = {speaker["label"]: speaker["voices"].get(language, "") for speaker in client.speakers(task_id)["speakers"]}
    for row in rows:
        wave, rate = soundfile.read(client.take(task_id, row.number, language, to=folder / f"{row.number}.flac"), dtype="float32")
        take = SynthesizedSpeech(wave if wave.ndim == 1 else wave.mean(axis=1), rate, row.rate)
        yield VoicedLine(voices.get(row.speaker or "", ""), row.text, take)


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


def _load_recognizer(settings: Settings) -> "TakeRecognizer":
    from cli.install import model_downloads
    from evaluation.round_trip import RECOGNIZER_MODEL, RoundTripRecognizer
    from pipeline.models.catalogue import shipped_catalogue
    from pipeline.models.model_hub import Hub

    model_downloads.fetch([shipped_catalogue()[RECOGNIZER_MODEL]], settings)
    return RoundTripRecognizer(Hub(settings.models_dir).fetch_folder(RECOGNIZER_MODEL, engine="whisper", setting="MODELS_DIR"))
