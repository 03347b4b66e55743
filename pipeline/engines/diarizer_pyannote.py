"""Speaker diarization by pyannote.audio: segmentation, speaker embeddings and clustering of one pipeline, on a GPU.

The pipeline holds its audio and its answers in memory, and its clustering grows with the square of the length; so a long
film is diarized in windows, whose speakers are then matched by their embeddings (`speaker_windows`).
"""

import importlib.metadata
import logging
import os
import warnings
from pathlib import Path
from typing import Any

from pipeline.engines.speakers import audio_input
from pipeline.engines.speakers.speaker_profiles import describe_speakers
from pipeline.engines.speakers.speaker_windows import (
    Stretch,
    Voice,
    Window,
    clip_stretches,
    find_cut,
    join_windows,
    plan_window_ends,
)
from pipeline.engines.torch import torch_device
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import HUB_URL, Hub
from pipeline.models.model_identity import UNUSABLE_MODEL_ERRORS, identify_weights
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Diarization, Span

log = logging.getLogger(__name__)

ENGINE, SETTING = "pyannote", "DIARIZER_MODEL"
DEFAULT_MODEL = "pyannote/speaker-diarization-community-1"
MIN_WINDOW_S = 4.0  # a shorter window has too few embeddings to compare


class PyannoteDiarizer:
    """Diarizer by a pyannote.audio pipeline, community-1 or another one. Deterministic.

    `window`: seconds that are diarized at once, which bounds memory. `batch`: excerpts that the networks take at once; halved
    if the GPU's memory is full. `same_voice`: the cosine distance up to which speakers of two windows are one.
    """

    requirements = EngineRequirements(
        licence="MIT (pyannote.audio), CC-BY-4.0 (community-1)",
        extra="diarization",
        modules=("pyannote.audio",),
        model=DEFAULT_MODEL,
        vram=2.5,
        page=f"{HUB_URL}/{DEFAULT_MODEL}",
    )
    fingerprint: str
    concurrency = 1  # batch size and networks are state of the pipeline

    def __init__(
        self,
        model: str = DEFAULT_MODEL,
        *,
        revision: str | None = None,
        device: str = "auto",
        hub: Hub | None = None,
        window: float = 1800.0,
        batch: int = 32,
        same_voice: float = 0.5,
    ) -> None:
        if not (window >= MIN_WINDOW_S and batch >= 1 and 0.0 < same_voice < 1.0):
            raise EngineError(
                ENGINE,
                f"window={window}, batch={batch}, same_voice={same_voice} cannot be used; give a window of {MIN_WINDOW_S:g} s "
                "or more, a batch of 1 or more, and a distance between 0 and 1",
            )
        hub = hub or Hub()
        folder = hub.fetch_folder(model, engine=ENGINE, setting=SETTING, revision=revision)
        self._pipeline = _load_pipeline(folder, hub)
        self._device = torch_device.choose_device(device)
        _move_to_device(self._pipeline, self._device)
        self._window, self._batch, self._same = window, batch, same_voice
        self.fingerprint = (
            f"pyannote.audio {importlib.metadata.version('pyannote.audio')} {model.rstrip('/').rpartition('/')[2]}@{identify_weights(folder)} "
            f"window={window:g} same={same_voice:g} windows=1"
        )

    def check(self) -> None:
        """EngineLost if the device no longer answers."""
        torch_device.check_device(self._device)

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        """Find turns in a 16 kHz mono WAV, none without speech; turns do not overlap.

        EngineError if `speakers` is under 1, or the file is no audio.
        """
        if speakers is not None and speakers < 1:
            raise EngineError(ENGINE, f"{speakers} speakers make no dialogue; give 1 or more, or leave it open")
        windows: list[Window] = []
        start, latest = 0.0, plan_window_ends(_read_duration(speech.path), self._window)
        for number, end in enumerate(latest, 1):
            if end <= start:
                break  # a file without a sample
            span = Span(start, end)
            # Not every speaker need speak in one of several windows, so the count is a maximum there.
            stretches, voices = self._diarize_window(speech.path, span, speakers, exactly=len(latest) == 1)
            start = find_cut(stretches, span) if number < len(latest) else end
            windows.append(Window(clip_stretches(stretches, start), voices))
        whole, voices = join_windows(windows, speakers=speakers, same=self._same)
        return describe_speakers(whole, speech, voices)

    def _diarize_window(
        self, path: Path, span: Span, speakers: int | None, *, exactly: bool
    ) -> tuple[list[Stretch], dict[int, Voice]]:
        """Diarize one window: stretches in the film's time, and the embedding of each speaker for which the pipeline has one."""
        wave = audio_input.read_excerpt(path, span)
        if not wave.size:
            return [], {}
        answer = self._run_with_count(wave, speakers, exactly=exactly)
        labels = answer.speaker_diarization.labels()  # whose order is that of the embeddings' rows
        numbers = {label: n for n, label in enumerate(labels)}
        stretches = []
        for segment, _, label in answer.exclusive_speaker_diarization.itertracks(yield_label=True):
            start, end = round(span.start + max(0.0, segment.start), 3), min(round(span.start + segment.end, 3), span.end)
            if start < end:  # the networks' last frame may lie beyond the audio
                stretches.append((Span(start, end), numbers.setdefault(label, len(numbers))))
        rows = () if answer.speaker_embeddings is None else answer.speaker_embeddings
        return stretches, dict(enumerate(rows))

    def _run_with_count(self, wave: Any, speakers: int | None, *, exactly: bool) -> Any:
        if speakers is None:
            return self._run_pipeline(wave)
        if not exactly:
            return self._run_pipeline(wave, max_speakers=speakers)
        try:
            return self._run_pipeline(wave, num_speakers=speakers)
        except ValueError as error:
            if "n_clusters" not in str(error):
                raise
            # k-means for an exact count needs as many embeddings as speakers; little speech has fewer.
            log.warning("engine=%s too little speech for %d speakers; finding fewer", ENGINE, speakers)
            return self._run_pipeline(wave, max_speakers=speakers)

    def _run_pipeline(self, wave: Any, **hints: int) -> Any:
        import torch

        audio = {"waveform": torch.from_numpy(wave)[None], "sample_rate": SPEECH_RATE_HZ}  # (1, samples)

        def call(batch: int) -> Any:
            self._pipeline.segmentation_batch_size = self._pipeline.embedding_batch_size = batch
            try:
                answer = self._pipeline(dict(audio), **hints)
            except MemoryError as error:  # raised by the library's segmentation if the GPU's memory is full
                raise RuntimeError(f"out of memory: {error}") from error
            self._batch = batch  # a batch that was too large is not tried again
            return answer

        return torch_device.halve_batch_until_it_fits(call, self._batch, engine=ENGINE)


def _read_duration(path: Path) -> float:
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            return file.frames / file.samplerate
    except soundfile.LibsndfileError as error:
        raise audio_input.unreadable_audio_error(path, error) from error


def _load_pipeline(folder: Path, hub: Hub) -> Any:
    """Load the pipeline of a directory. ModelMissing if there is none, or a part of it cannot be fetched."""
    os.environ["PYANNOTE_METRICS_ENABLED"] = "0"  # telemetry: it would report every film's length
    warnings.filterwarnings("ignore", module=r"pyannote\.")  # of torchcodec, which reads no audio here, and of short excerpts
    import yaml
    from pyannote.audio import Pipeline
    from pyannote.audio.pipelines import SpeakerDiarization

    cache = hub.folder / "hub" if hub.folder else None
    try:
        pipeline = Pipeline.from_pretrained(folder, token=hub.token, cache_dir=cache)
    except (*UNUSABLE_MODEL_ERRORS, yaml.YAMLError) as error:
        raise _build_load_error(folder, error) from error
    if not isinstance(pipeline, SpeakerDiarization):
        kind = "nothing" if pipeline is None else type(pipeline).__name__
        raise ModelMissing(ENGINE, f"{folder.name} holds {kind}, not a speaker diarization; name another model in {SETTING}")
    pipeline.legacy = False  # older configs would have it answer without embeddings
    return pipeline


def _build_load_error(folder: Path, error: Exception) -> ModelMissing:
    return ModelMissing(
        ENGINE,
        f"{folder.name} cannot be loaded ({type(error).__name__}: {torch_device.first_line(error)}); it or a part that its config.yaml "
        f"names is missing, damaged or gated: fetch it again, or name another model in {SETTING}",
    )


def _move_to_device(pipeline: Any, device: str) -> None:
    import torch

    torch.backends.cudnn.deterministic = True  # the same film gives the same turns
    pipeline.to(torch.device(device))
