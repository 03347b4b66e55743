"""Pieces of the sample film for studies: its speech with the truth about it, and short films of a few of its sentences."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evaluation.datasets import Recording, convert_recording
from evaluation.sample import film
from evaluation.sample.sample_script import Scene, Sentence
from pipeline.audio.levels import compute_gain_factor
from pipeline.processes import subprocesses
from pipeline.text.subtitles.subtitle_writer import format_srt
from pipeline.values.timeline import Span, Turn, Word


def make_sample_recording(folder: Path, scenes: Sequence[Scene], *, name: str, music: float = 0.0) -> Recording:
    """The speech of scenes as a recording, its words and turns known. `music`: dB over what the film has, -inf for none.

    ProgramError where flite fails.
    """
    import soundfile

    with tempfile.TemporaryDirectory(dir=folder) as workdir:
        sound = film.synthesize_sound(scenes, Path(workdir))
        mix = Path(workdir) / f"{name}.wav"
        soundfile.write(mix, sound.speech + np.float32(compute_gain_factor(music)) * sound.music, film.RATE)
        sentences = [sentence for scene in scenes for sentence in scene.sentences]
        turns = tuple(Turn(cue.span, sentence.voice) for cue, sentence in zip(sound.cues, sentences, strict=True))
        return convert_recording(mix, folder, text=" ".join(sentence.text for sentence in sentences), turns=turns)


@dataclass(frozen=True, slots=True)
class KnownStems:
    """Speech alone, and the same speech with music: FLAC files at 48 kHz, stereo, of one length."""

    speech: Path
    mixture: Path


def make_known_stems(folder: Path, scenes: Sequence[Scene], *, name: str, music: float = 0.0) -> KnownStems:
    """The speech of scenes without and with music. `music`: dB over what the film has. ProgramError where flite fails."""
    import soundfile

    stems = KnownStems(folder / f"{name}-speech.flac", folder / f"{name}-mixture.flac")
    with tempfile.TemporaryDirectory(dir=folder) as workdir:
        sound = film.synthesize_sound(scenes, Path(workdir))
    mix = sound.speech + np.float32(compute_gain_factor(music)) * sound.music
    for path, wave in ((stems.speech, sound.speech), (stems.mixture, mix)):
        soundfile.write(path, wave, film.RATE)
    return stems


def make_word_recording(folder: Path, text: str, *, voice: str, name: str) -> Recording:
    """A text spoken word by word, with a pause after each, so that every edge is known. ProgramError where flite fails."""
    import soundfile

    scene = Scene(name, tuple(Sentence(voice, word) for word in text.split()))
    with tempfile.TemporaryDirectory(dir=folder) as workdir:
        sound = film.synthesize_sound([scene], Path(workdir))
        spoken = Path(workdir) / f"{name}.wav"
        soundfile.write(spoken, sound.speech, film.RATE)
        recording = convert_recording(spoken, folder, text=text)
    words = tuple(Word(cue.span, cue.text) for cue in sound.cues)
    whole = Span(words[0].span.start, words[-1].span.end)
    return replace(recording, words=words, turns=(Turn(whole, voice),))


def make_short_film(destination: Path, sentences: Sequence[Sentence], *, spoken: str = "eng", subtitles: bool = False) -> Path:
    """A film of a few sentences. `spoken`: the code that its dialogue is tagged with, whatever flite really speaks.

    `subtitles`: an English track inside. ProgramError where flite or ffmpeg fails.
    """
    import soundfile

    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".making-") as temporary:
        workdir = Path(temporary)
        sound = film.synthesize_sound((Scene(destination.stem, tuple(sentences)),), workdir)
        soundfile.write(workdir / "mix.wav", sound.speech + sound.music, film.RATE)
        soundfile.write(workdir / "music.wav", sound.music, film.RATE)
        (workdir / "chapters.txt").write_text(film.format_chapters(sound.chapters))
        (workdir / "english.srt").write_text(format_srt(sound.cues, until=sound.seconds))
        command = film.build_film_command(workdir, sound, subtitles=subtitles)
        subprocesses.run([part.replace("language=eng", f"language={spoken}") for part in command], timeout=film.PROGRAM_LIMIT_S)
        return (workdir / "film.mkv").replace(destination)
