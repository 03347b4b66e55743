"""Completion of a resumable upload: the film under a free name with its subtitles, queued like any other upload.

Every step can be repeated: a process that is killed between two of them leaves a record from which the next request goes on.
"""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from pipeline.errors import UsersFault
from pipeline.text.glossary import require_task_glossary
from pipeline.text.naming.film_names import require_film_name
from serve.intake.admission import Admission
from serve.intake.resumable.partial_upload import PartialUpload, UploadKind
from serve.intake.resumable.partial_uploads import PartialUploads
from serve.intake.upload_folder import reserve_path, sanitize_stem
from serve.intake.upload_intake import submit_upload
from serve.intake.upload_writer import Upload, write_sidecar
from serve.request_errors import BadRequest, NoRoom
from serve.runtime.data_folders import compute_file_mode


def complete_upload(upload_id: str, uploads: PartialUploads, admission: Admission) -> PartialUpload:
    """Complete an upload whose bytes are all there; its lock is held. Returns its record, of a film with its task.

    FilmError, LanguageError, NotPossible, BadRequest, GlossaryError: it is refused, and none of its files stays. NoRoom, and errors of the
    service: everything stays, and the next request goes on.
    """
    upload = uploads.find(upload_id)  # another request may have completed it meanwhile
    if upload.kind is UploadKind.GLOSSARY:
        _require_glossary(upload, uploads)
    if upload.kind is not UploadKind.FILM or upload.task is not None:
        return upload
    upload = upload if upload.path else _reserve_names(upload, uploads)
    uploads.move_film(upload, compute_file_mode(uploads.videos_dir))
    return _queue_film(upload, uploads, admission)


def _require_glossary(upload: PartialUpload, uploads: PartialUploads) -> None:
    """Check a glossary before the film's upload is complete, which would be refused with it."""
    try:
        require_task_glossary(_decode(uploads.read_sidecar(upload) or b""))
    except UsersFault:
        uploads.remove(upload)
        raise


def _reserve_names(upload: PartialUpload, uploads: PartialUploads) -> PartialUpload:
    """Reserve a free name for the film, write its subtitles beside it, and record both."""
    folder, stored, fields = uploads.videos_dir, dict[str, str](), dict(upload.fields)
    with ExitStack() as on_failure:
        film = reserve_path(folder, sanitize_stem(upload.name), require_film_name(upload.name)).resolve()
        on_failure.callback(film.unlink, missing_ok=True)
        for sidecar in uploads.list_sidecars(upload.id):
            content = uploads.read_sidecar(sidecar)
            if content is None:
                continue  # it broke off, and the client went on without it
            if sidecar.kind is UploadKind.GLOSSARY:
                fields["glossary"] = _decode(content)
            else:
                path = write_sidecar(film, upload.name, sidecar.name, content)
                on_failure.callback(path.unlink, missing_ok=True)
                stored[sidecar.name] = str(path)
        upload = replace(upload, path=str(film), sidecars=stored, fields=fields)
        uploads.save(upload)
        on_failure.pop_all()
    return upload


def _queue_film(upload: PartialUpload, uploads: PartialUploads, admission: Admission) -> PartialUpload:
    names = {name: Path(path).name for name, path in upload.sidecars.items()}
    received = Upload(Path(upload.path), dict(upload.fields), tuple(map(Path, upload.sidecars.values())), names)
    try:
        task = submit_upload(received, admission)
    except NoRoom:
        raise
    except UsersFault:
        uploads.remove(upload)
        raise
    upload = replace(upload, task=task.id)
    uploads.save(upload)
    for sidecar in uploads.list_sidecars(upload.id):
        uploads.remove(sidecar)
    return upload


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("upload: the glossary is not UTF-8 text; save it as UTF-8, and send it again") from None
