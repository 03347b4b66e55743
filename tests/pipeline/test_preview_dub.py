"""A preview, then the whole film, over a real film and fake engines: nothing of the preview is made twice, and its lines stay."""

import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fakes import FakeDetector, FakeSeparator, FakeSynthesizer, FakeTranscriber, FakeTranslator, claimed, runner

from pipeline.dub import dub
from pipeline.dub_values import DubbedFilm, DubSpec
from pipeline.engines.protocols import Engines
from pipeline.settings import TakeVerification
from pipeline.store.store import Store
from pipeline.values.edits import Edit, FilmEdits
from pipeline.values.media import Artifact, Sidecar, Source, compute_digest
from pipeline.values.preview import PreviewRange
from pipeline.values.timeline import Diarization, Span, Speaker, Turn

LINES = 14  # one each 4 s, said for 2 s
PREVIEW = PreviewRange(20.0, 36.0)


class ToneDiarizer:
    """Hears tones: the lower one is one speaker, the higher one another."""

    fingerprint, concurrency = "tones", 1

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        wave, rate = soundfile.read(speech.path, dtype="float32")
        frames = wave[: len(wave) // 800 * 800].reshape(-1, 800)  # (twentieths of a second, samples)
        loud = np.concatenate([[False], np.sqrt(np.square(frames).mean(axis=1)) > 0.02, [False]])
        edges = np.flatnonzero(loud[1:] != loud[:-1]) / 20
        turns = []
        for start, end in edges.reshape(-1, 2).tolist():
            tone = wave[round((start + 0.2) * rate) : round((end - 0.2) * rate)]
            crossings = np.count_nonzero(tone[1:] * tone[:-1] < 0) / max(1, len(tone)) * rate / 2
            turns.append((Span(start, end), crossings > 300))
        labels = {high: f"S{rank}" for rank, high in enumerate(dict.fromkeys(high for _, high in turns), 1)}  # the first is S1
        found = tuple(Turn(span, labels[high]) for span, high in turns)
        seconds = {label: sum(turn.span.duration for turn in found if turn.speaker == label) for label in labels.values()}
        return Diarization(found, tuple(Speaker(label, seconds[label], 110.0) for label in labels.values()))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rate = tmp_path_factory.mktemp("tones"), 16_000
    times = np.arange(LINES * 4 * rate) / rate
    spoken = (times % 4 >= 0.5) & (times % 4 < 2.5)
    pitch = np.where((times // 4) % 3 == 0, 200, 500)
    soundfile.write(folder / "tones.wav", 0.2 * spoken * np.sin(2 * np.pi * pitch * times), rate)
    path = folder / "film.mkv"
    picture = ["-f", "lavfi", "-i", f"testsrc=s=64x36:r=5:d={LINES * 4}", "-i", folder / "tones.wav"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-c:a", "flac", "-metadata:s:a:0", "language=eng"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", *picture, *codecs, path], check=True)
    cues = "".join(f"{n}\n00:00:{4 * n:02},500 --> 00:00:{4 * n + 2:02},500\nLine {chr(65 + n)}.\n\n" for n in range(LINES))
    (folder / "film.en.srt").write_text(cues, "utf-8")
    return path


class Desk:
    """Dubs one film by one store, with or without its subtitles."""

    def __init__(self, film: Path, folder: Path, store: Store, *, subtitles: bool) -> None:
        text = film.with_suffix(".en.srt")
        source = Source.of(film, (Sidecar(text, compute_digest(text), "en"),) if subtitles else ())
        self.synthesizer, self.transcriber, self.separator = FakeSynthesizer(), FakeTranscriber(), FakeSeparator()
        self.engines = Engines(self.transcriber, ToneDiarizer(), FakeTranslator(), self.synthesizer, self.separator)
        _, lease = claimed(store)
        self.run = runner(store, lease, folder / "artifacts")
        verify = {"verify_takes": TakeVerification.OFF}
        self.spec = DubSpec(source, ("es",), str(folder / "dub.mkv"), "en", preview=PREVIEW, **verify)

    def preview(self) -> DubbedFilm:
        return dub(self.spec, self.engines, self.run, detector=FakeDetector())

    def whole(self, *edits: Edit) -> DubbedFilm:
        spec = replace(self.spec, preview=None, previewed=PREVIEW, edits=FilmEdits(edits, ()), has_preview_edits=True)
        return dub(spec, self.engines, self.run, detector=FakeDetector())


@pytest.fixture(params=[True, False], ids=["subtitles", "recognition"])
def desk(film: Path, tmp_path: Path, store: Store, request: pytest.FixtureRequest) -> Desk:
    return Desk(film, tmp_path, store, subtitles=request.param)


@pytest.mark.slow
def test_the_whole_film_repeats_nothing_of_its_preview(desk: Desk) -> None:
    (part,) = desk.preview().dubs
    separated, heard = list(desk.separator.separated), len(desk.transcriber.calls)
    assert separated[0] < 40.0, "the excerpt alone was separated"
    second = part.placements[1].line.number
    whole = desk.whole(Edit("es", second, text="Dicho de otro modo."))
    (dubbed,) = whole.dubs
    placed = {placement.line.number: placement for placement in dubbed.placements}
    assert list(placed) == list(range(1, LINES + 1))
    assert whole.analysis.previewed
    for each in part.placements:
        now = placed[each.line.number + dubbed.number_shift]
        assert (now.line.segment.speaker, now.line.segment.text) == (each.line.segment.speaker, each.line.segment.text)
        assert now.line.text == "Dicho de otro modo." if each.line.number == second else now.audio == each.audio
    assert max(desk.separator.separated[len(separated) :]) < LINES * 4 - 16.0, "the part was not separated again"
    span = whole.analysis.previewed.span
    assert not [call for call in desk.transcriber.calls[heard:] if call.span.overlap(span)]
    assert_stems_fit(whole)


def assert_stems_fit(whole: DubbedFilm) -> None:
    """The joined stems are as long as the film, and sound where it does; music and effects add up to the background."""
    stems = whole.analysis.stems
    assert stems.voices
    assert stems.background
    assert stems.background_stems
    parts = stems.background, stems.background_stems.music, stems.background_stems.effects
    joined, music, effects = (soundfile.read(part.path, dtype="int16")[0] for part in parts)
    assert (music + effects == joined).all() and effects.any()
    voices, background = (soundfile.read(stem.path)[0] for stem in (stems.voices, stems.background))
    assert len(voices) == pytest.approx(LINES * 4 * 48_000, abs=4_800)
    mixed = np.abs(voices + background).reshape(-1)[: len(voices) // 4_800 * 4_800].reshape(-1, 4_800).max(axis=1)
    loud = np.flatnonzero(mixed > 0.05) / 10 % 4
    assert 0.3 <= loud.min() <= loud.max() <= 2.7, "the part lies where it was"
