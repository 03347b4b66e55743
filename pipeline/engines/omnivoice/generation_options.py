"""Generation options of OmniVoice, as a profile may set them."""

from dataclasses import dataclass

from pipeline.errors import EngineError

ENGINE = "omnivoice"


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """Options of the iterative decoding. EngineError for values that cannot be used.

    `steps`: of unmasking; more are slower. `guidance`: weight of classifier-free guidance, 0.0 for none. `denoise`: the clip is taken
    for noisy. `position_temperature`, `class_temperature`: randomness of the order and of the tokens. `attempts`: samples of a line
    before the best is taken.
    """

    steps: int = 32
    guidance: float = 2.0
    denoise: bool = True
    position_temperature: float = 5.0
    class_temperature: float = 0.0
    attempts: int = 3

    def __post_init__(self) -> None:
        if not (1 <= self.steps <= 256 and 1 <= self.attempts <= 20):
            raise EngineError(ENGINE, f"{self} cannot be used; give 1 to 256 steps and 1 to 20 attempts")
        if min(self.guidance, self.position_temperature, self.class_temperature) < 0.0:
            raise EngineError(ENGINE, f"{self} cannot be used; guidance and temperatures are 0 or more")

    def describe(self) -> str:
        """Describe the options, all of which change an answer, for the fingerprint."""
        return (
            f"steps={self.steps};guidance={self.guidance};denoise={self.denoise};position={self.position_temperature};"
            f"class={self.class_temperature};attempts={self.attempts}"
        )
