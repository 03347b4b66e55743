"""Measurement of one dubbed film against its references: the observations of the film itself and of each of its dubs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from evaluation.film_evaluation.film_references import FilmReferences
from evaluation.film_evaluation.observations import MeasuredDub, Observation, Quantity, observe_dub, observe_recognition
from evaluation.film_evaluation.stem_comparison import measure_si_sdr
from evaluation.metrics import WordErrors, count_errors_by_line, count_turn_errors, normalize_text
from evaluation.round_trip import TakeRecognizer
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.values.dub_report import LineReport
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Span, Turn

REPORT_FIELDS = frozenset(each.name for each in fields(LineReport))


@dataclass(frozen=True, slots=True)
class DubbedFilmFacts:
    """A dubbed film as its service tells of it. `rows`: language → lines of its dub; `reports`: language → report as JSON.

    `turns`: of its diarization; `stems`: files of the separated speech and background, None where there are none here;
    `work_s`: seconds of work, None where some of it came from the cache; `is_recognized`: False for lines from subtitles.
    """

    rows: Mapping[str, tuple[LineRow, ...]]
    reports: Mapping[str, Mapping[str, Any]]
    seconds: float
    turns: tuple[Turn, ...] = ()
    stems: tuple[Path, Path] | None = None
    work_s: float | None = None
    is_recognized: bool = True
    round_trip: Mapping[str, tuple[WordErrors, ...]] = field(default_factory=dict)


def observe_film(references: FilmReferences, facts: DubbedFilmFacts) -> Iterator[Observation]:
    """All observations of a film and its dubs."""
    name = references.name
    if facts.is_recognized and references.source and (rows := next(iter(facts.rows.values()), ())):
        yield from observe_recognition(name, references.source, rows)
    if references.turns and facts.turns:
        yield from observe_diarization(name, references.turns, facts.turns)
    if references.stems and facts.stems:
        quantities = (Quantity.SPEECH_SI_SDR, Quantity.BACKGROUND_SI_SDR)
        for quantity, known, found in zip(quantities, references.stems, facts.stems, strict=True):
            yield Observation(name, "", quantity, measure_si_sdr(known, found))
    if facts.work_s is not None:
        yield Observation(name, "", Quantity.REAL_TIME_FACTOR, facts.work_s / facts.seconds, facts.seconds)
    for language, rows in facts.rows.items():
        report = facts.reports.get(language, {})
        spoken = tuple(row for row in rows if row.dub_seconds > 0.0)
        if spoken:
            dub = MeasuredDub(name, language, spoken, parse_line_reports(report), facts.round_trip.get(language, ()))
            yield from observe_dub(dub, references.source, references.translations.get(language, ()))
        if isinstance(overlaps := report.get("overlaps"), int):
            yield Observation(name, language, Quantity.SPEAKER_OVERLAPS, float(overlaps))


def observe_diarization(film: str, reference: Sequence[Turn], found: Sequence[Turn]) -> Iterator[Observation]:
    """Diarization error rates with and without a collar, and the error of the number of speakers."""
    for quantity, collar in ((Quantity.DIARIZATION, 0.25), (Quantity.DIARIZATION_STRICT, 0.0)):
        errors = count_turn_errors(reference, found, collar=collar)
        yield Observation(film, "", quantity, errors.rate, errors.speech)
    more = len({turn.speaker for turn in found}) - len({turn.speaker for turn in reference})
    yield Observation(film, "", Quantity.SPEAKERS, float(more))


def parse_line_reports(report: Mapping[str, Any]) -> dict[int, LineReport]:
    """Line number → report of the line, from JSON. A report of another version may have other fields."""
    return {
        line["number"]: LineReport(**{name: line[name] for name in REPORT_FIELDS & line.keys()})
        for line in report.get("lines", ())
    }


def parse_turns(diarization: Mapping[str, Any]) -> tuple[Turn, ...]:
    """The turns of a cached diarization."""
    return tuple(Turn(Span(turn["span"]["start"], turn["span"]["end"]), turn["speaker"]) for turn in diarization["turns"])


def count_take_errors(
    rows: Sequence[LineRow], takes: Sequence[SynthesizedSpeech], recognizer: TakeRecognizer, language: str
) -> tuple[WordErrors, ...]:
    """Word errors of each line's take, recognised again; no words for a line without any."""
    worded = [number for number, row in enumerate(rows) if normalize_text(row.text)]
    errors = [WordErrors(0)] * len(rows)
    if worded:
        heard = recognizer.transcribe_takes([takes[number] for number in worded], language)
        counted = count_errors_by_line([rows[number].text for number in worded], heard)
        for number, each in zip(worded, counted, strict=True):
            errors[number] = each
    return tuple(errors)


def read_round_trip(rows: Sequence[LineRow], reports: Mapping[int, LineReport]) -> tuple[WordErrors, ...] | None:
    """Word errors of each line as the dub's own report has them; None where it lacks some."""
    rates = [reports[row.number].round_trip_wer if row.number in reports else None for row in rows]
    if any(rate is None and normalize_text(row.text) for rate, row in zip(rates, rows, strict=True)):
        return None
    words = [len(normalize_text(row.text).split()) for row in rows]
    return tuple(WordErrors(count, round((rate or 0.0) * count)) for rate, count in zip(rates, words, strict=True))
