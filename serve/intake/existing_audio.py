"""Audio languages of a film: those that it can be heard in, and its original one as Sonarr and Radarr tell it.

They are checked at admission. A film that could not be probed then, because it was still written, is checked before it is dubbed.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import DubNotNeeded
from pipeline.outputs.sidecar_dubs import find_sidecar_languages
from pipeline.store.tasks import Tasks
from pipeline.text import languages
from pipeline.text.track_kinds import AudioKind, classify_audio
from pipeline.values.media import Film, Track, TrackKind
from pipeline.values.tasks import Task
from serve.store.remote_tasks import RemoteTasks

# Reasons for which a film needs no dub.
ALREADY_DUB = "already a dub"
ALREADY_HEARD = "in the target languages already, by its audio tracks; force dubs it all the same"
ALREADY_SPOKEN = "already speaks the target languages"


def is_output(path: Path, tasks: Tasks | RemoteTasks) -> bool:
    """True if the file is a dub that lost its tag. A film dubbed in place shares its path with a new original: that is none."""
    real = Path(os.path.realpath(path))
    task = tasks.find_by_output(real)
    return task is not None and os.path.realpath(task.path) != str(real)


def is_unprobed(task: Task) -> bool:
    """True for a task that was queued before its film could be probed, or whose file was replaced since; not for a forced one."""
    return task.not_before is not None and task.duration is None and task.output is None


def find_missing_targets(task: Task, film: Film, defaults: Sequence[str], tasks: Tasks | RemoteTasks) -> tuple[str, ...]:
    """Return the targets of an unprobed task that its film lacks. DubNotNeeded where there is nothing to dub.

    `defaults`: targets of the settings, from which the film's own language is left out.
    """
    if film.dubbed_by or is_output(task.path, tasks):
        raise DubNotNeeded(f"{task.path.name} is not dubbed: it is {ALREADY_DUB}")
    missing = drop_heard_languages(task.target_langs, (*list_dialogue_languages(film), *find_sidecar_languages(task.path)))
    if not missing:
        raise DubNotNeeded(f"{task.path.name} is not dubbed: it is {ALREADY_HEARD}")
    spoken = task.asked_lang or film.track(film.dialogue).language
    if spoken and set(task.target_langs) <= set(map(languages.require_tag, defaults)):
        missing = drop_heard_languages(missing, (spoken,))
    if not missing:
        raise DubNotNeeded(f"{task.path.name} is not dubbed: it {ALREADY_SPOKEN}")
    return missing


def list_dialogue_languages(film: Film) -> tuple[str, ...]:
    """List the languages of a film's audio tracks with dialogue: no commentary, no audio description. () where there is one track."""
    tracks = film.of_kind(TrackKind.AUDIO)
    return tuple(track.language for track in tracks if track.language and _has_dialogue(track)) if len(tracks) > 1 else ()


def drop_heard_languages(targets: Sequence[str], heard: Sequence[str]) -> tuple[str, ...]:
    """Return the targets that the film cannot be heard in yet."""
    return tuple(tag for tag in targets if not languages.is_heard(tag, heard))


def choose_original_language(film: Film, original: str | None) -> str | None:
    """Return the film's original language where it can be heard in this file: a track names it, or none names any.

    None where every track is in another language: the file is a dub, and its own tags count.
    """
    tags = [track.language for track in film.of_kind(TrackKind.AUDIO) if _has_dialogue(track)]
    if original is None or not (None in tags or languages.is_heard(original, filter(None, tags))):
        return None
    return original if languages.is_heard(original, filter(None, tags)) or not any(tags) else None


def _has_dialogue(track: Track) -> bool:
    return classify_audio(track.title, track.dispositions) is AudioKind.DIALOGUE
