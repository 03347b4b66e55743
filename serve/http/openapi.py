"""OpenAPI descriptions that FastAPI cannot derive from types: error responses, and the upload's multipart body."""

from typing import Any

from fastapi import FastAPI

from serve.http.problem import MEMBERS, PROBLEM_TYPE, UNTYPED, ProblemKind
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
                    "additionalProperties": False,
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


PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details (RFC 9457). `detail` is the sentence for people; programs compare `type`.",
    "required": list(MEMBERS),
    "properties": {
        "type": {
            "type": "string",
            "format": "uri-reference",
            "enum": [UNTYPED, *(kind.type for kind in ProblemKind)],
            "description": "kind of problem; about:blank: the status says all there is to know",
        },
        "title": {"type": "string", "description": "the same for every problem of a kind"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "one sentence: the problem, its place, and the remedy"},
        "instance": {"type": "string", "format": "uri-reference", "description": "path of the request, without its query"},
    },
}
EXAMPLES: dict[str, list[dict[str, Any]]] = {  # schema → examples; a test sends those of requests
    "BulkIn": [{"action": "priority", "ids": [1, 2], "priority": "bulk"}],
    "TaskChangesIn": [{"target_langs": ["ca"]}, {"glossary": "es: Siobhan = Siobhan"}],
    "LineEdits": [{"edits": [{"number": 1, "language": "es", "text": "Buenos días."}], "based_on": {"es": 1}}],
    "LineEditIn": [{"language": "es", "text": "Buenos días.", "locked": True}],
    "SpeakerEditIn": [{"name": "Maria"}],
    "QueryIn": [{"sql": "select status, count(*) as films from tasks group by status"}],
    "TextsIn": [{"texts": [{"language": "es", "number": 1, "text": "Buenos días."}]}],
    "TakesIn": [{"language": "es", "text": "Buenos días.", "count": 3}],
    "ReviewsIn": [{"language": "es", "reviews": [{"number": 1, "verdict": "accepted"}]}],
    "GlossaryIn": [{"text": "es: Siobhan = Siobhan"}],
    "SettingsIn": [{"settings": {"TARGET_LANGS": "es,ca"}}],
    "ConnectionIn": [{"application": "sonarr", "url": "http://127.0.0.1:8989", "key": "0123456789abcdef"}],
    "NotificationIn": [{"urls": "json://127.0.0.1:9"}],
    "RulesBody": [{"rules": [{"name": "Anime", "pattern": "/series/Anime", "target_langs": ["es"], "source_lang": "ja"}]}],
    "PathIn": [{"path": "/tv/A Show/e01.mkv"}],
    "KeyIn": [{"name": "sonarr", "scope": "webhook"}],
    "WebhookOut": [{"status": "queued", "path": "/films/film.mkv"}, {"status": "ok", "detail": "the webhook works"}],
    "Problem": [
        {
            "type": "/problems/not-found",
            "title": "Not found",
            "status": 404,
            "detail": "there is no task 7; ./dubarr status --all and GET /api/tasks list them",
            "instance": "/api/tasks/7",
        }
    ],
}
PROBLEM_REFERENCE = {"$ref": "#/components/schemas/Problem"}


PROBLEMS_BY_FIELD: dict[str, Any] = {
    "problems": {"type": "object", "additionalProperties": {"type": "string"}, "description": "a sentence by field or place"}
}


def describe_error(description: str, extensions: dict[str, Any] | None = None) -> dict[str, Any]:
    """OpenAPI response object of an error: problem details, whatever the route answers otherwise, which FastAPI's `model` would not
    say. `extensions`: schemas of its further members.
    """
    schema: dict[str, Any] = PROBLEM_REFERENCE
    if extensions:
        schema = {"allOf": [PROBLEM_REFERENCE, {"type": "object", "properties": extensions}]}
    return {"description": description, "content": {PROBLEM_TYPE: {"schema": schema}}}


class DocumentedApp(FastAPI):
    """FastAPI application whose description has the schema of problem details."""

    def openapi(self) -> dict[str, Any]:
        """OpenAPI description, with problem details and examples, made once."""
        description = super().openapi()
        schemas = description["components"]["schemas"]
        if "Problem" not in schemas:
            schemas["Problem"] = PROBLEM_SCHEMA
            for name in ("HTTPValidationError", "ValidationError"):  # the framework's, which are never sent
                schemas.pop(name, None)
            for name, examples in EXAMPLES.items():
                schemas[name].setdefault("examples", examples)
            for operation in (each for methods in description["paths"].values() for each in methods.values()):
                if "HTTPValidationError" in str(operation["responses"].get("422")):
                    operation["responses"]["422"] = describe_error("Invalid request.")
                if "requestBody" in operation:
                    operation["responses"].setdefault("400", describe_error("The request body is malformed."))
        return description


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
