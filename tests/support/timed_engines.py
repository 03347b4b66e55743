"""Engines of known delay that note when, where and for what they were called: `TIMED_ENGINES` names the folder of notes.

They stand in a profile by `timed_engines:TimedSynthesizer`, in the place of engines that want a card.
"""

import fcntl
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from fakes import FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator

from pipeline.engines.protocols import Passage, SynthesizedSpeech, Translated, Utterance, Wave
from pipeline.values.media import Artifact, Separation
from pipeline.values.timeline import Diarization, Span, Turn, Voice, Word

LINES = 8  # of each film: a line every 2 s, two speakers in turn
TURNS = tuple(Turn(Span(2.0 * n + 0.2, 2.0 * n + 1.8), f"S{n % 2 + 1}") for n in range(LINES))


class Notes:
    """What one replica did, a file of JSON lines. `keeps_card`: nobody else works on its card while it does."""

    def __init__(self, role: str, *, keeps_card: bool = False) -> None:
        import ray

        context = ray.get_runtime_context()
        self.place = {
            "role": role,
            "pid": os.getpid(),
            "environment": sys.prefix,
            "node": context.get_node_id(),
            "cards": context.get_accelerator_ids()["GPU"],
            "share": context.get_assigned_resources().get("GPU", 0.0),
        }
        self._keeps_card = keeps_card
        self.file = Path(os.environ["TIMED_ENGINES"]) / f"{role}-{os.getpid()}-{uuid.uuid4().hex[:6]}.jsonl"
        self.write("loaded", time.time(), "")

    def write(self, call: str, start: float, what: str) -> None:
        with self.file.open("a") as file:
            file.write(json.dumps(self.place | {"call": call, "start": start, "end": time.time(), "what": what}) + "\n")

    def spend(self, call: str, seconds: float, what: str) -> None:
        with self._card():
            start = time.time()
            time.sleep(seconds)
            self.write(call, start, what)

    @contextmanager
    def _card(self) -> Iterator[None]:
        if not self._keeps_card:
            yield
            return
        name = f"{self.place['node']}-{'+'.join(self.place['cards'])}.lock"
        with (self.file.parent / name).open("w") as file:  # opened anew: a lock is the file's, so threads wait as well
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def film_of(audio: Artifact) -> str:
    """Whose sound it is: films of these tests differ in their sound."""
    return audio.digest[:8]


class TimedTranscriber(FakeTranscriber):
    languages = frozenset({"en"})
    longest_utterance = 600.0
    across_speakers = True

    def __init__(self, delay: float = 0.5, keeps_card: bool = False, **_: Any) -> None:
        super().__init__(fingerprint=f"timed {delay}", concurrency=1, across_speakers=True, longest_utterance=600.0)
        self._delay, self._notes = delay, Notes("transcriber", keeps_card=keeps_card)

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        self._notes.spend("transcribe", self._delay, film_of(utterance.audio))
        film = film_of(utterance.audio)
        return tuple(Word(turn.span, f"line{n}.{film}.") for n, turn in enumerate(TURNS))


class TimedDiarizer(FakeDiarizer):
    def __init__(self, delay: float = 0.5, keeps_card: bool = False, **_: Any) -> None:
        super().__init__(turns=TURNS, fingerprint=f"timed {delay}")
        self._delay, self._notes = delay, Notes("diarizer", keeps_card=keeps_card)

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        self._notes.spend("diarize", self._delay, film_of(speech))
        return super().diarize(speech, speakers=speakers)


class TimedTranslator(FakeTranslator):
    rephrases = False
    lines_at_once = None

    def __init__(self, delay: float = 0.5, keeps_card: bool = False, **_: Any) -> None:
        super().__init__(fingerprint=f"timed {delay}")
        self._delay, self._notes = delay, Notes("translator", keeps_card=keeps_card)

    @staticmethod
    def pairs() -> None:
        return None

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        self._notes.spend("translate", self._delay, passage.segments[0].text)
        return super().translate(passage, source=source, target=target)


class TimedSynthesizer(FakeSynthesizer):
    languages = frozenset({"es", "ca"})
    clones = True

    def __init__(self, delay: float = 0.5, keeps_card: bool = False, replicas: int = 1, **_: Any) -> None:
        super().__init__(fingerprint=f"timed {delay}", clones=True)
        self._delay, self._notes, self._replicas = delay, Notes("synthesizer", keeps_card=keeps_card), replicas

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None) -> SynthesizedSpeech:
        """Speak, once so many replicas as `replicas` are loaded: a slow machine takes long to start them. 120 s at most."""
        deadline = time.monotonic() + 120
        while len(list(self._notes.file.parent.glob("synthesizer-*"))) < self._replicas and time.monotonic() < deadline:
            time.sleep(0.1)
        self._notes.spend("speak", self._delay, text)
        return super().speak(text, voice, language=language, seconds=seconds)


class TimedSeparator:
    fingerprint = "timed"
    concurrency = 1

    def __init__(self, delay: float = 0.5, keeps_card: bool = False, **_: Any) -> None:
        self._delay, self._notes = delay, Notes("separator", keeps_card=keeps_card)

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        self._notes.spend("separate", self._delay, film_of(audio))
        wave: Wave
        wave, rate = soundfile.read(audio.path, dtype="float32", always_2d=True)
        for name, part in (("voices", wave), ("rest", np.zeros_like(wave))):
            soundfile.write(Path(workdir) / f"{name}.flac", part, rate, subtype="PCM_16")
        return Separation(Artifact.of(Path(workdir) / "voices.flac"), Artifact.of(Path(workdir) / "rest.flac"))


def notes(folder: Path) -> Sequence[dict[str, Any]]:
    """All that was noted, in order of beginning."""
    lines = [json.loads(line) for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return sorted(lines, key=lambda line: line["start"])
