"""Sweeps over engines: one trial is one engine with one set of options on one recording. Rows in, rows out, for Ray Data.

A row is a dict of plain values, a line of the table that comes of it; recordings and texts go along by name, as `known`.
Engines load once per process. `took` is wall time without loading: what else the machine does counts with it.
"""

import importlib.util
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeVar, cast

from evaluation import metrics
from evaluation.datasets import Recording
from evaluation.engine_evaluation.word_times import match_words, measure_word_times
from pipeline.engines.protocols import Passage, Role
from pipeline.engines.registry import engine_builder, engine_classes
from pipeline.errors import DubarrError
from pipeline.stages.transcribe import cut_utterances
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.timeline import Segment, Span, Turn, Word

log = logging.getLogger(__name__)

Row = dict[str, Any]
Answer = TypeVar("Answer")


def list_installed_engines(role: Role, *own: str) -> tuple[str, ...]:
    """The engines of a role whose libraries are installed here, and those of one's own (`module:Class`, as in a setting).

    SettingsError where one of these cannot be imported, or cannot play the role.
    """
    for name in own:
        engine_classes.find_class(role, name)
    installed = (
        name for name in engine_classes.engine_names(role) if all(map(_is_installed, _find_requirements(role, name).modules))
    )
    return tuple(dict.fromkeys((*installed, *own)))


def list_usable_engines(role: Role, *own: str) -> tuple[str, ...]:
    """As `list_installed_engines`, without those that cannot be used here, such as one whose model is missing or whose server does
    not answer: the log tells why.
    """
    usable = []
    for name in list_installed_engines(role, *own):
        try:
            log.debug("can be used: %s", _load_engine(role, name, "{}").fingerprint)  # a server is asked for its model
        except DubarrError as error:
            log.warning("left out of the sweep: %s", error)
        else:
            usable.append(name)
    return tuple(usable)


def evaluate_transcriber(row: Row, known: Mapping[str, Recording]) -> Row:
    """A transcriber's trial. In: `recording`, `engine`, perhaps `options` (JSON) and `across`: whether it hears several
    speakers at once, rather than what one says (else as the engine likes it).

    Out: also `heard`, `took` and `seconds` of speech, and the word errors: `words`, `substitutions`, `deletions`, `insertions`;
    where the recording's word times are known, their errors too (`word_times.WordTimeErrors`, with `timed_words` for its `words`).
    """
    recording = known[row["recording"]]
    engine = _load_engine("transcriber", row["engine"], row.get("options") or "{}")
    cutting: Any = _CuttingPreferences(engine.longest_utterance, row.get("across", engine.across_speakers))
    pieces = cut_utterances(recording.audio, recording.turns or _detect_turns(recording), cutting)

    def transcribe_pieces() -> list[Word]:
        return [word for piece in pieces for word in engine.transcribe(piece, language="en")]

    words, took = _measure_time(transcribe_pieces)
    text = " ".join(word.text for word in words)
    errors = metrics.count_word_errors(recording.text, text)
    counts = {name: getattr(errors, name) for name in ("words", "substitutions", "deletions", "insertions")}
    times = _measure_times(recording, words)
    return row | counts | times | {"heard": text, "took": took, "seconds": recording.seconds, "wrong": errors.count}


def _measure_times(recording: Recording, words: Sequence[Word]) -> Row:
    """Errors of the words' times; none where they are not known, or no word was understood."""
    if not any(match_words(recording.words, words) if recording.words else ()):
        return {}
    found = asdict(measure_word_times(recording.words, words))
    return {"timed_words" if name == "words" else name: value for name, value in found.items()}


def evaluate_diarizer(row: Row, known: Mapping[str, Recording]) -> Row:
    """A diarizer's trial. In: `recording`, `engine`, perhaps `options` and `told`: whether it is told how many speak.

    Out: also `took` and `seconds`, the `speakers` found, the seconds of `speech` that were `missed`, `false`, `confused`, with a collar of
    0.25 s; and without one the diarization error rate `strict_der` and the Jaccard error rate `jer`.
    """
    recording = known[row["recording"]]
    engine = _load_engine("diarizer", row["engine"], row.get("options") or "{}")
    speakers = len({turn.speaker for turn in recording.turns}) if row.get("told") else None
    found, took = _measure_time(lambda: engine.diarize(recording.audio, speakers=speakers))
    errors = metrics.count_turn_errors(recording.turns, found.turns)
    counts = {name: getattr(errors, name) for name in ("speech", "missed", "false", "confused")}
    counts |= {
        "strict_der": metrics.count_turn_errors(recording.turns, found.turns, collar=0.0).rate,
        "jer": metrics.compute_jaccard_error(recording.turns, found.turns),
    }
    return row | counts | {"speakers": len(found.speakers), "took": took, "seconds": recording.seconds}


def evaluate_translator(row: Row, known: Mapping[str, Sequence[str]]) -> Row:
    """A translator's trial, from `en` to `target`. In: `engine`, `target`, perhaps `options` and `via`, a language between.

    `known`: language → the same lines in it. Out: also `took`, `lines`, one translation a line, and `chrf` against the known ones.
    """
    engine = _load_engine("translator", row["engine"], row.get("options") or "{}")
    way = ["en", *([row["via"]] if row.get("via") else []), row["target"]]

    def translate_lines() -> list[str]:
        lines = list(known["en"])
        for source, target in pairwise(way):
            lines = _translate_lines(engine, lines, source, target)
        return lines

    lines, took = _measure_time(translate_lines)
    return row | {"lines": lines, "took": took, "chrf": metrics.compute_chrf(known[row["target"]], lines)}


def _translate_lines(engine: Any, lines: Sequence[str], source: str, target: str) -> list[str]:
    segments = tuple(Segment(n, Span(3.0 * n, 3.0 * n + 2.5), line, None) for n, line in enumerate(lines, 1))
    brief = engine.study(segments, source=source, target=target)
    answer = engine.translate(Passage(segments, brief=brief), source=source, target=target)
    return [text or "" for text in answer.texts]


@dataclass(frozen=True, slots=True)
class _CuttingPreferences:
    """A transcriber's preferences for `cut_utterances`, with `across_speakers` overridden."""

    longest_utterance: float
    across_speakers: bool


def _find_requirements(role: Role, name: str) -> EngineRequirements:
    engine_class: Any = engine_classes.find_class(role, name)
    return cast(EngineRequirements, engine_class.requirements)


@lru_cache(maxsize=8)
def _load_engine(role: Role, name: str, options: str) -> Any:
    return engine_builder.build_engine(role, name, **json.loads(options))


@lru_cache(maxsize=1)
def _load_detector() -> Any:
    return engine_builder.build_detector()


def _detect_turns(recording: Recording) -> tuple[Turn, ...]:
    """Turns of one speaker by voice activity detection, for recordings without reference turns."""
    return tuple(Turn(span, "S1") for span in _load_detector().detect(recording.audio))


def _measure_time(work: Callable[[], Answer]) -> tuple[Answer, float]:
    begun = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - begun


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:  # nor is the package around it
        return False
