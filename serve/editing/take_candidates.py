"""Candidate takes of lines, and auditions of voices, made beside the dubs and kept in the artifacts folder."""

import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pipeline.engines.protocols import Synthesizer
from pipeline.errors import EditRefused, NotPossible
from pipeline.line_synthesis import SpokenLine
from pipeline.settings import Settings
from pipeline.stages.synthesize import synthesize
from pipeline.store.store import Store
from pipeline.takes.candidates import Candidate, CandidateQuestion, Variation, make_candidates
from pipeline.takes.line_estimate import estimate_line, predict_spoken_line
from pipeline.values.media import Artifact
from pipeline.values.takes.take_candidates import NewTake, TakeCandidate
from pipeline.values.tasks import LineRow, Task
from serve.editing.editing_engines import EditingEngines
from serve.editing.speech_lookup import SpeechLookup, find_slot, look_up_speech
from serve.store.remote_store import RemoteStore

FOLDER = "takes_{}"  # of a task, in the artifacts folder; no attempt's, whose garbage is collected when it ends
TYPICAL_LINE_S = 3.5  # of the line that auditions a voice: long enough to hear it, short enough to wait for
MAX_AUDITION_S = 8.0


@dataclass(frozen=True, slots=True)
class TakesQuestion:
    """Question for candidates of a line. None: as the line is now."""

    language: str
    number: int
    text: str | None = None
    voice: str | None = None
    pace: float | None = None
    count: int = 3
    variation: Variation = Variation.AUTO


@dataclass(frozen=True, slots=True)
class TakeMaker:
    """Maker of takes beside the dubs. `engines` None: none are connected."""

    store: Store | RemoteStore
    settings: Settings
    engines: EditingEngines | None

    def make_takes(self, task_id: int, question: TakesQuestion) -> tuple[TakeCandidate, ...]:
        """Make candidates of a line, and keep them. NotFound, EditRefused, EngineError; Busy while others are being made."""
        task = self.store.tasks.get(task_id)
        engines = self._require_engines(task)
        speech = look_up_speech(self.store, self.settings, task_id, question.language)
        row = speech.find_line(question.number)
        folder = self.settings.artifacts / FOLDER.format(task_id)
        with engines.reserve_takes():
            asked = _build_question(question, row, speech, self._list_known(task_id, row), engines.engines.synthesizer)
            asked = replace(asked, source=task.source_lang)
            folder.mkdir(parents=True, exist_ok=True)
            made = make_candidates(asked, engines.engines, folder)
        if not made:
            raise NotPossible(
                f"every new take of line {row.number} sounds like one that is there; vary the pace, the wording or the voice"
            )
        return self.store.takes.add(task_id, [_make_row(each, self.settings.artifacts) for each in made])

    def audition(self, task_id: int, label: str, language: str, voice: str | None) -> bytes:
        """A typical line of a speaker in a voice, as a FLAC file. NotFound, EditRefused, EngineError, Busy."""
        engines = self._require_engines(self.store.tasks.get(task_id))
        speech = look_up_speech(self.store, self.settings, task_id, language)
        line = _find_typical_line(speech, label, voice)
        with engines.reserve_takes(), tempfile.TemporaryDirectory(prefix="dubarr-") as folder:
            take = synthesize(line.build_request(), engines.engines.synthesizer, language=language, workdir=Path(folder))
            return take.audio.path.read_bytes()

    def _require_engines(self, task: Task) -> EditingEngines:
        if self.engines is None:
            raise NotPossible("no synthesizer is connected to this service; start it with ./dubarr serve")
        return self.engines.choose_for(task)

    def _list_known(self, task_id: int, row: LineRow) -> frozenset[str]:
        """Digests of the takes that the line has."""
        names = [row.audio, *(take.audio for take in self.store.takes.list_candidates(task_id, row.language, row.number))]
        paths = (self.settings.artifacts / name for name in names if name)
        return frozenset(Artifact.of(path).digest for path in paths if path.is_file())


def _build_question(
    question: TakesQuestion, row: LineRow, speech: SpeechLookup, known: frozenset[str], synthesizer: Synthesizer
) -> CandidateQuestion:
    """The question as the pipeline takes it: the planned duration is that of the dub where the text is its own."""
    edited = row.edit.text if row.edit and row.edit.text is not None else row.text
    text = edited if question.text is None else question.text
    line = speech.speak(row, text, voice=question.voice)
    estimate = estimate_line(line, find_slot(row), partial(predict_spoken_line, synthesizer=synthesizer))
    planned_s = row.dub_seconds if text == row.text and row.dub_seconds else estimate.seconds / estimate.rate
    given = []
    if question.voice is not None:
        given.append(f"voice {question.voice}")
    if question.pace is not None:
        given.append(f"pace ×{question.pace:.2f}")
    if text != row.text:
        given.append("other wording")
    pace = question.pace or 1.0
    return CandidateQuestion(line, max(planned_s, 0.2), pace, question.count, question.variation, tuple(given), known)


def _find_typical_line(speech: SpeechLookup, label: str, voice: str | None) -> SpokenLine:
    """The speaker's dubbed line whose length is nearest to a typical one, in a voice."""
    lines = [row for row in speech.lines.values() if row.speaker == label and row.audio and row.dub_seconds <= MAX_AUDITION_S]
    if not lines:
        raise EditRefused(f"{label} has no dubbed line in {speech.language!r} to speak; dub the film first")
    row = min(lines, key=lambda row: abs(row.dub_seconds - TYPICAL_LINE_S))
    return speech.speak(row, row.text, voice=voice, speaker=label)


def _make_row(made: Candidate, artifacts: Path) -> NewTake:
    line = made.line.line
    return NewTake(
        language=line.language,
        number=line.number,
        text=line.text,
        voice=made.line.voice.name,
        varied=made.varied,
        seconds=made.take.seconds,
        rate=made.take.rate,
        audio=str(made.take.audio.path.relative_to(artifacts)),
        heard=made.heard,
        wer=made.wer,
    )
