"""Deliveries of a dub's lines, measured in the source: of the lines as they were found, and of those with other times."""

from dataclasses import replace

from pipeline.apply_edits import Script, list_retimed_lines
from pipeline.dub_values import DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines, SpeechDetector
from pipeline.prosody.delivery import Delivery, plan_deliveries
from pipeline.prosody.measure_prosody import measure_prosody
from pipeline.runner import Runner
from pipeline.settings import FollowedProsody


def measure_deliveries(
    draft: Script, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner, detector: SpeechDetector
) -> dict[int, Delivery]:
    """The delivery of each line by its number: of the lines before edits, so that an edit changes no other line's take. Those of a
    previewed part are as they were in the preview.
    """
    kept: dict[int, Delivery] = {}
    if draft.part is not None and analysis.previewed is not None:
        found = measure_deliveries(draft.part, analysis.previewed.analysis, spec, engines, run, detector)
        kept = {number + draft.number_shift: delivery for number, delivery in found.items()}
    segments = [line.segment for line in draft.translation.lines if line.number not in kept]
    measured = run(measure_prosody, tuple(segment.span for segment in segments), analysis.stems.speech, detector)
    return kept | plan_deliveries(segments, measured, _choose_followed(spec, engines))


def measure_retimed_deliveries(
    draft: Script, script: Script, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner, detector: SpeechDetector
) -> dict[int, Delivery]:
    """The delivery of each line that was added or has other times, by its number: the pauses of the speech that is there."""
    segments = [line.segment for line in list_retimed_lines(draft, script)]
    if not segments:
        return {}
    measured = run(measure_prosody, tuple(segment.span for segment in segments), analysis.stems.speech, detector)
    return plan_deliveries(segments, measured, _choose_followed(spec, engines))


def _choose_followed(spec: DubSpec, engines: Engines) -> FollowedProsody:
    """The prosody that takes follow: the pitch only where the synthesizer can shift it."""
    inflects = bool(getattr(engines.synthesizer, "inflects", False))
    return replace(spec.followed, pitch=spec.followed.pitch and inflects)
