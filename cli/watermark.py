"""`./dubarr watermark`: detection of AudioSeal's watermark in a film's audio tracks."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.arguments.parameter_types import parse_language
from pipeline.errors import DubarrError
from pipeline.values.media import Film, Track, TrackKind

if TYPE_CHECKING:
    from pipeline.engines.protocols import Wave
    from pipeline.engines.watermark.audioseal_detector import AudioSealDetector, Detection

BLOCK_SAMPLES = 10 * 16_000  # 10 s at 16 kHz


@click.command()
@click.argument("film", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--language", type=parse_language, metavar="LANG", help="Only audio tracks in this language.  [default: all]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of a table.")
def watermark(film: Path, language: str | None, as_json: bool) -> None:
    """Detect the watermark of cloned voices in a film.

    Shows how much of each audio track carries AudioSeal's watermark, and its message, DU in dubs of Dubarr with WATERMARK=1. A
    track with watermarked voices among music and silence is watermarked in parts. Each track takes about a twentieth of its length.
    """
    from pipeline.engines.registry.engine_builder import build_watermark_detector
    from pipeline.ffmpeg import ffprobe
    from pipeline.models.model_hub import Hub

    settings = console.load_settings()
    probed = ffprobe.probe_film(film, name=film.name)
    tracks = [track for track in probed.of_kind(TrackKind.AUDIO) if language in {None, track.language}]
    if not tracks:
        raise DubarrError(f"{film.name} has no audio track in {language!r}; leave --language out to see all")
    detector = build_watermark_detector(settings.watermark_model, Hub(settings.models_dir, settings.hf_token))
    rows = []
    for track in tracks:
        with console.show_spinner(f"track {track.index}"):
            rows.append(build_row(track, detect_in_track(film, probed, track, detector)))
    if as_json:
        console.write_result(json.dumps({"tracks": rows}))
        return
    print_table(rows)


def detect_in_track(path: Path, film: Film, track: Track, detector: "AudioSealDetector") -> "Detection":
    """Detect the watermark in the speech of a track: its centre channel, where it has one."""
    from pipeline.ffmpeg import decoder
    from pipeline.ffmpeg.codecs import find_layout

    with TemporaryDirectory(prefix="dubarr-watermark-") as folder:
        speech = Path(folder) / "speech.wav"
        centre = find_layout(track).has_centre
        decoder.extract_speech(path, track.index, centre=centre, seconds=film.duration, destination=speech)
        return detector.detect(_read_blocks(speech))


def build_row(track: Track, found: "Detection") -> dict[str, Any]:
    """The detection in a track as JSON; its message is None where nothing is watermarked."""
    from pipeline.engines.watermark.watermarker import format_message

    message = format_message(found.bits) if found.share > 0.0 else None
    return {
        "track": track.index,
        "language": track.language,
        "title": track.title,
        "watermarked": round(found.share, 4),
        "message": message,
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print a row for each track."""
    from rich.table import Table

    table = Table("track", "language", "title", "watermarked", "message", box=None, pad_edge=False)
    for row in rows:
        title, share = console.escape_lines(row["title"]), f"{100 * row['watermarked']:.1f} %"
        table.add_row(str(row["track"]), row["language"] or "", title, share, row["message"] or "")
    console.create_stdout_console().print(table)


def _read_blocks(speech: Path) -> "Iterator[Wave]":
    import soundfile

    with soundfile.SoundFile(speech) as file:
        yield from file.blocks(BLOCK_SAMPLES, dtype="float32")
