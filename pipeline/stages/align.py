"""align: forced alignment of one stretch of text with its speech, so that the runner caches each and runs them in parallel."""

from dataclasses import dataclass

from pipeline.engines.protocols import Aligner, Utterance
from pipeline.runner import stage
from pipeline.values.timeline import Word


@dataclass(frozen=True, slots=True)
class SpokenText:
    """Text that is said within `utterance`, somewhere."""

    utterance: Utterance
    text: str


@stage(version=1)
def align(spoken: SpokenText, aligner: Aligner, *, language: str) -> tuple[Word, ...]:
    """The words of the text with times from the start of the film; empty where it could not be aligned."""
    return aligner.align(spoken.utterance, spoken.text, language=language)
