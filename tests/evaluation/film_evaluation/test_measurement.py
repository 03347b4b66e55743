"""Observations of a dubbed film against its references, with a recogniser that plays back text."""

import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile

pytest.importorskip("jiwer", reason="the notebooks' libraries are not installed")

from evaluation.film_evaluation.figures import compute_figures
from evaluation.film_evaluation.film_references import FilmReferences
from evaluation.film_evaluation.measurement import (
    DubbedFilmFacts,
    count_take_errors,
    observe_film,
    parse_line_reports,
    parse_turns,
    read_round_trip,
)
from evaluation.film_evaluation.observations import Quantity
from evaluation.film_evaluation.stem_comparison import measure_si_sdr
from evaluation.metrics import WordErrors, compute_si_sdr, count_errors_by_line
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import FilmError
from pipeline.values.tasks import LineRow
from pipeline.values.timeline import Cue, Span, Turn


def make_row(number: int, start: float, text: str, source: str, **changes) -> LineRow:
    row = LineRow(number, "es", "S1", start, start + 1.5, start + 1.9, source, text, "translation", start, 1.5, 1.0, 1.0, "")
    return replace(row, **changes)


SOURCE = (Cue(Span(1, 2.5), "Good morning, Tom."), Cue(Span(4, 5.5), "Where is she?"), Cue(Span(8, 9.5), "Gone."))
SPANISH = (Cue(Span(1, 2.5), "Buenos días, Tom."), Cue(Span(4, 5.5), "¿Dónde está?"), Cue(Span(8, 9.5), "Se fue."))
ROWS = (
    make_row(1, 1.05, "Buenos días, Tom.", "Good morning Tom", rate=1.1, stretch=1.1),
    make_row(2, 4.0, "¿Dónde está ella?", "Where was she?", dub_start=4.5),
)
TURNS = (Turn(Span(1, 2.5), "TOM"), Turn(Span(4, 5.5), "ANN"))


def make_facts(**changes) -> DubbedFilmFacts:
    report = {"overlaps": 1, "lines": [report_line(1, fill=1.3), report_line(2, fill=0.5)]}
    facts = DubbedFilmFacts({"es": ROWS}, {"es": report}, 12.0, turns=TURNS, work_s=6.0)
    return replace(facts, **changes)


def report_line(number: int, **changes) -> dict:
    line = {"number": number, "language": "es", "speaker": "S1", "slot_start": 0.0, "slot_end": 1.0, "latest_end": 1.0}
    line |= {"start": 0.0, "seconds": 1.0, "rate": 1.1, "stretch": 1.0, "lateness": 0.0, "overlap": 0.0, "covered": 1.0}
    return line | {"speech_overlap": 0.8, "of_a_later_version": 1} | changes


REFERENCES = FilmReferences(None, "en", SOURCE, translations={"es": SPANISH}, turns=TURNS)


@pytest.fixture
def references(tmp_path):
    return replace(REFERENCES, film=tmp_path / "talk.mkv")


def figures_of(references, facts) -> dict[str, float]:
    return {each.figure.name: each.value for each in compute_figures(observe_film(references, facts)) if each.film == "talk"}


def test_every_figure_is_computed_from_lines(references):
    found = figures_of(references, make_facts(round_trip={"es": (WordErrors(3), WordErrors(3, substitutions=1))}))
    assert found["recognition WER"] == pytest.approx(2 / 7), "was for is, and a line that was missed"
    assert found["lines with an onset"] == pytest.approx(2 / 3)
    assert found["onset error p95, s"] == pytest.approx(0.5 - 0.05 * 0.45)
    assert found["onset error beyond .3 s"] == 0.5
    assert found["rate p50"] == pytest.approx(1.1), "as the dub's own report has it"
    assert found["fill"] == pytest.approx(0.75) and found["speech overlap"] == pytest.approx(0.8)
    assert found["round-trip WER"] == pytest.approx(1 / 6)
    assert found["DER, collar .25 s"] == 0.0 and found["speakers too many or few"] == 0.0
    assert found["real-time factor"] == 0.5 and found["lines over their speaker's own"] == 1.0
    assert 30.0 < found["chrF++"] < 90.0
    assert "onset error p95, first 10 min" not in found


def test_text_from_subtitles_is_no_recognition(references):
    assert "recognition WER" not in figures_of(references, make_facts(is_recognized=False))


def test_a_film_without_references_still_has_timing(references):
    found = figures_of(FilmReferences(references.film, "en"), make_facts(work_s=None))
    assert {"rate p50", "fill", "speech overlap"} <= set(found) and "onset error p50, s" not in found


def test_a_long_film_is_measured_at_both_ends(references):
    source = tuple(Cue(Span(60.0 * n, 60.0 * n + 2.0), "Good morning.") for n in range(1, 61))
    rows = tuple(make_row(n, 60.0 * n, "Hola.", "Good morning.", dub_start=60.0 * n + 0.01 * n) for n in range(1, 61))
    found = figures_of(FilmReferences(references.film, "en", source), make_facts(rows={"es": rows}, reports={}))
    assert found["onset error p95, first 10 min"] < 0.1 < 0.5 < found["onset error p95, last 10 min"]


def test_errors_belong_to_the_line_in_which_they_are():
    counts = count_errors_by_line(["one two", "three four", "five"], "one too three four and more five")
    assert [(each.words, each.count) for each in counts] == [(2, 1), (2, 2), (1, 0)]
    with pytest.raises(ValueError, match="without words"):
        count_errors_by_line(["one", "…"], "one")


class Echo:
    def transcribe_takes(self, takes, language):
        return "buenos días tom donde esta el"


def test_takes_are_recognised_again_line_by_line():
    takes = [SynthesizedSpeech(np.zeros(10, np.float32), 16_000, 1.0)] * 3
    rows = (*ROWS, make_row(3, 8.0, "…", ""))
    assert [each.count for each in count_take_errors(rows, takes, Echo(), "es")] == [0, 3, 0]


def test_a_round_trip_of_the_report_is_not_repeated():
    lines = {"lines": [report_line(1, round_trip_wer=0.0), report_line(2, round_trip_wer=1 / 3)]}
    assert [each.count for each in read_round_trip(ROWS, parse_line_reports(lines))] == [0, 1]
    assert read_round_trip(ROWS, parse_line_reports({"lines": [report_line(1, round_trip_wer=0.0)]})) is None


def test_turns_are_read_from_a_cached_diarization():
    answer = json.loads('{"turns": [{"span": {"start": 1, "end": 2.5}, "speaker": "S1"}], "speakers": []}')
    assert parse_turns(answer) == (Turn(Span(1, 2.5), "S1"),)


def test_si_sdr_of_stems_is_that_of_the_metric(tmp_path):
    random = np.random.default_rng(1)
    wanted = random.normal(0, 0.1, 50_000).astype(np.float32)
    found = wanted * 0.7 + random.normal(0, 0.02, 50_000).astype(np.float32)
    for name, wave in (("known", np.stack([wanted, wanted], axis=1)), ("found", found)):
        soundfile.write(tmp_path / f"{name}.flac", wave, 48_000, subtype="PCM_24")
    assert measure_si_sdr(tmp_path / "known.flac", tmp_path / "found.flac") == pytest.approx(
        compute_si_sdr(wanted, found), abs=0.05
    )
    soundfile.write(tmp_path / "silent.flac", np.zeros(100), 48_000)
    with pytest.raises(FilmError, match="is silent"):
        measure_si_sdr(tmp_path / "silent.flac", tmp_path / "found.flac")
    (tmp_path / "text.flac").write_text("no audio")
    with pytest.raises(FilmError, match="cannot be read"):
        measure_si_sdr(tmp_path / "text.flac", tmp_path / "found.flac")


def test_a_dub_without_any_line_is_told_by_its_film_alone(references):
    assert {each.quantity for each in observe_film(references, make_facts(rows={"es": ()}, work_s=None))} == {
        Quantity.DIARIZATION,
        Quantity.DIARIZATION_STRICT,
        Quantity.SPEAKERS,
        Quantity.SPEAKER_OVERLAPS,
    }
