"""Engines compared: one trial is one engine, set up one way, on one recording. Rows in, rows out, for a sweep over many.

A row is a dict of plain values, a line of the table that comes of it; recordings and texts go along by name, as `known`.
Engines load once per process. `took` is wall time without loading: what else the machine does counts with it.
"""

import importlib.util
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar, cast

from evaluation import metrics
from evaluation.datasets import Recording
from pipeline.engines.protocols import About, Passage, Role
from pipeline.engines.registry import engine_builder, engine_classes
from pipeline.stages.transcribe import cut_utterances
from pipeline.values.timeline import Segment, Span, Turn

Row = dict[str, Any]
Answer = TypeVar("Answer")


def present(role: Role) -> tuple[str, ...]:
    """The engines of a role whose libraries are installed here."""
    return tuple(name for name in engine_classes.engine_names(role) if all(map(_is_installed, _about(role, name).modules)))


def hear(row: Row, known: Mapping[str, Recording]) -> Row:
    """A transcriber's trial. In: `recording`, `engine`, perhaps `options` (JSON) and `across`: whether it hears several
    speakers at once, rather than what one says (else as the engine likes it).

    Out: also `heard`, `took` and `seconds` of speech, and the word errors: `words`, `substitutions`, `deletions`, `insertions`.
    """
    recording = known[row["recording"]]
    engine = _engine("transcriber", row["engine"], row.get("options") or "{}")
    cutting: Any = _Cutting(engine.longest_utterance, row.get("across", engine.across_speakers))
    pieces = cut_utterances(recording.audio, recording.turns or _voiced(recording), cutting)

    def heard() -> str:
        words = [word for piece in pieces for word in engine.transcribe(piece, language="en")]
        return " ".join(word.text for word in words)

    text, took = _timed(heard)
    errors = metrics.word_errors(recording.text, text)
    counts = {name: getattr(errors, name) for name in ("words", "substitutions", "deletions", "insertions")}
    return row | counts | {"heard": text, "took": took, "seconds": recording.seconds, "wrong": errors.count}


def tell_apart(row: Row, known: Mapping[str, Recording]) -> Row:
    """A diarizer's trial. In: `recording`, `engine`, perhaps `options` and `told`: whether it is told how many speak.

    Out: also `took` and `seconds`, the `speakers` found, and the seconds of `speech` that were `missed`, `false`, `confused`.
    """
    recording = known[row["recording"]]
    engine = _engine("diarizer", row["engine"], row.get("options") or "{}")
    speakers = len({turn.speaker for turn in recording.turns}) if row.get("told") else None
    found, took = _timed(lambda: engine.diarize(recording.audio, speakers=speakers))
    errors = metrics.turn_errors(recording.turns, found.turns)
    counts = {name: getattr(errors, name) for name in ("speech", "missed", "false", "confused")}
    return row | counts | {"speakers": len(found.speakers), "took": took, "seconds": recording.seconds}


def translate(row: Row, known: Mapping[str, Sequence[str]]) -> Row:
    """A translator's trial, from `en` to `target`. In: `engine`, `target`, perhaps `options` and `via`, a language between.

    `known`: language → the same lines in it. Out: also `took`, `lines`, one translation a line, and `chrf` against the known ones.
    """
    engine = _engine("translator", row["engine"], row.get("options") or "{}")
    way = ["en", *([row["via"]] if row.get("via") else []), row["target"]]

    def said() -> list[str]:
        lines = list(known["en"])
        for source, target in pairwise(way):
            lines = _translated(engine, lines, source, target)
        return lines

    lines, took = _timed(said)
    return row | {"lines": lines, "took": took, "chrf": metrics.chrf(known[row["target"]], lines)}


def _translated(engine: Any, lines: Sequence[str], source: str, target: str) -> list[str]:
    segments = tuple(Segment(n, Span(3.0 * n, 3.0 * n + 2.5), line, None) for n, line in enumerate(lines, 1))
    brief = engine.study(segments, source=source, target=target)
    answer = engine.translate(Passage(segments, brief=brief), source=source, target=target)
    return [text or "" for text in answer.texts]


@dataclass(frozen=True, slots=True)
class _Cutting:
    """What `utterances` asks of a transcriber, where it may be another than its own."""

    longest_utterance: float
    across_speakers: bool


def _about(role: Role, name: str) -> About:
    engine_class: Any = engine_classes.find_class(role, name)
    return cast(About, engine_class.about)


@lru_cache(maxsize=8)
def _engine(role: Role, name: str, options: str) -> Any:
    return engine_builder.build_engine(role, name, **json.loads(options))


@lru_cache(maxsize=1)
def _detector() -> Any:
    return engine_builder.build_detector()


def _voiced(recording: Recording) -> tuple[Turn, ...]:
    """Turns of one speaker, by ear: for recordings that nobody marked."""
    return tuple(Turn(span, "S1") for span in _detector().detect(recording.audio))


def _timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    begun = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - begun


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # nor is the package around it
        return False
