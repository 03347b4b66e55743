"""Films of the reference set on disk: the film, its references by name, its stems, and a manifest of their origin.

NAME.mkv            a small picture with the sound: speech over music
NAME.en.srt         the dialogue, a subtitle per line at its exact times; NAME.es.srt and NAME.pt.srt: translations by a person
NAME.rttm           who speaks when, pauses inside the lines left out
NAME.stems/         speech.flac and background.flac, whose sum is the film's sound to the sample
NAME.json           the manifest: voices, seed, licences, versions, hashes
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.reference_set.schedule import PlacedLine, Reel
from evaluation.reference_set.scripts import SOURCE_LANGUAGE, TRANSLATION_LANGUAGES
from evaluation.rttm import format_rttm
from evaluation.sample.film import RATE, make_plain_picture
from evaluation.sample.music import synthesize_music
from pipeline.engines.kokoro.kokoro_model import SAMPLE_RATE_HZ
from pipeline.values.timeline import Cue

Stereo = NDArray[np.float32]  # (samples, 2) at 48 kHz, nominally -1..1

SET_VERSION = 1  # bump when the same seed gives another film
MUSIC_BELOW_SPEECH_DB = 12.0  # dB of the music's level under that of the speech while somebody speaks
PICTURE_LIMIT_S = 120.0  # s that ffmpeg may take, and a quarter of the film more
PAN = (-0.3, 0.3, 0.0, -0.15, 0.15)  # of the speakers, in their order in the script: -1 left, 1 right
LICENCES = {
    "text and translations": "Apache-2.0, written for this project",
    "speech": "by Kokoro-82M, Apache-2.0 (weights and voices)",
    "music and picture": "Apache-2.0, computed by this project",
}


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """A film to write. `fingerprint`: of the synthesizer that spoke its lines; `seed`: of its gaps, levels and music."""

    name: str
    reels: tuple[Reel, ...]
    seed: int
    fingerprint: str

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.reels[-1].start + self.reels[-1].seconds

    @property
    def lines(self) -> tuple[PlacedLine, ...]:
        """All lines in order of time."""
        return tuple(line for reel in self.reels for line in reel.lines)


def write_film(plan: FilmPlan, folder: Path) -> Path:
    """Write a film and its references into a folder. ProgramError where ffmpeg fails."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as temporary:
        workdir = Path(temporary)
        stems = workdir / f"{plan.name}.stems"
        stems.mkdir()
        write_sound(plan, workdir / "mix.flac", stems)
        limit_s = PICTURE_LIMIT_S + plan.seconds / 4
        make_plain_picture(workdir / f"{plan.name}.mkv", workdir / "mix.flac", plan.seconds, title=plan.name, limit_s=limit_s)
        (workdir / "mix.flac").unlink()
        write_references(plan, workdir)
        write_manifest(plan, workdir)
        shutil.rmtree(folder / stems.name, ignore_errors=True)
        for path in sorted(workdir.iterdir(), key=lambda each: each.suffix == ".json"):  # the manifest last: it says complete
            path.replace(folder / path.name)
    return folder / f"{plan.name}.mkv"


def write_sound(plan: FilmPlan, mix: Path, stems: Path) -> None:
    """Write the sound reel by reel: mix and stems, 16 bit, the mix their exact sum."""
    import soundfile

    files = [soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") for path in (mix, *name_stems(stems))]
    try:
        for reel in plan.reels:
            speech, background = render_reel(reel)
            exact = [np.round(stem * 32_767.0).astype(np.int16) for stem in (speech, background)]
            for file, samples in zip(files, (exact[0] + exact[1], *exact), strict=True):
                file.write(samples)
    finally:
        for file in files:
            file.close()


def name_stems(folder: Path) -> tuple[Path, Path]:
    """Paths of the speech and the background in a film's folder of stems."""
    return folder / "speech.flac", folder / "background.flac"


def render_reel(reel: Reel) -> tuple[Stereo, Stereo]:
    """Speech and music of a reel, each (samples, 2). Their sum does not clip."""
    import soxr

    samples = round(reel.seconds * RATE)
    speech = np.zeros((samples, 2), np.float32)
    voices = list(reel.script.voices)
    for placed in reel.lines:
        wave = soxr.resample(placed.take.wave, SAMPLE_RATE_HZ, RATE) * np.float32(10 ** (placed.gain_db / 20.0))
        angle = (PAN[voices.index(placed.line.speaker) % len(PAN)] + 1.0) * np.pi / 4.0  # equal power
        first = round((placed.start - reel.start) * RATE)
        room = speech[first : first + len(wave)]
        room += (wave[: len(room), None] * np.array([np.cos(angle), np.sin(angle)])).astype(np.float32)
    music = synthesize_music(reel.seconds * reel.tempo, round(RATE / reel.tempo))[:samples]
    music = np.pad(music, ((0, samples - len(music)), (0, 0)))
    spoken = speech[np.abs(speech).max(axis=1) > 1e-4]
    wanted = float(np.sqrt(np.mean(spoken**2))) * 10 ** (-MUSIC_BELOW_SPEECH_DB / 20.0)
    music = music * np.float32(wanted / np.sqrt(np.mean(music**2)))
    headroom = np.float32(min(1.0, 0.97 / float(np.abs(speech + music).max())))
    return speech * headroom, music * headroom


def write_references(plan: FilmPlan, folder: Path) -> None:
    """Write the subtitles of all languages and the turns."""
    for language in (SOURCE_LANGUAGE, *TRANSLATION_LANGUAGES):
        text = format_exact_srt(line.cue(language) for line in plan.lines)
        (folder / f"{plan.name}.{language}.srt").write_text(text, "utf-8")
    turns = [turn for line in plan.lines for turn in line.turns]
    (folder / f"{plan.name}.rttm").write_text(format_rttm(turns, name=plan.name), "utf-8")


def format_exact_srt(cues: Iterable[Cue]) -> str:
    """SubRip text with a subtitle per cue at its own times, however long or short: a reference, not laid out for reading."""
    return "\n".join(
        f"{number}\n{_format_time(cue.span.start)} --> {_format_time(cue.span.end)}\n{cue.text}\n"
        for number, cue in enumerate(cues, 1)
    )


def _format_time(seconds: float) -> str:
    minutes, milliseconds = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{milliseconds // 1000:02},{milliseconds % 1000:03}"


def write_manifest(plan: FilmPlan, folder: Path) -> None:
    """Write the manifest of a film whose other files lie in the folder."""
    parts: Sequence[Path] = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "film": f"{plan.name}.mkv",
        "version": SET_VERSION,
        "seed": plan.seed,
        "seconds": plan.seconds,
        "lines": len(plan.lines),
        "language": SOURCE_LANGUAGE,
        "synthesizer": plan.fingerprint,
        "voices": {speaker: voice for reel in plan.reels for speaker, voice in reel.script.voices.items()},
        "music_below_speech_db": MUSIC_BELOW_SPEECH_DB,
        "licences": LICENCES,
        "sha256": {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in parts},
    }
    (folder / f"{plan.name}.json").write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")


def is_complete(name: str, folder: Path, *, fingerprint: str, seed: int) -> bool:
    """True if a film of this name, seed and version lies in the folder, with its manifest."""
    try:
        manifest = json.loads((folder / f"{name}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    wanted = {"film": f"{name}.mkv", "version": SET_VERSION, "seed": seed, "synthesizer": fingerprint}
    is_same = isinstance(manifest, dict) and all(manifest.get(key) == value for key, value in wanted.items())
    return is_same and all((folder / path).is_file() for path in manifest.get("sha256", {}))
