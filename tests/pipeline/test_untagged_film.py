"""A German reading under a picture, without a language tag: its language is heard, by real weights, and it is dubbed or refused."""

import subprocess
import threading
from pathlib import Path

import pytest
from fakes import FakeDetector, FakeSynthesizer, FakeTranslator, Reports, claimed
from real_models import model_folder

from pipeline.dub import dub
from pipeline.dub_values import DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines
from pipeline.engines.registry import engine_builder
from pipeline.errors import LanguageError
from pipeline.models.model_hub import Hub
from pipeline.runner import Runner
from pipeline.store.store import Store
from pipeline.values.media import Source
from serve.intake.supported_languages import require_targets
from serve.profile import EngineProfile, Profile

pytestmark = pytest.mark.slow

SECONDS = 30


@pytest.fixture(scope="module")
def film(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("german") / "film.mkv"
    picture = ["-f", "lavfi", "-i", f"color=s=64x64:r=5:d={SECONDS}"]
    sound = ["-i", recordings / "simplicissimus.de.mp3", "-map", "0:v", "-map", "1:a", "-t", str(SECONDS)]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-map_metadata", "-1"]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *picture, *sound, *coding, path], check=True)
    return path


@pytest.fixture(scope="module")
def engines() -> Engines:
    whisper = engine_builder.build_engine("transcriber", "whisper", hub=Hub(model_folder("whisper-base").parent))
    return Engines(whisper, engine_builder.build_engine("diarizer", "ge2e"), FakeTranslator(), FakeSynthesizer())


@pytest.fixture
def run(tmp_path: Path) -> Runner:
    store = Store(tmp_path / "dubarr.duckdb")
    return Runner(store.stages, claimed(store)[1], 1, tmp_path / "artifacts", Reports(), threading.Event())


def required(translator: str) -> object:
    """What a task is held against once its language is known, as the worker does it."""
    shares = {
        "transcriber": "whisper", "diarizer": "ge2e", "translator": translator, "synthesizer": "espeak",
    }  # fmt: skip
    profile = Profile(**{role: EngineProfile(engine=name) for role, name in shares.items()})

    def require(heard: FilmAnalysis) -> None:
        require_targets(profile, heard.language, ("es",), [text.language for text in heard.subtitles])

    return require


def test_it_is_dubbed_from_what_it_says_where_a_translator_knows_the_way(film, engines, run, tmp_path):
    job = DubSpec(Source.of(film, ()), ("es",), str(tmp_path / "dub.mkv"))
    dubbed = dub(job, engines, run, detector=FakeDetector(), require=required("llm"))
    heard = dubbed.analysis
    assert heard.language == "de"
    assert any("German (de) was detected in its speech" in note.text for note in dubbed.reports[0].notes)
    text = " ".join(segment.text for segment in heard.segments)
    assert "von Grimmelshausen" in text and "Lebensbeschreibung" in text
    assert engines.translator.calls == ["es"]


def test_it_is_refused_before_it_is_recognised_where_no_translator_does(film, engines, run, tmp_path):
    job = DubSpec(Source.of(film, ()), ("es",), str(tmp_path / "dub.mkv"))
    sentence = r"by ear the film speaks German \(de\): apertium cannot translate from German \(de\).*subtitles in Spanish"
    with pytest.raises(LanguageError, match=sentence):
        dub(job, engines, run, detector=FakeDetector(), require=required("apertium"))
    stages = [progress.stage for progress in run.report.heard]
    assert "identify" in stages and "transcribe" not in stages
