"""Takes of a dub, downloaded to be recognised again, and the recogniser."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.settings import Settings
from pipeline.values.tasks import LineRow

if TYPE_CHECKING:
    from evaluation.dub_metrics import VoicedLine
    from evaluation.round_trip import TakeRecognizer
    from serve.client.client import Client


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


def load_recognizer(settings: Settings) -> "TakeRecognizer":
    """Whisper, downloaded first where it is not here yet."""
    from cli.install import model_downloads
    from evaluation.round_trip import RECOGNIZER_MODEL, RoundTripRecognizer
    from pipeline.models.catalogue import shipped_catalogue
    from pipeline.models.model_hub import Hub

    model_downloads.fetch([shipped_catalogue()[RECOGNIZER_MODEL]], settings)
    return RoundTripRecognizer(Hub(settings.models_dir).fetch_folder(RECOGNIZER_MODEL, engine="whisper", setting="MODELS_DIR"))
