"""Engines by name, and what a choice of them can do."""

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from pipeline.engines import registry
from pipeline.engines.apertium.pipelines import MODES
from pipeline.errors import LanguageError, SettingsError

needs_engines = pytest.mark.skipif(
    shutil.which("espeak-ng") is None or not (MODES / "eng-spa.mode").exists(),
    reason="espeak-ng or apertium-eng-spa is not installed",
)
require = partial(registry.require, translator="apertium", synthesizer="espeak")
targets = partial(registry.targets, translator="apertium", synthesizer="espeak")


def test_an_unknown_engine_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"TRANSLATOR='gpt9' cannot be used; the engines for this role are: apertium"):
        registry.build("translator", "gpt9")


def test_every_registered_engine_exists_and_says_what_it_can_do() -> None:
    for role, entries in registry.ENGINES.items():
        for name in entries:
            engine = registry.engine_class(role, name)
            if role in {"transcriber", "synthesizer"}:
                assert hasattr(engine, "languages")
            if role == "translator":
                assert callable(getattr(engine, "pairs", None))


def test_asking_what_engines_can_do_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom pipeline.engines import registry\n"
        "[registry.engine_class(role, name) for role, names in registry.ENGINES.items() for name in names]\n"
        "print(*sys.modules)"
    )
    heavy = {"onnxruntime", "pocketsphinx", "scipy", "sklearn", "soundfile", "soxr", "torch", "ray", "py3langid", "pysubs2"}
    root = Path(__file__).resolve().parents[3]
    answer = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert heavy & set(answer.stdout.split()) == set()


@needs_engines
def test_built_engines_play_their_roles() -> None:
    assert registry.build("synthesizer", "espeak").concurrency >= 1
    assert registry.build("translator", "apertium").rephrases is False


@needs_engines
def test_targets_are_what_can_be_both_translated_and_spoken() -> None:
    assert "es" in targets("en")
    assert "en" not in targets("en-US")
    assert targets("de") == ()
    assert {"en", "es"} <= set(targets(None))


@needs_engines
@pytest.mark.parametrize("target", ["es", "spa", "es-MX"])
def test_what_can_be_done_is_accepted(target: str) -> None:
    require("en", target, transcriber="pocketsphinx")
    require(None, target, transcriber="pocketsphinx")


@needs_engines
@pytest.mark.parametrize(
    ("source", "target", "sentence"),
    [
        ("en", "ja", r"espeak cannot speak Japanese \(ja\); this film can be dubbed into .*\bes\b"),
        ("en", "de", r"apertium cannot translate from English \(en\) to German \(de\), only to .*\bes\b.*; subtitles in German"),
        ("de", "es", r"apertium cannot translate from German \(de\), only from .*\ben\b"),
        (None, "de", r"apertium cannot translate to German \(de\), only to "),
        ("en", "en-GB", "the film already speaks English"),
        ("en", "klingonese", "is not a language"),
        ("en", "und", "is not a language"),
    ],
)
def test_what_cannot_be_done_is_refused_with_what_can(source: str | None, target: str, sentence: str) -> None:
    with pytest.raises(LanguageError, match=sentence):
        require(source, target)


@needs_engines
def test_subtitles_in_the_target_language_make_translation_unnecessary() -> None:
    require("en", "de", has_target_subtitles=True)
    with pytest.raises(LanguageError, match="cannot speak"):
        require("en", "ja", has_target_subtitles=True)


@needs_engines
def test_a_language_that_nobody_recognises_needs_subtitles() -> None:
    with pytest.raises(
        LanguageError, match=r"pocketsphinx cannot understand Catalan \(ca\), only en; put Catalan \(ca\) subtitles beside"
    ):
        require("ca", "es", transcriber="pocketsphinx")
    require("ca", "es", transcriber="pocketsphinx", has_source_subtitles=True)
