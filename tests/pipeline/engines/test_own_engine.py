"""An engine of one's own, as docs/engines.md shows it: that very text is run."""

import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import FakeDetector, FakeDiarizer, FakeTranscriber, FakeTranslator, Reports, claimed

from pipeline.dub import dub
from pipeline.dub_values import DubSpec
from pipeline.engines.protocols import Engines
from pipeline.engines.registry import engine_builder, engine_classes, language_support
from pipeline.errors import SettingsError
from pipeline.runner import Runner
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.media import Source
from pipeline.values.timeline import Speaker
from serve import profile_loader

DOCS = Path(__file__).parents[3] / "docs" / "engines.md"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The engine of the docs, importable; its name in settings."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert len(code.splitlines()) < 60
    (tmp_path / "my_engines.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "my_engines:Flite"
    sys.modules.pop("my_engines", None)


def test_it_is_chosen_by_a_setting(example: str) -> None:
    assert profile_loader.load_profile(Settings(synthesizer=example)).synthesizer.engine == example
    assert language_support.find_languages("synthesizer", example) == {"en"}


def test_it_speaks_and_hurries_when_it_must(example: str) -> None:
    engine = engine_builder.build_engine("synthesizer", example)
    (voice,) = engine.cast([Speaker("S1", 1.0, 100.0)], language="en")
    calm = engine.speak("This is an engine of my own.", voice, language="en", seconds=None)
    hurried = engine.speak("This is an engine of my own.", voice, language="en", seconds=1.0)
    assert np.abs(calm.wave).max() > 0.05
    assert 1.2 < len(calm.wave) / len(hurried.wave) <= 1.5 and calm.rate == 1.0 < hurried.rate <= 1.4


def test_it_dubs_a_film(example: str, tmp_path: Path, plain_film: Path) -> None:
    store = Store(tmp_path / "dubarr.duckdb")
    run = Runner(store.stages, claimed(store)[1], 1, tmp_path / "artifacts", Reports(), threading.Event())
    spanish = FakeTranscriber(languages=frozenset({"es"}))
    engines = Engines(spanish, FakeDiarizer(), FakeTranslator(), engine_builder.build_engine("synthesizer", example))
    job = DubSpec(Source.of(plain_film), ("en",), str(tmp_path / "dub.mp4"), source_lang="es")
    dubbed = dub(job, engines, run, detector=FakeDetector())
    store.close()
    assert dubbed.reports[0].streams_kept and len(dubbed.dubs[0].placements) == 2


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nobody_has_this:Engine", "cannot be imported"),
        ("json:Nothing", "cannot be imported"),
        ("json:JSONDecoder", "it lacks cast, voices, speak, languages, clones"),
        ("json:loads", "it lacks"),
    ],
)
def test_what_is_no_engine_is_refused_with_what_it_lacks(name: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        engine_classes.find_class("synthesizer", name)


def test_the_docs_name_every_engine() -> None:
    text = DOCS.read_text("utf-8")
    assert [name for names in engine_classes.ENGINES.values() for name in names if f"`{name}`" not in text] == []
    assert [path.stem for path in profile_loader.PROFILES_FOLDER.glob("*.yaml") if f"`{path.stem}`" not in text] == []
