"""The door: what becomes a task and what is refused. Uploads, webhooks and the API all come through here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.control_characters import has_lone_surrogates
from pipeline.engines.registry import language_support
from pipeline.errors import FilmRefused
from pipeline.path_guard import open_file
from pipeline.settings import Settings
from pipeline.stages.identify_language import unidentified
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import candidates
from pipeline.store import Store
from pipeline.text import languages
from pipeline.text import subtitle_files as subtitles
from pipeline.values.media import Film, Sidecar, Source, Track
from pipeline.values.tasks import Submission, Priority, Task, DubRequest
from serve.intake.path_mapping import local_path, real_film
from serve.profile import Profile
from serve.store_actor import RemoteStore


@dataclass(frozen=True, slots=True)
class DubOptions:
    """What somebody asks for, beside the file. Languages as they were typed; none: those of the settings."""

    target_langs: tuple[str, ...] = ()
    source_lang: str | None = None
    speakers: int | None = None
    origin: str = ""
    priority: Priority = Priority.INTERACTIVE


@dataclass(frozen=True, slots=True)
class NothingToDub:
    """There is nothing to dub, and that is no mistake. `reason`: a few words."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Admission:
    """Admits films. `look` probes one; FilmError for what is none."""

    settings: Settings
    profile: Profile
    store: Store | RemoteStore
    look: Callable[[Source], Film] = probe

    def admit(self, path: str, asked: DubOptions) -> Submission | NothingToDub:
        """Queue the film at this path, as its sender names it. FilmError, LanguageError."""
        return self.admit_file(real_film(local_path(path, self.settings.path_mappings), self.settings.roots), asked)

    def admit_file(self, path: Path, asked: DubOptions) -> Submission | NothingToDub:
        """Queue the film in this file, a real path under a library root."""
        if has_lone_surrogates(str(path)):
            raise FilmRefused(f"the name of {path.name}, or of its folder, is no UTF-8; rename it")
        with self._opened(path) as source:
            film = self.look(source)
        if film.dubbed_by or self._is_output(path):
            return NothingToDub(path, "already a dub")
        spoken = self._spoken(film, asked.source_lang)
        found = candidates(source, film)
        targets = self._targets(asked.target_langs, spoken, found, name=path.name)
        if not targets:
            return NothingToDub(path, "already speaks the target languages")
        wish = DubRequest(
            path=path,
            size=source.size,
            mtime_ns=source.mtime_ns,
            target_langs=targets,
            source_lang=languages.tag(asked.source_lang) if asked.source_lang else None,
            duration=film.duration,
            has_subtitles=bool(found),
            speakers=asked.speakers,
            origin=asked.origin,
            priority=asked.priority,
        )
        return self.store.tasks.offer(wish)

    def add_languages(self, task_id: int, target_langs: Sequence[str]) -> Task:
        """Dub a task's film into more languages. NotFound, FilmError, LanguageError."""
        task = self.store.tasks.task(task_id)
        known = set(task.target_langs)
        wanted = tuple(tag for tag in dict.fromkeys(map(languages.required, target_langs)) if tag not in known)
        if wanted:
            with self._opened(task.path) as source:
                film = self.look(source)
            self._targets(wanted, self._spoken(film, task.source_lang), candidates(source, film), name=task.path.name)
        return self.store.tasks.add_languages(task_id, wanted)

    @contextmanager
    def _opened(self, path: Path) -> Iterator[Source]:
        """The film at this path, which must lie under a library root at this very moment."""
        with open_file(path, self.settings.roots) as opened:
            yield Source.of(path, subtitles.sidecars_of(path), opened=opened.content)

    def _is_output(self, path: Path) -> bool:
        """A dub that lost its tag. A film dubbed in place shares its path with an original that comes anew: that is none."""
        task = self.store.tasks.by_output(path)
        return task is not None and task.path != path

    def _spoken(self, film: Film, given: str | None) -> str | None:
        """The language of the dialogue, as given or tagged; None: it is to be heard."""
        return (languages.tag(given) if given else None) or film.track(film.dialogue).language

    def _targets(
        self, asked: Sequence[str], spoken: str | None, found: Sequence[Track | Sidecar], *, name: str
    ) -> tuple[str, ...]:
        """The languages to dub into. Those asked for must all be possible; of the settings', the film's own is left out."""
        targets = tuple(dict.fromkeys(map(languages.required, asked or self.settings.target_langs)))
        if not asked and spoken:
            targets = tuple(target for target in targets if not languages.same(target, spoken))
        if spoken is None and not language_support.can_identify_languages(self.profile.engine("transcriber")):
            spoken = self._by_subtitles(targets, found, name)
        require_targets(self.profile, spoken, targets, [each.language for each in found if each.language])
        return targets

    def _by_subtitles(self, targets: Sequence[str], found: Sequence[Track | Sidecar], name: str) -> str | None:
        """The language of the subtitles whose lines an untagged film takes where it cannot be heard; None: they do not tell yet.

        LanguageError where there are none but in target languages.
        """
        others = [
            each
            for each in found
            if each.language is None or not any(languages.same(each.language, target) for target in targets)
        ]
        if not others:
            (only,) = language_support.find_languages("transcriber", self.profile.engine("transcriber")) or ("",)
            raise unidentified(name, only)
        return next((each.language for each in others if each.language), None)


def require_targets(profile: Profile, spoken: str | None, targets: Sequence[str], subtitles: Sequence[str]) -> None:
    """Refuse what the profile's engines cannot do: LanguageError. `spoken`: the film's language, None where it is not known yet."""
    for target in targets:
        language_support.require_languages(
            spoken,
            target,
            translator=profile.engine("translator"),
            synthesizer=profile.engine("synthesizer"),
            transcriber=profile.engine("transcriber"),
            has_source_subtitles=spoken is not None and any(languages.same(tag, spoken) for tag in subtitles),
            has_target_subtitles=any(languages.same(tag, target) for tag in subtitles),
        )
