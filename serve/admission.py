"""The door: what becomes a task and what is refused. Uploads, webhooks and the API all come through here."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline import languages, subtitles
from pipeline.control_characters import has_lone_surrogates
from pipeline.engines import registry
from pipeline.errors import FilmRefused
from pipeline.media import Film, Sidecar, Source, Track
from pipeline.path_guard import open_file
from pipeline.settings import Settings
from pipeline.stages.probe import probe
from pipeline.stages.read import candidates
from pipeline.store import Store
from pipeline.tasks import Offer, Priority, Task, Wish
from serve.keeper import RemoteStore
from serve.paths import local_path, real_film
from serve.profile import Profile


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for, beside the file. Languages as they were typed; none: those of the settings."""

    target_langs: tuple[str, ...] = ()
    source_lang: str | None = None
    speakers: int | None = None
    origin: str = ""
    priority: Priority = Priority.INTERACTIVE


@dataclass(frozen=True, slots=True)
class Ignored:
    """There is nothing to dub, and that is no mistake. `reason`: a few words."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Door:
    """Admits films. `look` probes one; FilmError for what is none."""

    settings: Settings
    profile: Profile
    store: Store | RemoteStore
    look: Callable[[Source], Film] = probe

    def admit(self, path: str, asked: Asked) -> Offer | Ignored:
        """Queue the film at this path, as its sender names it. FilmError, LanguageError."""
        return self.admit_file(real_film(local_path(path, self.settings.path_mappings), self.settings.roots), asked)

    def admit_file(self, path: Path, asked: Asked) -> Offer | Ignored:
        """Queue the film in this file, a real path under a library root."""
        if has_lone_surrogates(str(path)):
            raise FilmRefused(f"the name of {path.name}, or of its folder, is no UTF-8; rename it")
        with self._opened(path) as source:
            film = self.look(source)
        if film.dubbed_by or self._is_output(path):
            return Ignored(path, "already a dub")
        spoken = self._spoken(film, asked.source_lang)
        found = candidates(source, film)
        targets = self._targets(asked.target_langs, spoken, found)
        if not targets:
            return Ignored(path, "already speaks the target languages")
        wish = Wish(
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
            self._targets(wanted, self._spoken(film, task.source_lang), candidates(source, film))
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
        """The language of the dialogue, as the dub will take it: given, tagged, or the only one that is understood."""
        known = (languages.tag(given) if given else None) or film.track(film.dialogue).language
        understood = registry.spoken("transcriber", self.profile.engine("transcriber"))
        return known or (next(iter(understood)) if understood is not None and len(understood) == 1 else None)

    def _targets(self, asked: Sequence[str], spoken: str | None, found: Sequence[Track | Sidecar]) -> tuple[str, ...]:
        """The languages to dub into. Those asked for must all be possible; of the settings', the film's own is left out."""
        targets = tuple(dict.fromkeys(map(languages.required, asked or self.settings.target_langs)))
        if not asked and spoken:
            targets = tuple(target for target in targets if not languages.same(target, spoken))
        tagged = [each.language for each in found if each.language]
        for target in targets:
            registry.require(
                spoken,
                target,
                translator=self.profile.engine("translator"),
                synthesizer=self.profile.engine("synthesizer"),
                transcriber=self.profile.engine("transcriber"),
                has_source_subtitles=spoken is not None and any(languages.same(tag, spoken) for tag in tagged),
                has_target_subtitles=any(languages.same(tag, target) for tag in tagged),
            )
        return targets
