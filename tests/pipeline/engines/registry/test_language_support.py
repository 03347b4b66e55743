"""Engines by name, and what a choice of them can do."""

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from pipeline.engines.apertium.pipelines import MODES
from pipeline.engines.protocols import Role
from pipeline.engines.registry import engine_builder, engine_classes, language_support
from pipeline.errors import LanguageError, SettingsError

needs_engines = pytest.mark.skipif(
    shutil.which("espeak-ng") is None or not (MODES / "eng-spa.mode").exists(),
    reason="espeak-ng or apertium-eng-spa is not installed",
)
require = partial(language_support.require_languages, translator="apertium", synthesizer="espeak")
targets = partial(language_support.find_targets, translator="apertium", synthesizer="espeak")


def test_an_unknown_engine_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(SettingsError, match=r"TRANSLATOR='gpt9' cannot be used; the engines for this role are: apertium"):
        engine_builder.build_engine("translator", "gpt9")


def test_every_registered_engine_exists_and_says_what_it_can_do() -> None:
    for role, entries in engine_classes.ENGINES.items():
        for name in entries:
            engine = engine_classes.find_class(role, name)
            if role in {"transcriber", "synthesizer"}:
                assert hasattr(engine, "languages")
            if role == "transcriber" and not callable(engine.languages):  # mypy takes `frozenset | dict.keys()`, a set, for one
                assert engine.languages is None or isinstance(engine.languages, frozenset), name
            if role == "translator":
                assert callable(getattr(engine, "pairs", None))


def test_engines_without_limits_still_offer_a_choice() -> None:
    servers = {"translator": "llm", "synthesizer": "speech-api"}
    found = language_support.find_targets("en", **servers)
    assert {"es", "fr", "ja"} <= set(found) and "en" not in found
    language_support.require_languages("en", "oc", transcriber="transcription-api", **servers)


def test_no_two_roles_have_an_engine_of_one_name_so_options_are_by_name_alone() -> None:
    names = [name for entries in engine_classes.ENGINES.values() for name in entries]
    assert len(set(names)) == len(names)


def test_a_server_is_limited_by_its_option_and_a_local_engine_by_its_class() -> None:
    options = {"speech-api": {"languages": ["spa", "pt-BR"]}, "espeak": {"languages": ["es"]}}
    assert language_support.find_languages("synthesizer", "speech-api", options) == {"es", "pt-BR"}
    assert language_support.find_languages("synthesizer", "espeak", options) == language_support.find_languages(
        "synthesizer", "espeak"
    )
    with pytest.raises(LanguageError, match="'klingonese' is not a language"):
        language_support.find_languages("synthesizer", "speech-api", {"speech-api": {"languages": "klingonese"}})


def test_asking_what_engines_can_do_loads_nothing_heavy() -> None:
    script = (
        "import sys\nfrom pipeline.engines.registry import engine_classes\n"
        "[engine_classes.find_class(role, name) for role, names in engine_classes.ENGINES.items() for name in names]\n"
        "print(*sys.modules)"
    )
    heavy = {"onnxruntime", "pocketsphinx", "scipy", "sklearn", "soundfile", "soxr", "torch", "ray", "py3langid", "pysubs2"}
    root = Path(__file__).resolve().parents[4]
    answer = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert heavy & set(answer.stdout.split()) == set()


@needs_engines
def test_built_engines_play_their_roles() -> None:
    assert engine_builder.build_engine("synthesizer", "espeak").concurrency >= 1
    assert engine_builder.build_engine("translator", "apertium").rephrases is False


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


@needs_engines
def test_a_list_of_engines_is_built_as_one_with_options_by_name() -> None:
    engine = engine_builder.build_engine("translator", "apertium, llm", llm={"url": "http://127.0.0.1:1/v1", "model": "m"})
    assert (engine.rephrases, engine.concurrency) == (True, 2)
    assert "m" in engine.fingerprint and "apertium" in engine.fingerprint


@needs_engines
def test_a_list_can_do_what_any_of_its_engines_can() -> None:
    alone, both = (
        language_support.find_languages("synthesizer", "espeak"),
        language_support.find_languages("synthesizer", "xtts, espeak"),
    )
    assert alone is not None and both is not None and both > alone
    assert language_support.find_pairs("apertium, llm") is None
    assert "ja" in language_support.find_targets("en", translator="llm,apertium", synthesizer="xtts,espeak")
    assert engine_classes.find_class_flag("translator", "apertium, llm", "rephrases") is True
    assert engine_classes.find_class_flag("transcriber", "pocketsphinx, whisperx", "across_speakers") is False
    assert engine_classes.find_class_flag("synthesizer", "espeak", "rephrases") is None
    with pytest.raises(LanguageError, match=r"xtts and espeak cannot speak "):
        language_support.require_languages("en", "tlh", translator="llm", synthesizer="xtts, espeak")


@pytest.mark.parametrize(
    ("role", "engine", "sentence"),
    [
        ("synthesizer", "espeak, espeak", r"SYNTHESIZER='espeak, espeak'.*name each engine once"),
        ("synthesizer", " , ", "name each engine once"),
        ("synthesizer", "espeak, espaek", r"SYNTHESIZER='espaek'.*the engines for this role are: "),
        ("diarizer", "ge2e, pyannote", r"DIARIZER='ge2e, pyannote'.*a diarizer is one engine"),
        ("separator", "demucs, demucs2", "a separator is one engine"),
    ],
)
def test_a_list_that_cannot_work_is_refused(role: Role, engine: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        engine_classes.require_engines(role, engine)


ROUTED = """
class Routed:
    fingerprint, concurrency, rephrases, lines_at_once = "routed", 1, False, None
    study = translate = rephrase = None
    pairs = staticmethod(lambda: frozenset({("en", "es"), ("en", "pt")}))
    routes = staticmethod(lambda: {("en", "es"): ("en", "pt", "es")})
"""


@needs_engines
def test_what_a_list_does_for_a_language_is_told_engine_by_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "routed_engines.py").write_text(ROUTED)
    monkeypatch.syspath_prepend(tmp_path)
    listed = "routed_engines:Routed, apertium"
    assert language_support.find_translators(listed, "en-US", "es-MX") == ("routed_engines:Routed", "apertium")
    assert language_support.find_translators(listed, "en", "ca") == ("apertium",)
    assert language_support.find_route("routed_engines:Routed", "en-US", "es-MX") == "('en', 'pt', 'es')"
    assert language_support.find_route("routed_engines:Routed", "en", "pt") is None
    assert language_support.find_route("apertium", "en", "es") is None, "its class does not tell"
    assert language_support.find_synthesizer("xtts, espeak", "es") == "xtts"
    assert language_support.find_synthesizer("xtts, espeak", "ca") == "espeak"
    assert language_support.find_synthesizer("xtts, espeak", "tlh") is None
