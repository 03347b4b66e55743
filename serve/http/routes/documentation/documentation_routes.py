"""Documentation routes: Swagger UI over the OpenAPI description, with assets of this machine, and a page for each kind of problem."""

from html import escape
from importlib.resources import files
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse

from dashboard.script_nonce import SCRIPT_NONCE
from pipeline.errors import NotFound, NotPossible
from serve.http.problem import PROBLEMS_PATH, ProblemKind

Asset = Literal["swagger-ui-bundle.js", "swagger-ui.css"]
ASSET_PACKAGE = "fastapi_offline"  # carries Swagger UI; loaded late, for few open the page
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>API – Dubarr</title><link rel="icon" href="favicon.ico"><link rel="stylesheet" href="docs/swagger-ui.css"></head>
<body><main id="swagger-ui"></main><script src="docs/swagger-ui-bundle.js"></script>
<script nonce="{nonce}">SwaggerUIBundle({{
  url: "openapi.json", dom_id: "#swagger-ui", validatorUrl: null, deepLinking: true, docExpansion: "list", tryItOutEnabled: true,
}})</script></body></html>
"""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def get_page() -> HTMLResponse:
    """The interactive documentation. It sends requests with the credentials of the page."""
    return HTMLResponse(PAGE.format(nonce=escape(SCRIPT_NONCE.get())))


@router.get("/docs/{asset}")
def get_asset(asset: Asset) -> FileResponse:
    """A file of Swagger UI."""
    try:
        path = files(ASSET_PACKAGE) / "static" / asset
    except ModuleNotFoundError:
        raise NotPossible("the interactive documentation is not installed; ./dubarr setup installs it") from None
    return FileResponse(str(path), headers={"Cache-Control": "max-age=86400"})


@router.get(PROBLEMS_PATH + "/{name}")
def get_problem_kind(name: Annotated[str, InPath(max_length=100)]) -> PlainTextResponse:
    """The meaning of a kind of problem, at its type."""
    for kind in ProblemKind:
        if kind.type == f"{PROBLEMS_PATH}/{name}":
            return PlainTextResponse(f"{kind.title} (HTTP status {kind.status})\n\n{kind.meaning}\n")
    raise NotFound("there is no such kind of problem; docs/problems.md lists them")
