"""watermark: a take of a cloned voice with an inaudible watermark.

It comes last before the mix, after time stretch and room match: what follows changes its level and its codec alone. Take by take
an edited line costs one take, silence costs nothing, and other voices stay as they are.
"""

from pathlib import Path

from pipeline.engines.watermark.watermarker import Watermarker
from pipeline.runner import stage
from pipeline.values.media import Artifact


@stage(version=1)
def watermark(audio: Artifact, watermarker: Watermarker, *, workdir: Path) -> Artifact:
    """A mono take with the watermark, at the take's rate and length."""
    import soundfile

    wave, rate = soundfile.read(audio.path, dtype="float32", always_2d=True)
    path = workdir / f"{audio.digest}-watermarked.wav"
    soundfile.write(path, watermarker.mark(wave.mean(axis=1), rate), rate, subtype="FLOAT")
    return Artifact.of(path)
