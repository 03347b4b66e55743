"""Admission control of dub requests: validation and queueing of films from uploads, webhooks and the API."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.analysis.subtitle_source import list_subtitle_candidates
from pipeline.control_characters import has_lone_surrogates
from pipeline.engines.registry import language_support
from pipeline.errors import FilmError, FilmRefused
from pipeline.filesystem.path_guard import open_file
from pipeline.outputs.sidecar_dubs import find_sidecar_languages
from pipeline.settings import Settings
from pipeline.stages.identify_language import build_unidentified_error
from pipeline.stages.probe import probe
from pipeline.store.store import Store
from pipeline.text import languages
from pipeline.text.subtitles import subtitle_sidecars
from pipeline.text.track_choice import select_dialogue_track
from pipeline.values.media import Film, Sidecar, Source, Track
from pipeline.values.task_lists.submission import Submission
from pipeline.values.tasks import DubRequest, Priority, Task
from pipeline.values.track_selection import TrackSelection
from serve.engine_preferences import narrow_profile
from serve.intake.dub_options import DubOptions, NothingToDub
from serve.intake.dub_rules import apply_rule, describe_skip
from serve.intake.existing_audio import (
    ALREADY_DUB,
    ALREADY_HEARD,
    ALREADY_SPOKEN,
    choose_original_language,
    drop_heard_languages,
    is_output,
    list_dialogue_languages,
)
from serve.intake.file_growth import is_incomplete
from serve.intake.path_mapping import WINDOWS_PATH, describe_exclusion, find_named_film, map_to_local_path
from serve.intake.supported_languages import require_targets
from serve.profile import Profile
from serve.store.remote_store import RemoteStore


@dataclass(frozen=True, slots=True)
class Admission:
    """Admission of films to the queue. `look` probes one; FilmError where it is no film."""

    settings: Settings
    profile: Profile
    store: Store | RemoteStore
    look: Callable[[Source], Film] = probe

    def admit(self, path: str, options: DubOptions) -> Submission | NothingToDub:
        """Queue the film at a path in the client's notation (path mapping). FilmError, LanguageError."""
        local = map_to_local_path(path, self.settings.path_mappings)
        named = find_named_film(local, self.settings.roots)
        reason = "" if options.force or options.include_extras else self._describe_exclusion(named, local)
        return NothingToDub(named, reason) if reason else self.admit_file(named, options)

    def _describe_exclusion(self, named: Path, local: Path) -> str:
        return describe_exclusion(named, local, self.settings) or describe_skip(self.store.rules.list_rules(), named)

    def admit_file(self, path: Path, options: DubOptions) -> Submission | NothingToDub:
        """Queue a film by its resolved path under a library root, by the first rule that matches it. FilmError, LanguageError."""
        settings, options = apply_rule(self.store.rules.list_rules(), path, self.settings, options)
        profile = narrow_profile(self.profile, options.preferences.engines)
        return replace(self, settings=settings, profile=profile)._admit_ruled_file(path, options)

    def _admit_ruled_file(self, path: Path, options: DubOptions) -> Submission | NothingToDub:
        if has_lone_surrogates(str(path)):
            raise FilmRefused(f"the name of {path.name}, or of its folder, is no UTF-8; rename it")
        selection = self._map_selection(options.selection)
        try:
            source, film = self._look_at(path, selection)
        except FilmError as error:
            if options.force or not is_incomplete(path, error, self.settings.settle_s):
                raise
            return self._queue_incomplete(path, options, selection)
        path = self._find_queued_name(source)
        if options.preview is not None:
            options.preview.require_within(film.duration, path.name)
        if film.dubbed_by or is_output(path, self.store.tasks):
            return NothingToDub(path, ALREADY_DUB)
        source_lang = options.source_lang or choose_original_language(film, None if selection.audio else options.original_lang)
        spoken = self._find_dialogue_language(film, source_lang)
        wanted = self._drop_heard(source, film, options)
        if not wanted:
            return NothingToDub(path, ALREADY_HEARD)
        found = [candidate.subtitle for candidate in list_subtitle_candidates(source, film, selection)[0]]
        asked = wanted if options.target_langs or wanted != self._default_targets else ()
        targets = self._choose_targets(asked, spoken, found, name=path.name, is_chosen=bool(selection.subtitles))
        if not targets:
            return NothingToDub(path, ALREADY_SPOKEN)
        request = self._build_request(path, source, targets, options, selection)
        language = languages.normalize_tag(source_lang) if source_lang else None
        return self.store.tasks.submit(replace(request, source_lang=language, duration=film.duration, has_subtitles=bool(found)))

    def _queue_incomplete(self, path: Path, options: DubOptions, selection: TrackSelection) -> Submission:
        """Queue a film that is still being written, which cannot be probed yet: the worker waits until its size rests."""
        targets = tuple(dict.fromkeys(map(languages.require_tag, options.target_langs))) or self._default_targets
        request = self._build_request(path, Source.of(path), targets, options, selection)
        language = languages.normalize_tag(options.source_lang) if options.source_lang else None
        return self.store.tasks.submit(replace(request, source_lang=language))

    def _build_request(
        self, path: Path, source: Source, targets: tuple[str, ...], options: DubOptions, selection: TrackSelection
    ) -> DubRequest:
        """Build the request for a film by what a client asked for. Its worker waits until the file's size rests, unless forced."""
        return DubRequest(
            path=path,
            size=source.size,
            mtime_ns=source.mtime_ns,
            target_langs=targets,
            speakers=options.speakers,
            origin=options.origin,
            priority=options.priority or Priority.INTERACTIVE,
            audio_track=selection.audio,
            subtitle_track=selection.subtitles,
            preview=options.preview,
            glossary=options.glossary,
            rule=options.rule,
            callback=options.callback,
            preferences=options.preferences,
            not_before=None if options.force else datetime.now(UTC).replace(tzinfo=None),
        )

    def _drop_heard(self, source: Source, film: Film, options: DubOptions) -> tuple[str, ...]:
        """Return the requested targets, or those of the settings, without languages that the film can be heard in, unless forced: by its
        tracks, or by dubs of ours beside it.
        """
        targets = tuple(dict.fromkeys(map(languages.require_tag, options.target_langs))) or self._default_targets
        if options.force:
            return targets
        return drop_heard_languages(targets, (*list_dialogue_languages(film), *find_sidecar_languages(source.path, source)))

    @property
    def _default_targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(map(languages.require_tag, self.settings.target_langs)))

    def add_languages(self, task_id: int, target_langs: Sequence[str]) -> Task:
        """Add target languages to a task. NotFound, FilmError, LanguageError."""
        task = self.store.tasks.get(task_id)
        known = set(task.target_langs)
        wanted = tuple(tag for tag in dict.fromkeys(map(languages.require_tag, target_langs)) if tag not in known)
        if wanted:
            self._check_targets(task, wanted, task.selection, task.source_lang)
        return self.store.tasks.add_languages(task_id, wanted)

    def change_tracks(self, task_id: int, selection: TrackSelection) -> Task:
        """Change the tracks that a person chose for a task. NotFound, NotPossible, FilmError, LanguageError."""
        task, selection = self.store.tasks.get(task_id), self._map_selection(selection)
        self._check_targets(task, task.target_langs, selection, task.asked_lang)
        return self.store.tasks.change_tracks(task_id, selection)

    def _check_targets(self, task: Task, targets: Sequence[str], selection: TrackSelection, spoken: str | None) -> None:
        """Require that a task's film has the selected tracks, and that the engines support these targets. FilmError, LanguageError."""
        source, film = self._look_at(task.path, selection)
        self._choose_targets(
            targets,
            self._find_dialogue_language(film, spoken),
            [candidate.subtitle for candidate in list_subtitle_candidates(source, film, selection)[0]],
            name=task.path.name,
            is_chosen=bool(selection.subtitles),
        )

    def _look_at(self, path: Path, selection: TrackSelection) -> tuple[Source, Film]:
        """Probe the film at this path, which must lie under a library root at this moment, with the selected dialogue track."""
        with open_file(path, self.settings.roots) as opened:
            sidecars = subtitle_sidecars.find_sidecars_with_choice(path, selection, self.settings.roots)
            source = Source.of(path, sidecars, opened=opened.content)
            return source, select_dialogue_track(self.look(source), selection.audio, name=path.name)

    def _map_selection(self, selection: TrackSelection) -> TrackSelection:
        """Map the path of a subtitle file to this machine; a name stays."""
        file = selection.subtitle_file
        if file is None or not (file.startswith("/") or WINDOWS_PATH.match(file)):
            return selection
        path = map_to_local_path(file, self.settings.path_mappings)
        return replace(selection, subtitles=os.path.realpath(path))

    def _find_queued_name(self, source: Source) -> Path:
        """Return the path by which this file was queued before, where it is another link to it: one file is one task."""
        real = os.path.realpath(source.path)
        known = [task.path for task in self.store.tasks.list_by_version(source.size, source.mtime_ns)]
        return (
            source.path if source.path in known else next((path for path in known if os.path.realpath(path) == real), source.path)
        )

    def _find_dialogue_language(self, film: Film, given: str | None) -> str | None:
        """Return the dialogue's language as given or tagged; None: to be detected from speech."""
        return (languages.normalize_tag(given) if given else None) or film.track(film.dialogue).language

    def _choose_targets(
        self, requested: Sequence[str], spoken: str | None, found: Sequence[Track | Sidecar], *, name: str, is_chosen: bool
    ) -> tuple[str, ...]:
        """Return the target languages. Requested ones must all be supported; of the settings', the film's own is left out.

        `is_chosen`: a person chose what was found. In a third language it is what the dialogue is translated from.
        """
        targets = tuple(dict.fromkeys(map(languages.require_tag, requested or self.settings.target_langs)))
        if not requested and spoken:
            targets = tuple(target for target in targets if not languages.is_same_language(target, spoken))
        if spoken is None and not language_support.can_identify_languages(self.profile.engine("transcriber")):
            spoken = self._find_language_by_subtitles(targets, found, name)
        tags = [each.language for each in found if each.language]
        if is_chosen and tags and spoken and not any(languages.is_same_language(tags[0], tag) for tag in (spoken, *targets)):
            spoken = tags[0]
        require_targets(self.profile, spoken, targets, tags)
        return targets

    def _find_language_by_subtitles(self, targets: Sequence[str], found: Sequence[Track | Sidecar], name: str) -> str | None:
        """Return the subtitles' language for an untagged film whose speech cannot be identified; None: not known yet.

        LanguageError where there are none but in target languages.
        """
        others = [
            each
            for each in found
            if each.language is None or not any(languages.is_same_language(each.language, target) for target in targets)
        ]
        if not others:
            (only,) = language_support.find_languages("transcriber", self.profile.engine("transcriber")) or ("",)
            raise build_unidentified_error(name, only)
        return next((each.language for each in others if each.language), None)
