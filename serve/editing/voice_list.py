"""Voices of the synthesizer by language, for those who choose among them; a synthesizer that does not answer is told."""

from collections.abc import Iterable, Sequence

from pipeline.errors import DubarrError
from serve.editing.editing_engines import EditingEngines


def list_voices(
    engines: EditingEngines | None, tags: Iterable[str], chosen: Sequence[tuple[str, str]] = ()
) -> tuple[dict[str, tuple[str, ...]], str]:
    """List the voices of each language, and the reason why some are not known, "" for none. `chosen`: role and engine of a rule."""
    if engines is None:
        return {}, "no synthesizer is connected"
    asked = engines.choose(chosen) if chosen and engines.choose else engines
    found: dict[str, tuple[str, ...]] = {}
    detail = ""
    for tag in tags:
        try:
            found[tag] = asked.estimator.voices(language=tag)
        except DubarrError as error:
            detail = str(error)
    return found, detail
