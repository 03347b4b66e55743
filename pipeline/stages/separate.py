"""separate: source separation, the speech for recognition, and the background where there is a separator."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.engines.protocols import Separator
from pipeline.engines.separation.stems import can_separate_effects
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import choose_mixing_layout, find_layout
from pipeline.ffmpeg.command_line import FILM_SAMPLE_RATE_HZ
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import stage
from pipeline.values.media import SPEECH_RATE_HZ, Artifact, BackgroundStems, Film, Separation, Source, Stems
from pipeline.values.timeline import Span

BLOCK_SAMPLES = 10 * FILM_SAMPLE_RATE_HZ  # samples decoded at a time
PCM_16_BYTES = 2  # bytes a sample
MARGIN_S = 4.0  # s beyond a cut that are separated with it: the engine's state settles
MAX_LAG_S, COMPARED_S = 0.1, 4  # s by which the start of a part may be off, and of sound that tells it
FULL_FILES, EFFECTS_FILES = 3, 2  # at 48 kHz: the dialogue, the speech and the background; the music and the effects


@stage(version=1)
def separate(source: Source, film: Film, separator: Separator | None, *, workdir: Path) -> Stems:
    """Speech is the dialogue as 16 kHz mono on the film's axis; without a separator there are no other stems.

    A separator gets the channels that carry voices alone (the centre, else both fronts): the rest has nothing to lose.
    """
    with reserve_disk_space(workdir, _decoded_size(film, separator), "separate"):
        return _write_stems(source, film, separator, workdir)


@dataclass(frozen=True, slots=True)
class SeparatedPart:
    """A part of a film whose stems are there: `span` in the film; the stems begin at `offset` of it, seconds."""

    stems: Stems
    offset: float
    span: Span


@stage(version=1)
def separate_rest(source: Source, film: Film, separator: Separator, part: SeparatedPart, *, workdir: Path) -> Stems:
    """The stems of a film as `separate` gives them, with those of a part that was separated before in their place there."""
    with reserve_disk_space(workdir, 2 * _decoded_size(film, separator), "separate"):
        dialogue = _decode_voiced_channels(source, film, workdir / "dialogue.flac")
        stems = _join_stems(dialogue.path, separator, part, workdir)
        dialogue.path.unlink()
        return stems


def _join_stems(dialogue: Path, separator: Separator, part: SeparatedPart, workdir: Path) -> Stems:
    """Both ends of the part lie in pauses, where the stems of its two sides are alike: they are joined without a fade."""
    import soundfile

    assert part.stems.voices
    assert part.stems.background
    samples, margin = soundfile.info(dialogue).frames, round(MARGIN_S * FILM_SAMPLE_RATE_HZ)
    first, last = (min(samples, round(at * FILM_SAMPLE_RATE_HZ)) for at in (part.span.start, part.span.end))
    own = first - round(part.offset * FILM_SAMPLE_RATE_HZ)
    ready = Separation(part.stems.voices, part.stems.background, part.stems.background_stems)
    pieces = [_Piece(ready, max(0, own - _find_lag(dialogue, ready, first, own)), last - first)]
    if first > 0:
        end = min(samples, first + margin)
        pieces.insert(0, _Piece(_separate_cut(dialogue, separator, 0, end, workdir / "before"), 0, first))
    if last < samples:
        start = max(0, last - margin)
        pieces.append(_Piece(_separate_cut(dialogue, separator, start, samples, workdir / "after"), last - start, samples - last))
    voices = _join_pieces(pieces, [piece.stems.speech for piece in pieces], workdir / "voices.flac")
    background = _join_pieces(pieces, [piece.stems.background for piece in pieces], workdir / "background.flac")
    speech = _write_speech(voices, workdir / "speech.wav")
    return Stems(speech, background, voices, _join_background_stems(pieces, workdir))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Stems of which `samples` from the sample `first` on are used."""

    stems: Separation
    first: int
    samples: int


def _join_background_stems(pieces: Sequence[_Piece], workdir: Path) -> BackgroundStems | None:
    """Music and effects of the pieces, which one separator made: all have them, or none."""
    parts = [piece.stems.background_stems for piece in pieces]
    found = [each for each in parts if each]
    if len(found) < len(pieces):
        return None
    return BackgroundStems(
        _join_pieces(pieces, [each.music for each in found], workdir / "music.flac"),
        _join_pieces(pieces, [each.effects for each in found], workdir / "effects.flac"),
    )


def _separate_cut(dialogue: Path, separator: Separator, start: int, end: int, folder: Path) -> Separation:
    folder.mkdir()
    cut = _join_files([(dialogue, start, end - start)], folder / "dialogue.flac")
    return separator.separate(cut, workdir=str(folder))


def _join_pieces(pieces: Sequence[_Piece], stems: Sequence[Artifact], destination: Path) -> Artifact:
    """One stem of each piece, one after the other."""
    return _join_files([(stem.path, piece.first, piece.samples) for piece, stem in zip(pieces, stems, strict=True)], destination)


def _join_files(cuts: Sequence[tuple[Path, int, int]], destination: Path) -> Artifact:
    """Cuts of sound files (path, first sample, samples) one after the other, silence where a file ends early."""
    import soundfile

    channels = soundfile.info(cuts[0][0]).channels
    with soundfile.SoundFile(destination, "w", FILM_SAMPLE_RATE_HZ, channels=channels, format="FLAC", subtype="PCM_16") as joined:
        for path, first, samples in cuts:
            with soundfile.SoundFile(path) as file:
                file.seek(min(first, file.frames))
                for start in range(0, samples, BLOCK_SAMPLES):
                    length = min(BLOCK_SAMPLES, samples - start)
                    joined.write(file.read(length, dtype="int16", always_2d=True, fill_value=0))
    return Artifact.of(destination)


def _find_lag(dialogue: Path, part: Separation, first: int, own: int) -> int:
    """Samples by which the part begins later in the film than its offset says, as the first packet of a copied track may."""
    import soundfile
    from scipy.signal import correlate

    reach = round(MAX_LAG_S * FILM_SAMPLE_RATE_HZ)
    length = COMPARED_S * FILM_SAMPLE_RATE_HZ
    if first < reach or own < 0:
        return 0
    whole = soundfile.read(dialogue, start=first - reach, frames=length + 2 * reach, always_2d=True, dtype="float32")[0].mean(1)
    stems = (
        soundfile.read(stem.path, start=own, frames=length, always_2d=True, dtype="float32")[0]
        for stem in (part.speech, part.background)
    )
    piece = sum(stems).mean(1)  # (samples,)
    if len(whole) <= len(piece) or not piece.any():
        return 0
    return int(np.argmax(correlate(whole, piece, "valid", "fft"))) - reach


def _decoded_size(film: Film, separator: Separator | None) -> int:
    """Bytes of all files that separating writes, as if nothing were compressed."""
    speech = film.duration * SPEECH_RATE_HZ * PCM_16_BYTES
    if separator is None:
        return round(speech)
    files = FULL_FILES + (EFFECTS_FILES if can_separate_effects(separator) else 0)
    return round(
        speech + files * film.duration * FILM_SAMPLE_RATE_HZ * len(choose_mixing_layout(film).voice_channels) * PCM_16_BYTES
    )


def _write_stems(source: Source, film: Film, separator: Separator | None, workdir: Path) -> Stems:
    if separator is None:
        centre = find_layout(film.track(film.dialogue)).has_centre
        destination = workdir / "speech.wav"
        return Stems(
            decoder.extract_speech(source.content, film.dialogue, centre=centre, seconds=film.duration, destination=destination)
        )
    dialogue = _decode_voiced_channels(source, film, workdir / "dialogue.flac")
    parts = separator.separate(dialogue, workdir=str(workdir))
    dialogue.path.unlink()
    speech = _write_speech(parts.speech, workdir / "speech.wav")
    return Stems(speech, parts.background, parts.speech, parts.background_stems)


def _decode_voiced_channels(source: Source, film: Film, destination: Path) -> Artifact:
    """The channels of the dialogue track that a dub speaks on, 48 kHz FLAC, exactly as long as the film."""
    import soundfile

    layout, samples = choose_mixing_layout(film), round(film.duration * FILM_SAMPLE_RATE_HZ)
    with ExitStack() as stack:
        file = stack.enter_context(
            soundfile.SoundFile(
                destination, "w", FILM_SAMPLE_RATE_HZ, channels=len(layout.voice_channels), format="FLAC", subtype="PCM_16"
            )
        )
        for block in stack.enter_context(
            decoder.decode_blocks(source.content, film.dialogue, layout, samples, block=BLOCK_SAMPLES)
        ):
            file.write(np.clip(block[:, layout.voice_channels], -1.0, 1.0))
    return Artifact.of(destination)


def _write_speech(voices: Artifact, destination: Path) -> Artifact:
    """The speech stem as 16 kHz mono WAV."""
    import soundfile
    import soxr

    resampler = soxr.ResampleStream(FILM_SAMPLE_RATE_HZ, SPEECH_RATE_HZ, 1, dtype="float32")
    with (
        soundfile.SoundFile(voices.path) as whole,
        soundfile.SoundFile(destination, "w", SPEECH_RATE_HZ, channels=1, format="WAV", subtype="PCM_16") as file,
    ):
        for frames in whole.blocks(BLOCK_SAMPLES, dtype="float32", always_2d=True):
            mono = frames.mean(axis=1, dtype=np.float32)  # (samples,)
            file.write(np.clip(resampler.resample_chunk(mono, last=whole.tell() == whole.frames), -1.0, 1.0))
    return Artifact.of(destination)
