"""`./dubarr evaluate --make-reference-set`: films with known text, speakers, timing and stems, for anyone who repeats the figures."""

from pathlib import Path

from cli import console
from cli.progress import create_progress_bars
from pipeline.errors import ModelMissing
from pipeline.settings import Settings

MODEL = "kokoro-82m"  # of the catalogue: it speaks the films


def make_films(folder: Path, seeds: tuple[int, ...], hours: float | None, settings: Settings) -> None:
    """Make the films of the set in a folder with a progress bar, and print their paths. ModelMissing without the voices."""
    from evaluation.reference_set.generate import SetSpec, make_reference_set
    from pipeline.models.model_hub import Hub

    model = Hub(settings.models_dir).find_folder(MODEL)
    if model is None:
        raise ModelMissing("kokoro", f"the reference set is spoken by {MODEL}, which is not here; run ./dubarr setup")
    with create_progress_bars() as bars:
        bar = bars.add_task("making the reference set", total=None, stage="speaking")

        def show_line(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total, stage="writing films" if done == total else f"line {done} of {total}")

        films = list(make_reference_set(folder, model, SetSpec(seeds or (1,), hours), on_line=show_line))
    for film in films:
        console.write_result(film)
