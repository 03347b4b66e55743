"""Options of a dub request, and the answer to one that needs no dub."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pipeline.values.preferences.dub_preferences import NO_PREFERENCES, DubPreferences
from pipeline.values.preview import PreviewRange
from pipeline.values.tasks import Priority
from pipeline.values.track_selection import TrackSelection

MAX_SPEAKERS = 99  # of one film
PriorityName = Literal["interactive", "bulk"]
PRIORITY_NAMES: dict[Priority, PriorityName] = {Priority.INTERACTIVE: "interactive", Priority.BULK: "bulk"}


@dataclass(frozen=True, slots=True)
class DubOptions:
    """Options of a dub request as a client gave them. Language tags not normalized; none: those of the settings."""

    target_langs: tuple[str, ...] = ()
    source_lang: str | None = None
    speakers: int | None = None
    origin: str = ""
    priority: Priority | None = None  # None: as a rule says, else interactive
    selection: TrackSelection = field(default_factory=TrackSelection)  # a subtitle file by its path in the client's notation
    force: bool = False  # also into languages that it can be heard in, and at once
    include_extras: bool = False  # and files that EXCLUDE matches, of those that are named by their path
    preview: PreviewRange | None = None  # the part to dub; None: the whole film
    glossary: str = ""  # of this film, checked
    original_lang: str | None = None  # as Sonarr or Radarr tells it, for requests that name no language
    callback: str = field(default="", repr=False)  # URL that the end is POSTed to, checked
    rule: str = ""  # name of the rule that was applied
    preferences: DubPreferences = NO_PREFERENCES  # of that rule


@dataclass(frozen=True, slots=True)
class NothingToDub:
    """A film that needs no dub, which is no error. `reason`: a few words."""

    path: Path
    reason: str
