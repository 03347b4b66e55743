"""my_engines.py"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.values.timeline import Register, Voice


class Flite:
    """English by flite: two women and two men, in turn."""

    languages = frozenset({"en"})  # BCP 47; None: any
    clones = False  # it takes no timbre from the film
    concurrency = 2  # calls that one replica may answer at once
    fingerprint = "flite 2.2 voices=1"  # all that changes an answer

    def cast(self, speakers, *, language):
        """One voice per speaker, in order."""
        high, low = ["slt", "slt"], ["rms", "awb"]
        voices = [(high if speaker.register is Register.HIGH else low)[n % 2] for n, speaker in enumerate(speakers)]
        return tuple(Voice(speaker.label, name) for speaker, name in zip(speakers, voices, strict=True))

    def voices(self, *, language):
        """What people can choose from, as `Voice.name` holds it."""
        return ("rms", "awb", "slt")

    def speak(self, text, voice, *, language, seconds):
        """Speak; faster where `seconds` ask for it, up to 1.4 times."""
        natural, sample_rate = self._synthesize(text, voice, 1.0)
        rate = min(1.4, max(1.0, len(natural) / sample_rate / seconds)) if seconds else 1.0
        wave = self._synthesize(text, voice, rate)[0] if rate > 1.0 else natural
        return SynthesizedSpeech(wave, sample_rate, rate)

    def _synthesize(self, text, voice, rate):
        with tempfile.TemporaryDirectory() as folder:
            said, heard = Path(folder, "text"), Path(folder, "speech.wav")
            said.write_text(text)
            options = ["-voice", voice.name, "--setf", f"duration_stretch={1 / rate:.3f}"]
            subprocess.run(["flite", *options, "-f", said, "-o", heard], check=True, timeout=30)
            wave, sample_rate = soundfile.read(heard, dtype="float32")
        loud = np.flatnonzero(np.abs(wave) > 0.01)
        return wave[loud[0] : loud[-1] + 1], sample_rate
