"""OpenAPI descriptions that FastAPI cannot derive from types: error responses, and the upload's multipart body."""

from typing import Any

from serve.http.schemas import TaskOut

UPLOAD_FIELDS: dict[str, dict[str, Any]] = {  # form fields of an upload beside its files; any other is refused
    "target_langs": {
        "type": "string",
        "description": "comma-separated BCP 47 tags, at least one; without the field, those of the settings",
        "examples": ["es,ca"],
    },
    "source_lang": {"type": "string", "description": "BCP 47 tag of the spoken language"},
    "speakers": {"type": "string", "description": "number of speakers, if known"},
    "audio_track": {
        "type": "string",
        "description": "number of the audio track to dub, from 1 among the film's audio tracks",
    },
    "subtitle_track": {
        "type": "string",
        "description": "number of the subtitle track to dub from, from 1 among the film's subtitle tracks; "
        "the name of one of the subtitle files; none: speech recognition",
    },
    "glossary": {
        "type": "string",
        "description": 'terms of this film, a line each: [es:] term [= translation] [[IPA]] ["respelling"]; '
        "before those of the library's glossary",
    },
    "preview_from": {
        "type": "string",
        "description": "where a preview begins, in seconds or as MM:SS or HH:MM:SS; without it at the film's start",
    },
    "preview_until": {
        "type": "string",
        "description": "where a preview ends, likewise; without it the whole film is dubbed",
    },
    "priority": {
        "type": "string",
        "enum": ["interactive", "bulk"],
        "description": "bulk: after all interactive tasks",
    },
}

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "the film, with its file name"},
                        "subtitles": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "subtitle files of the film, named like it: film.en.srt",
                        },
                        **UPLOAD_FIELDS,
                    },
                }
            }
        },
    }
}


def describe_error(description: str) -> dict[str, Any]:
    """OpenAPI response object of an error: `{"detail": "a sentence"}`. Always JSON, whatever the route answers otherwise,
    which FastAPI's `model` would not say.
    """
    schema = {"type": "object", "required": ["detail"], "properties": {"detail": {"type": "string"}}}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


WEBHOOK_ERRORS: dict[int | str, dict[str, Any]] = {
    400: describe_error("The request body is malformed."),
    403: describe_error("The path lies outside the library roots."),
    404: describe_error("There is no such file."),
    413: describe_error("The body, or a part of it, is too large."),
    422: describe_error("Not a film, or languages that no engine supports."),
}
UPLOAD_RESPONSES: dict[int | str, dict[str, Any]] = {
    **{status: answer for status, answer in WEBHOOK_ERRORS.items() if status not in {403, 404}},
    201: {"model": TaskOut, "description": "The task, where the Accept header has application/json."},
    303: {"description": "Redirect to the dashboard."},
    409: describe_error("There is nothing to dub in this film."),
    507: describe_error("Insufficient disk space."),
}
