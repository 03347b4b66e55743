"""Datasets for evaluation: recordings with reference transcripts and speaker turns (RTTM).

A folder holds sound files, and beside each its transcript (`speech.wav`, `speech.txt`), its turns (`speech.rttm`), or both; and
perhaps its words with their times (`speech.ctm`).
A file `transcription` may hold all transcripts, a line each, as Sphinx writes them: `<s> the words </s> (speech)`.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from evaluation.ctm import read_ctm
from evaluation.rttm import read_rttm
from pipeline.engines.speakers import audio_input
from pipeline.errors import FilmError, FilmNotFound
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Turn, Word

AUDIO_SUFFIXES = frozenset({".wav", ".flac", ".mp3", ".ogg"})
SPHINX_LINE = re.compile(r"(?:<s>)?(?P<text>.*?)(?:</s>)?\s*\((?P<name>[^()\s]+)\)")
MAX_FILES = 1_000  # files of one folder
MAX_TRANSCRIPT_BYTES = 1_000_000  # bytes of a transcript


@dataclass(frozen=True, slots=True)
class Recording:
    """Speech, 16 kHz mono WAV, and the truth about it. `text`: "" where nobody wrote it down; `turns`, `words` with their times: none, as well."""

    name: str
    audio: Artifact
    seconds: float
    text: str = ""
    turns: tuple[Turn, ...] = ()
    words: tuple[Word, ...] = ()


def load_recordings(folder: Path, workdir: Path) -> tuple[Recording, ...]:
    """The recordings of a folder of which something is known, in order of name; their 16 kHz versions lie in `workdir`.

    FilmNotFound where there is no such folder, FilmError where something in it cannot be read.
    """
    if not folder.is_dir():
        raise FilmNotFound(f"{folder} is not a folder; give one with recordings and a transcript beside each")
    sounds = sorted(path for path in folder.iterdir() if path.suffix.lower() in AUDIO_SUFFIXES and path.is_file())[:MAX_FILES]
    together = _read_transcription(folder / "transcription")
    found = []
    for path in sounds:
        beside, rttm = path.with_suffix(".txt"), path.with_suffix(".rttm")
        text = _read_text(beside).strip() if beside.is_file() else together.get(path.stem, "")
        turns = read_rttm(rttm) if rttm.is_file() else ()
        words = read_ctm(path.with_suffix(".ctm")) if path.with_suffix(".ctm").is_file() else ()
        text = text or " ".join(word.text for word in words)
        if text or turns:
            found.append(replace(convert_recording(path, workdir, text=text, turns=turns), words=words))
    return tuple(found)


def convert_recording(sound: Path, workdir: Path, *, text: str = "", turns: tuple[Turn, ...] = ()) -> Recording:
    """One sound file of any rate and channel count as a recording. EngineError where it cannot be heard."""
    import soundfile

    destination = workdir / f"{sound.stem}.wav"
    samples = 0
    with soundfile.SoundFile(destination, "w", SPEECH_RATE_HZ, 1, subtype="PCM_16") as file:
        for block in audio_input.read_blocks(sound):
            file.write(block)
            samples += len(block)
    return Recording(sound.stem, Artifact.of(destination), samples / SPEECH_RATE_HZ, text, turns)


def _read_transcription(path: Path) -> dict[str, str]:
    """Name → transcript, from one file that holds them all; empty where there is none."""
    if not path.is_file():
        return {}
    matches = filter(None, map(SPHINX_LINE.fullmatch, map(str.strip, _read_text(path).splitlines())))
    return {match["name"]: match["text"].strip() for match in matches}


def _read_text(path: Path) -> str:
    if path.stat().st_size > MAX_TRANSCRIPT_BYTES:
        raise FilmError(f"{path.name} is larger than {MAX_TRANSCRIPT_BYTES // 1_000_000} MB; a transcript is not")
    return path.read_text("utf-8", "replace")
