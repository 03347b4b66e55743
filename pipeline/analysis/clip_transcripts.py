"""Transcripts of reference clips, by the film's own speech recognition, for a synthesizer that clones from speech and its words."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from pipeline.engines.protocols import Engines
from pipeline.errors import EngineError
from pipeline.runner import Runner
from pipeline.text import languages
from pipeline.values.timeline import Clip
from pipeline.verification.recognize_takes import recognize_takes

log = logging.getLogger(__name__)


def transcribe_clips(clips: Sequence[Clip], language: str, engines: Engines, run: Runner) -> tuple[Clip, ...]:
    """The clips with their words, where the synthesizer needs them (`needs_transcripts`); without them where they are not recognised.

    `language`: of the film. The synthesizer tells which speakers it does not clone for want of a transcript.
    """
    if not clips or not getattr(engines.synthesizer, "needs_transcripts", False):
        return tuple(clips)
    try:
        if not languages.is_among(language, engines.transcriber.languages):
            return tuple(clips)
        texts = [run(recognize_takes, (clip.audio,), engines.transcriber, language=language).strip() for clip in clips]
    except EngineError as error:
        log.warning("the words of the reference clips are not known: %s", error)
        return tuple(clips)
    return tuple(replace(clip, transcript=text or None) for clip, text in zip(clips, texts, strict=True))
