"""Verification of takes by a round trip: a take that the recogniser does not understand is made again, at most twice, and the best
of the tries is kept; one that stays over the bound is told in a note.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from textwrap import shorten

from pipeline.engines.protocols import Engines
from pipeline.errors import EngineError
from pipeline.runner import Runner
from pipeline.settings import TakeVerification
from pipeline.stages.synthesize import SynthesisRequest, synthesize
from pipeline.values.notes import Note, Severity
from pipeline.values.take_checks import Intelligibility, TakeCheck
from pipeline.values.timeline import Line, Take
from pipeline.verification.judgement import Judgement, combine_judgements
from pipeline.verification.retakes import plan_retakes
from pipeline.verification.round_trip import Rendition, is_verified, judge_alone, judge_in_windows

MAX_RETAKES = 2
MAX_RETAKEN_SHARE = 0.1  # of a dub's lines that are made again, the worst first: more is the fault of the voice or the recogniser
MIN_RETAKEN = 4  # lines that may be, however short the dub is
MAX_MEDIAN_RATE = 0.3  # median character error rate of the lines, over which the recogniser is no judge of this language
MAX_QUOTED_LINES = 10  # lines whose texts are in notes of their own
MAX_QUOTED_CHARACTERS = 60
INAUDIBLE_EXCESS_S = 0.05  # s that a retake may be longer
UNRELIABLE_RECOGNITION = "The recogniser understands too little of this language or these voices, so no take was judged by it"


@dataclass(frozen=True, slots=True)
class VerifiedTakes:
    """Lines and takes after verification, in order: those of the tries that were kept. `notes`: with line numbers."""

    lines: tuple[Line, ...]
    takes: tuple[Take, ...]
    checks: tuple[TakeCheck, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def takes_by_number(self) -> dict[int, Take]:
        """Line number → its take."""
        return {line.number: take for line, take in zip(self.lines, self.takes, strict=True)}


@dataclass(frozen=True, slots=True)
class _Try:
    """One try at a line, and the judgement of it."""

    rendition: Rendition
    judgement: Judgement


def verify_takes(
    lines: Sequence[Line],
    requests: Sequence[SynthesisRequest],
    takes: Sequence[Take],
    engines: Engines,
    run: Runner,
    *,
    source: str,
    verification: TakeVerification = TakeVerification.AUTO,
    previewed: range = range(0),
    fixed: frozenset[int] = frozenset(),
) -> VerifiedTakes:
    """Recognise all takes of one language, and make again those that are not understood; no checks where they are not verified.

    `source`: language of the film. `previewed`: numbers of the lines that were dubbed and checked by themselves before. `fixed`: of those whose takes users fixed, which
    are checked and never made again.
    A retake has the duration that was requested of the first take, and is never longer than that. An engine that fails here does
    not fail the dub, whose takes are there: that is told in a note.
    """
    try:
        if is_verified(lines[0].language, engines.transcriber, verification):
            first = [Rendition(*each) for each in zip(lines, requests, takes, strict=True)]
            judgements = judge_in_windows(first, engines.transcriber, run, previewed=previewed)
            return _verify(first, judgements, engines, run, source=source, fixed=fixed)
    except EngineError as error:
        note = Note(f"The takes could not be checked by speech recognition: {error}", Severity.WARNING)
        return VerifiedTakes(tuple(lines), tuple(takes), notes=(note,))
    return VerifiedTakes(tuple(lines), tuple(takes))


def _verify(
    first: Sequence[Rendition],
    judgements: Sequence[Judgement],
    engines: Engines,
    run: Runner,
    *,
    source: str,
    fixed: frozenset[int],
) -> VerifiedTakes:
    """Make the suspects among the first takes again, and keep the best try of each line."""
    tries = [[_Try(*each)] for each in zip(first, judgements, strict=True)]
    if statistics.median(each.errors.character_rate for each in judgements) > MAX_MEDIAN_RATE:
        return _keep_best(tries, (Note(UNRELIABLE_RECOGNITION, Severity.WARNING),))
    suspects = [each for each in tries if each[0].judgement.is_suspect and each[0].rendition.line.number not in fixed]
    alone = judge_alone([each[0].rendition for each in suspects], engines.transcriber, run) if suspects else ()
    for each, judgement in zip(suspects, alone, strict=True):
        each[0] = replace(each[0], judgement=combine_judgements(each[0].judgement, judgement))
    allowed = max(MIN_RETAKEN, round(MAX_RETAKEN_SHARE * len(tries)))
    suspects = sorted(suspects, key=lambda each: -each[0].judgement.excess)[:allowed]
    for retake in range(1, MAX_RETAKES + 1):
        _make_again([each for each in suspects if _find_best(each).judgement.is_suspect], retake, engines, run, source)
    return _keep_best(tries, _describe_suspects([_find_best(each) for each in tries]))


def _make_again(suspects: Sequence[list[_Try]], retake: int, engines: Engines, run: Runner, source: str) -> None:
    """Add a try to each line for which the engines have another one. `retake`: 1, then 2."""
    renditions = plan_retakes([each[0].rendition for each in suspects], retake, engines, run, source=source)
    made = [(each, rendition) for each, rendition in zip(suspects, renditions, strict=True) if rendition is not None]
    if not made:
        return
    takes = run.each(synthesize, [request for _, (_, request) in made], engines.synthesizer)
    again = [Rendition(line, request, take) for (_, (line, request)), take in zip(made, takes, strict=True)]
    judgements = judge_alone(again, engines.transcriber, run)
    for (each, _), rendition, judgement in zip(made, again, judgements, strict=True):
        each.append(_Try(rendition, judgement))


def _find_best(tries: Sequence[_Try]) -> _Try:
    """The try with the fewest errors, the earliest of equal ones; none that lasts longer than the first and than was requested."""
    first = tries[0].rendition
    longest = max(first.take.seconds, first.request.seconds or 0.0) + INAUDIBLE_EXCESS_S
    fitting = [each for each in tries if each.rendition.take.seconds <= longest]
    return min(fitting, key=lambda each: each.judgement.excess)


def _keep_best(tries: Sequence[Sequence[_Try]], notes: tuple[Note, ...]) -> VerifiedTakes:
    best = [_find_best(each) for each in tries]
    checks = tuple(
        TakeCheck(
            number=each.rendition.line.number,
            heard=each.judgement.heard,
            word_errors=each.judgement.errors.word_errors,
            words=each.judgement.errors.words,
            takes=len(made),
            verdict=each.judgement.verdict,
            homophone_errors=each.judgement.homophone_errors,
        )
        for each, made in zip(best, tries, strict=True)
    )
    return VerifiedTakes(tuple(each.rendition.line for each in best), tuple(each.rendition.take for each in best), checks, notes)


def _describe_suspects(best: Sequence[_Try]) -> tuple[Note, ...]:
    """Notes on takes that stay over the bound: the worst with their texts, the others with their numbers."""
    worst_first = sorted((each for each in best if each.judgement.is_suspect), key=lambda each: -each.judgement.excess)
    quoted = [_quote_take(each) for each in worst_first[:MAX_QUOTED_LINES]]
    rest = tuple(sorted(each.rendition.line.number for each in worst_first[MAX_QUOTED_LINES:]))
    return (*quoted, *([Note("Possibly unintelligible as well", Severity.WARNING, rest)] if rest else []))


def _quote_take(one: _Try) -> Note:
    spoken, heard = (
        shorten(text, MAX_QUOTED_CHARACTERS, placeholder=" …") for text in (one.rendition.line.text, one.judgement.heard)
    )
    found = f"heard as “{heard}”" if heard else "nothing was recognised"
    if one.judgement.breaks_off:
        found += "; it breaks off at its end"
    severity = Severity.WARNING if one.judgement.verdict is Intelligibility.BAD else Severity.INFO
    return Note(f"Possibly unintelligible: “{spoken}”, {found}", severity, (one.rendition.line.number,))
