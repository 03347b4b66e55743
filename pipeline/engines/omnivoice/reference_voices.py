"""Voices that OmniVoice speaks with: clones of reference clips, and voices of its own, designed by words.

The model takes a voice from speech and its exact words. It was not trained on speech without them, so a clip whose words are not known is
not cloned: the speaker gets one of the model's own voices, which is made once from a sentence of known words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.engines.omnivoice.generation_options import ENGINE
from pipeline.engines.protocols import Wave
from pipeline.values.timeline import Register, Speaker

if TYPE_CHECKING:
    import torch

MAX_CLIP_S = 10.0  # s of a reference clip; the library advises 3 to 10
CLIP_END_SILENCE_S = 0.3  # s after the clip, so that its last word is not continued
MAX_LETTERS_PER_S = 40.0  # of a transcript: more cannot be what the clip says
DESIGN_TEXT, DESIGN_LANGUAGE, DESIGN_S = "Good morning. I would like to tell you a story about a journey to the sea.", "en", 5.0

# Names of the model's own voices and the library's words for them.
DESIGNS = {
    "low-1": "male, middle-aged, low pitch",
    "low-2": "male, young adult, moderate pitch",
    "low-3": "male, elderly, low pitch",
    "low-4": "male, middle-aged, very low pitch",
    "high-1": "female, young adult, moderate pitch",
    "high-2": "female, middle-aged, moderate pitch",
    "high-3": "female, elderly, low pitch",
    "high-4": "female, child, high pitch",
}


@dataclass(frozen=True, slots=True)
class ReferenceVoice:
    """A voice for the model. `tokens`: of the clip, (codebooks, frames); `wave`: the clip at the model's rate; `transcript`: its words."""

    tokens: "torch.Tensor"
    wave: Wave
    transcript: str
    rms: float  # of the clip as it was given


def assign_designs(speakers: Sequence[Speaker], names: Sequence[str]) -> tuple[str, ...]:
    """A name of a designed voice per speaker, in order: of the speaker's register, distinct while the supply lasts."""
    taken: list[str] = []
    for speaker in speakers:
        register = speaker.register or Register.LOW
        fitting = [name for name in names if name.startswith(f"{register.value}-")] or list(names)
        taken.append(min(fitting, key=lambda name: (taken.count(name), fitting.index(name))))
    return tuple(taken)


def format_voice(name: str) -> str:
    """Name of a designed voice as `Voice.name` holds it."""
    return f"{ENGINE}:{name}"


def can_be_transcript(transcript: str | None, seconds: float) -> bool:
    """True if a transcript may be the words of a clip of `seconds`."""
    return bool(transcript and transcript.strip()) and len(transcript or "") <= MAX_LETTERS_PER_S * seconds
