"""Uploads of the client: a film in parts that can be resumed, with the subtitles beside it. Light imports."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import LanguageError, UsersFault
from pipeline.text import languages
from pipeline.text.naming.film_names import require_film_name
from pipeline.text.subtitles.subtitle_sidecars import find_sidecars
from pipeline.values.media import Sidecar
from pipeline.values.preview import PreviewRange
from serve.client.client_errors import Refused, ServiceUnavailable
from serve.client.http_connection import HttpConnection, Json
from serve.client.partial_download import Progress, ignore_progress
from serve.client.remembered_uploads import RememberedUploads
from serve.client.resumable_upload import ResumableUpload

if TYPE_CHECKING:
    import httpx

MAX_SIDECARS_SENT = 8  # with one film: the service refuses more
NO_ROOM = 507


class UploadRequests(HttpConnection):
    """Requests that send films."""

    def upload(
        self,
        path: Path,
        target_langs: Sequence[str] = (),
        source_lang: str | None = None,
        speakers: int | None = None,
        *,
        priority: str | None = None,
        audio_track: int | None = None,
        subtitle_track: int | str | None = None,
        preview: PreviewRange | None = None,
        glossary: str = "",
        progress: Progress = ignore_progress,
    ) -> Json:
        """Upload a film with its sidecar subtitles, and queue it. Returns its task. An upload that broke off, also of a process that was
        killed, goes on where the same film is uploaded again with the same options within a day.

        `priority`: "bulk" for a film that is dubbed after all interactive ones. `audio_track`, `subtitle_track`: numbers from 1 among
        the film's own, or a subtitle file (uploaded too), or "none"; None: Dubarr chooses. `preview`: the part to dub first.
        `glossary`: terms of this film, as text. FilmError for a file that is not named like a film, before anything is sent.
        """
        require_film_name(path.name)
        sidecars = select_sidecars(find_sidecars(path), [*target_langs, *([source_lang] if source_lang else [])])
        fields = {"target_langs": ",".join(target_langs), "source_lang": source_lang, "speakers": speakers, "priority": priority}
        if isinstance(subtitle_track, str) and (chosen := Path(subtitle_track)).suffix:
            sidecars = list(dict.fromkeys([chosen, *sidecars]))[:MAX_SIDECARS_SENT]
            subtitle_track = chosen.name
        fields |= {"audio_track": audio_track, "subtitle_track": subtitle_track}
        if preview is not None:
            fields |= {"preview_from": str(preview.start), "preview_until": str(preview.end)}
        given = {"filename": path.name} | {name: str(value) for name, value in fields.items() if value}
        return self._send_film(path, given, sidecars, glossary, progress)

    def _send_film(
        self, path: Path, fields: Mapping[str, str], sidecars: Sequence[Path], glossary: str, progress: Progress
    ) -> Json:
        status = path.stat()
        beside = [(each.name, each.stat().st_mtime_ns) for each in sidecars]
        remembered = RememberedUploads(
            self.url, path.resolve(), status.st_size, status.st_mtime_ns, sorted(fields.items()), beside, glossary
        )
        upload = self._find_upload(remembered)
        if upload is None:
            upload = ResumableUpload.create(self._send, status.st_size, fields)
            self._send_sidecars(upload, sidecars, glossary)
            remembered.remember(upload.address)
        try:
            task = upload.send(path, progress)
        except UsersFault as refused:
            if not (isinstance(refused, Refused) and refused.status == NO_ROOM):  # that one goes on when there is room
                remembered.forget()
            raise
        remembered.forget()
        return self._request_json("GET", f"/api/tasks/{task}")

    def _find_upload(self, remembered: RememberedUploads) -> ResumableUpload | None:
        address = remembered.find()
        upload = ResumableUpload(self._send, address) if address else None
        return upload if upload is not None and upload.is_known() else None

    def _send_sidecars(self, film: ResumableUpload, sidecars: Sequence[Path], glossary: str) -> None:
        """Send the small files that belong to a film, each with its creation."""
        files = [(path.name, "subtitles", path.read_bytes()) for path in sidecars]
        files += [("glossary.txt", "glossary", glossary.encode())] if glossary else []
        for name, kind, content in files:
            named = {"filename": name, "kind": kind, "film": film.id}
            ResumableUpload.create(self._send, len(content), named, content)

    def _send(self, method: str, path: str, **kwargs: Any) -> "httpx.Response":
        """Send a request, and return its answer whatever its status. ServiceUnavailable where nothing answers."""
        import httpx

        try:
            return self._http.request(method, path, **kwargs)
        except httpx.TransportError as error:
            raise ServiceUnavailable(self.url, str(error) or type(error).__name__) from error


def select_sidecars(found: Sequence[Sidecar], tags: Sequence[str]) -> list[Path]:
    """The subtitle files that are sent with a film, as many as the service takes: those in the languages of the dub first."""

    def is_asked(sidecar: Sidecar) -> bool:
        return sidecar.language is not None and any(is_same_tag(sidecar.language, tag) for tag in tags)

    ranked = sorted(found, key=lambda sidecar: (not is_asked(sidecar), sidecar.language is not None))
    return [sidecar.path for sidecar in ranked[:MAX_SIDECARS_SENT]]


def is_same_tag(one: str, other: str) -> bool:
    """True where two tags name one language, whatever the region; nonsense, which the service refuses, names none."""
    try:
        return languages.is_same_language(one, other)
    except LanguageError:
        return False
