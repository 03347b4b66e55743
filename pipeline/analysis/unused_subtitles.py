"""Notes on subtitles that were there and could have been used, but were not needed: in another language, or beside a better one."""

from collections.abc import Iterable, Sequence

from pipeline.analysis.dialogue_source import find_subtitles
from pipeline.stages.read_subtitles import Subtitles
from pipeline.text import languages
from pipeline.values.notes import Note

MAX_LISTED = 10  # subtitles that a note lists


def describe_unused_subtitles(texts: Sequence[Subtitles], wanted: Iterable[str]) -> tuple[Note, ...]:
    """The notes on usable subtitles that are not the first of a `wanted` language, the film's or a dub's (BCP 47)."""
    used = {id(text): text.language for language in wanted if (text := find_subtitles(texts, language)) is not None}
    others = [text for text in texts if id(text) not in used]
    spare = [text for text in others if any(languages.is_same_language(text.language, tag) for tag in used.values())]
    foreign = [text for text in others if text not in spare]
    return (
        *_describe("Subtitles in languages that this dub does not need were not used", foreign),
        *_describe(
            "Subtitles beside another of the same language, which covers the speech as well or better, were not used", spare
        ),
    )


def _describe(text: str, subtitles: Sequence[Subtitles]) -> tuple[Note, ...]:
    if not subtitles:
        return ()
    listed = [f"{each.label} ({languages.get_english_name(each.language)})" for each in subtitles[:MAX_LISTED]]
    more = f" and {len(subtitles) - MAX_LISTED} more" if len(subtitles) > MAX_LISTED else ""
    return (Note(f"{text}: {', '.join(listed)}{more}"),)
