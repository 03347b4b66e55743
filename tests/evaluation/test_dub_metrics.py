"""Metrics of a finished dub, with a recogniser that plays back known text."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jiwer", reason="the notebooks' libraries are not installed")

from evaluation import dub_metrics
from evaluation.dub_metrics import DubScores, VoicedLine
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.errors import FilmError
from pipeline.values.tasks import LineRow


class Echo:
    """Recognises each take as the text that belongs to its length."""

    def __init__(self, texts: dict[int, str]) -> None:
        self.texts, self.languages = texts, set()

    def transcribe_takes(self, takes, language):
        self.languages.add(language)
        return " ".join(self.texts[len(take.wave)] for take in takes)


def line(voice: str, text: str, samples: int) -> VoicedLine:
    return VoicedLine(voice, text, SynthesizedSpeech(np.zeros(samples, np.float32), 16_000, 1.0))


def row(number: int, text: str, **changes) -> LineRow:
    given = {"number": number, "language": "es", "speaker": "S1", "start": 2.0 * number, "end": 2.0 * number + 1.5}
    given |= {"latest_end": 2.0 * number + 1.9, "source_text": "said", "text": text, "text_source": "translation"}
    given |= {"dub_start": 2.0 * number, "dub_seconds": 1.5, "rate": 1.0, "stretch": 1.0, "audio": ""}
    return LineRow(**(given | changes))


def test_errors_of_a_round_trip_are_counted_by_voice():
    echo = Echo({1: "buenos días", 2: "que tal estas", 3: "adiós"})
    lines = [line("one", "Buenos días.", 1), line("two", "¿Qué tal?", 2), line("one", "¡Adiós!", 3), line("two", "…", 4)]
    found = dub_metrics.score_voices(lines, echo, "es")
    assert {name: (errors.words, errors.count) for name, errors in found.items()} == {"one": (3, 0), "two": (2, 2)}
    assert echo.languages == {"es"}


def test_duration_fit_is_measured_on_lines_that_have_a_take():
    rows = (row(1, "a", rate=1.2, dub_start=2.25), row(2, "b", dub_seconds=2.4, stretch=1.2), row(3, "", dub_seconds=0.0))
    fit = dub_metrics.measure_duration_fit(rows)
    assert (fit.lines, fit.mean_rate, fit.mean_stretch) == (2, pytest.approx(1.1), pytest.approx(1.1))
    assert (fit.max_start_offset_s, fit.overrun_s) == (0.25, pytest.approx(0.5))
    with pytest.raises(ValueError, match="without takes"):
        dub_metrics.measure_duration_fit(rows[2:])


def test_a_translation_is_compared_as_one_text():
    rows = (row(1, "Buenos días. Brilla"), row(2, "el sol."))
    assert dub_metrics.score_translation(["Buenos días.", "Brilla el sol."], rows) == pytest.approx(100.0)
    assert dub_metrics.score_translation(["Qué día tan bonito"], rows) < 30.0


def test_scores_are_plain_json():
    echo = Echo({1: "buenas días"})
    voices = dub_metrics.score_voices([line("one", "Buenos días.", 1)], echo, "es")
    found = DubScores("es", voices, None, dub_metrics.measure_duration_fit((row(1, "Buenos días."),))).to_json()
    assert (found["voices"]["one"]["wer"], found["chrf"], found["duration_fit"]["lines"]) == (0.5, None, 1)


def test_references_are_subtitles_or_the_samples_own(tmp_path: Path):
    path = tmp_path / "film.es.srt"
    path.write_text("1\n00:00:01,000 --> 00:00:02,000\nBuenos días.\n")
    assert dub_metrics.load_references(path, language="es", is_sample=False) == {"es": ["Buenos días."]}
    assert len(dub_metrics.load_references(None, language="", is_sample=True)["es"]) == 21
    assert dub_metrics.load_references(None, language="es", is_sample=False) == {}
    path.write_text("no subtitles")
    with pytest.raises(FilmError):
        dub_metrics.load_references(path, language="es", is_sample=False)
