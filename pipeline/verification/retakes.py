"""Retakes: another synthesis of a line that was not understood, as another rendition of its text, or in another wording."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.engines.protocols import Engines
from pipeline.engines.speakers.speech_variation import can_vary
from pipeline.runner import Runner
from pipeline.stages.synthesize import SynthesisRequest
from pipeline.stages.translate import Overlong, rephrase
from pipeline.text.pronunciation.lexicon import Lexicon
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.values.timeline import Line, TextSource
from pipeline.verification.round_trip import Rendition

Retake = tuple[Line, SynthesisRequest]
RETAKE_SHARE = 0.9  # of the present text: another wording of a line is a little shorter, so that it fits its time for certain


def plan_retakes(
    renditions: Sequence[Rendition], retake: int, engines: Engines, run: Runner, *, source: str
) -> tuple[Retake | None, ...]:
    """The line and request of another take for each; None where the engines have no other.

    First another rendition of the text, for synthesizers that vary; the second time another wording, for translators that
    rephrase, else one more rendition. Subtitles and a person's words are never rephrased.
    """
    varies = can_vary(engines.synthesizer)
    rewords = engines.translator.rephrases and (retake == 2 or not varies)
    reworded = _reword([each for each in renditions if rewords and _is_translated(each.line)], engines, run, source)

    def plan(each: Rendition) -> Retake | None:
        line = reworded.get(each.line.number)
        if line is not None:
            text = verbalize(line.text, line.language)
            used = Lexicon(each.request.pronunciations).list_used(text)
            return line, replace(each.request, text=text, pauses=(), pronunciations=used)
        return (each.line, replace(each.request, variation=retake)) if varies else None

    return tuple(map(plan, renditions))


def _is_translated(line: Line) -> bool:
    return line.source is TextSource.TRANSLATION


def _reword(renditions: Sequence[Rendition], engines: Engines, run: Runner, source: str) -> dict[int, Line]:
    """Line number → the line in other words, shorter than before."""
    if not renditions:
        return {}
    asked = [Overlong(each.line, (RETAKE_SHARE,)) for each in renditions]
    return {lines[0].number: lines[0] for lines in run.each(rephrase, asked, engines.translator, source=source) if lines}
