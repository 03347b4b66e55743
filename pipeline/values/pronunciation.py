"""Pronunciation of a term, as people give it in a glossary."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """Pronunciation of a term of a line's text: in IPA, respelled in the letters of the language, or both.

    A synthesizer that reads IPA takes it first; the others speak the respelling in the place of the term.
    """

    term: str
    ipa: str = ""
    respelling: str = ""

    def __post_init__(self) -> None:
        if not self.term or not (self.ipa or self.respelling):
            raise ValueError(f"a pronunciation has a term, and IPA or a respelling: {self}")
