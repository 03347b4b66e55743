"""Synthesis options of XTTS: sampling, the number of attempts, and a listener that checks them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields

from pipeline.engines.protocols import Wave
from pipeline.engines.xtts.sampling import ENGINE, SamplingOptions
from pipeline.errors import EngineError

Listener = Callable[[Wave, int, str, str], float]  # (wave, sample rate, text, language) → error rate of the recognised text


@dataclass(frozen=True, slots=True)
class SynthesisOptions:
    """Options of the synthesizer, as a profile may set them. EngineError for values that cannot be used.

    `own_weights`: True if the model is the user's own and not Coqui's. `attempts`: samples of a part before the best is taken.
    `sampling`: fields of `SamplingOptions` that differ from its defaults. `listener`: a recogniser that checks each candidate.
    """

    own_weights: bool = False
    attempts: int = 3
    sampling: Mapping[str, float] = field(default_factory=dict)
    listener: Listener | None = None

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise EngineError(ENGINE, f"attempts={self.attempts} cannot be used; give 1 or more")

    def build_sampling(self) -> SamplingOptions:
        """Build the sampling options. EngineError for an unknown name or a value out of range."""
        known = [option.name for option in fields(SamplingOptions)]
        if unknown := sorted(set(self.sampling) - set(known)):
            raise EngineError(ENGINE, f"sampling has no option {unknown[0]!r}; there are {', '.join(known)}")
        return SamplingOptions(**self.sampling)  # type: ignore[arg-type]  # SamplingOptions checks the values

    def describe(self) -> str:
        """Describe the options that change an answer, for the fingerprint."""
        chosen = self.build_sampling()
        return (
            f"temperature={chosen.temperature};repetition={chosen.repetition_penalty};k={chosen.top_k};p={chosen.top_p};"
            f"attempts={self.attempts}"
        )
