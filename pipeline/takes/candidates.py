"""Candidate takes of one line: other renditions, paces, wordings or voices than the planned take, each with what was varied."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from pipeline.engines.protocols import Engines
from pipeline.engines.speakers.speech_variation import can_vary
from pipeline.errors import EditRefused, EngineError
from pipeline.line_synthesis import SpokenLine
from pipeline.settings import TakeVerification
from pipeline.stages.synthesize import SynthesisRequest, is_speakable, synthesize
from pipeline.values.timeline import Take
from pipeline.verification.recognize_takes import recognize_takes
from pipeline.verification.round_trip import Rendition, is_verified, judge_heard

MAX_CANDIDATES = 4
PACES = (1.08, 0.92, 1.16, 0.85)  # of the planned one
WORDING_SHARES = (0.95, 0.85, 0.75, 0.65)  # of the time that the present text takes


class Variation(StrEnum):
    """Property in which the candidates of a line differ."""

    AUTO = "auto"  # renditions where the synthesizer has several, else paces
    RENDITION = "rendition"
    PACE = "pace"
    WORDING = "wording"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Candidate take. `varied`: its difference to the planned take, in words. `heard`, `wer`: None where it was not verified."""

    line: SpokenLine
    take: Take
    varied: str
    heard: str | None = None
    wer: float | None = None


@dataclass(frozen=True, slots=True)
class CandidateQuestion:
    """Question for candidates of a line, whose planned take lasts `seconds`. `fixed`: what was given for all of them, in words.

    `known`: digests of takes that are there already. `source`: language of the film, for other wordings; None: unknown.
    """

    line: SpokenLine
    seconds: float
    pace: float = 1.0
    count: int = MAX_CANDIDATES
    variation: Variation = Variation.AUTO
    fixed: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    source: str | None = None


def make_candidates(question: CandidateQuestion, engines: Engines, workdir: Path) -> tuple[Candidate, ...]:
    """Synthesize the candidates of a line and recognise them; none that sounds like another. EditRefused, EngineError."""
    found: list[Candidate] = []
    known = set(question.known)
    for line, request, varied in _vary(question, engines):
        take = synthesize(request, engines.synthesizer, language=line.line.language, workdir=workdir)
        if take.audio.digest in known:
            take.audio.path.unlink()
            continue
        known.add(take.audio.digest)
        found.append(_check(Candidate(line, take, varied), request, engines, workdir))
        if len(found) == question.count:
            break
    return tuple(found)


def _vary(question: CandidateQuestion, engines: Engines) -> Sequence[tuple[SpokenLine, SynthesisRequest, str]]:
    """The lines to speak with their requests and the difference of each in words, what was asked for first."""
    line, seconds = question.line, question.seconds / question.pace
    if not is_speakable(line.build_request().text):
        raise EditRefused("there is nothing to speak in this text; write words")
    request = line.build_request(round(seconds, 3))
    given = list(question.fixed)
    found = [(line, request, ", ".join(given) or "as planned")]
    variation = question.variation
    if variation is Variation.AUTO:
        variation = Variation.RENDITION if can_vary(engines.synthesizer) else Variation.PACE
    if variation is Variation.RENDITION:
        if not can_vary(engines.synthesizer):
            raise EditRefused("this synthesizer has one rendition of a text; vary the pace, the wording or the voice")
        others = [(replace(request, variation=n), f"rendition {n + 1}") for n in range(1, question.count + 1)]
        return (*found, *((line, other, ", ".join([*given, said])) for other, said in others))
    if variation is Variation.PACE:
        paces = [(replace(request, seconds=round(seconds / pace, 3)), f"pace ×{pace:.2f}") for pace in PACES]
        return (*found, *((line, other, ", ".join([*given, said])) for other, said in paces))
    if not engines.translator.rephrases:
        raise EditRefused("this translator offers no other wordings; write one, or vary the pace or the voice")
    if question.source is None:
        raise EditRefused("the film's language is not known; dub the film first, or vary the pace or the voice")
    worded = engines.translator.rephrase(line.line, WORDING_SHARES[: question.count], source=question.source)
    lines = [replace(line, line=line.line.with_text(text), pronunciations=()) for text in worded]
    return [(each, each.build_request(round(seconds, 3)), ", ".join([*given, "other wording"])) for each in lines]


def _check(candidate: Candidate, request: SynthesisRequest, engines: Engines, workdir: Path) -> Candidate:
    """The candidate with the result of its round trip, where its language is verified and the recogniser answers."""
    line = candidate.line.line
    try:
        if not is_verified(line.language, engines.transcriber, TakeVerification.AUTO):
            return candidate
        heard = recognize_takes((candidate.take.audio,), engines.transcriber, language=line.language, workdir=workdir)
    except EngineError:  # a candidate without a round trip is one all the same
        return candidate
    (judgement,) = judge_heard([Rendition(line, request, candidate.take)], [heard])
    errors = judgement.errors
    return replace(candidate, heard=judgement.heard, wer=errors.word_errors / max(1, errors.words))
